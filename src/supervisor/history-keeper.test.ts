import { spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { expect, onTestFinished, test } from "vitest";
import { dagDecl, taskDecl } from "../scheduler/dag-for-tests.ts";
import { Scheduler } from "../scheduler/scheduler.ts";
import { aRun, anAttempt, anInstance, changes } from "../state/run-rows-for-tests.ts";
import type { RunRow, RunStore } from "../state/run-store.ts";
import { sqliteRuns } from "../state/sqlite-runs.ts";
import { stateFile } from "./data-folder.ts";
import { HistoryKeeper } from "./history-keeper.ts";
import { attemptLogFile, runFolders } from "./tasks/attempt-place.ts";

const dayMs = 86_400_000;
/** The day that it is in these tests. */
const today = 200;
const logger = { warn: () => undefined, error: () => undefined };

function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), "millrace-history-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

async function openStore(data: string): Promise<RunStore> {
  const store = await sqliteRuns(stateFile(data));
  onTestFinished(() => store.close());
  return store;
}

type KeeperStore = Pick<RunStore, "removeRuns" | "removedRuns" | "forgetRemoved">;
const portOf = (store: RunStore): KeeperStore => ({ removeRuns: (removal) => store.removeRuns(removal), removedRuns: (page) => store.removedRuns(page), forgetRemoved: (runs) => store.forgetRemoved(runs) });
const keeperOf = (store: KeeperStore, dataFolder: string, isHeld: (run: Pick<RunRow, "id" | "dag">) => boolean = () => false): HistoryKeeper =>
  new HistoryKeeper({ store, dataFolder, history: { keepMs: 90 * dayMs, keepRuns: 10, keepVersions: 1 }, isHeld, clock: () => today * dayMs, logger });

const runOf = (day: number, given: Partial<RunRow> = {}): RunRow => aRun(`daily.${day}`, { intervalStart: day * dayMs, createdAt: day * dayMs, endedAt: (day + 1) * dayMs, state: "success", ...given });
const placeOf = ({ dag, id, createdAt }: RunRow) => ({ dag, run: id, made: createdAt });

/** Runs as they were left, each with a task, and with a log and a result in files. */
async function fill(store: RunStore, data: string, runs: RunRow[]): Promise<void> {
  const { epoch } = await store.take("a test");
  for (const run of runs) {
    for (const folder of runFolders(data, placeOf(run))) {
      mkdirSync(folder, { recursive: true });
      writeFileSync(join(folder, "t.1"), "{}");
    }
  }
  await store.commit(epoch, changes({ runs, instances: runs.map(({ id }) => anInstance(id, "t", { state: "success" })), attempts: runs.map(({ id }) => anAttempt(id, "t", 1, { state: "success" })) }));
}

const filesLeft = (data: string, runs: RunRow[]): string[] => runs.filter((run) => runFolders(data, placeOf(run)).some(existsSync)).map(({ id }) => id);
const daysTo = (last: number): RunRow[] => Array.from({ length: last }, (_, i) => runOf(i + 1));

test("runs that ended long ago go with their rows, logs and results; others stay whole", async () => {
  const data = scratch();
  const store = await openStore(data);
  const runs = [...daysTo(150), ...[1, 2, 3].map((day) => runOf(day, { id: `rare.${day}`, dag: "rare" }))];
  await fill(store, data, runs);
  await keeperOf(store, data).sweep();
  const left = (await store.runs({ limit: 1_000 })).map(({ id }) => id).sort();
  // A run ends a day behind its interval's start: 110 days are 90 days back. The few of the other DAG are its newest.
  expect(left).toEqual([...Array.from({ length: 42 }, (_, i) => `daily.${i + 109}`), "rare.1", "rare.2", "rare.3"].sort());
  expect(filesLeft(data, runs).sort()).toEqual(left);
  expect((await store.instances("daily.109")).length + (await store.attempts("daily.109")).length).toBe(2);
  expect(await store.removedRuns({ limit: 1 })).toEqual([]);
});

test("files that could not be removed are removed the next time", async () => {
  const data = scratch();
  const store = await openStore(data);
  const runs = daysTo(20);
  await fill(store, data, runs);
  const broken: KeeperStore = { ...portOf(store), forgetRemoved: () => Promise.reject(new Error("killed here")) };
  await expect(keeperOf(broken, data).sweep()).rejects.toThrow("killed here");
  expect(await store.removedRuns({ limit: 100 })).toHaveLength(10);
  await keeperOf(store, data).sweep();
  expect([await store.removedRuns({ limit: 1 }), filesLeft(data, runs).length]).toEqual([[], 10]);
});

test("a run that comes again under its old name keeps its own files", async () => {
  const data = scratch();
  const store = await openStore(data);
  await fill(store, data, daysTo(20));
  await store.removeRuns({ before: 10 * dayMs });
  const again = runOf(1, { createdAt: today * dayMs, endedAt: null, state: "running" });
  await fill(store, data, [again]);
  await keeperOf(store, data).sweep();
  expect(filesLeft(data, [runOf(1), again])).toEqual(["daily.1"]);
  expect(existsSync(runFolders(data, placeOf(again))[0])).toBe(true);
  expect(existsSync(runFolders(data, placeOf(runOf(1)))[0])).toBe(false);
});

test("kept for ever, nothing goes", async () => {
  const data = scratch();
  const store = await openStore(data);
  await fill(store, data, daysTo(20));
  await new HistoryKeeper({ store, dataFolder: data, history: { keepRuns: 1, keepVersions: 1 }, isHeld: () => false, logger }).sweep();
  expect(await store.runs({ limit: 100 })).toHaveLength(20);
});

test("killed at any step, it is finished by the next one", async () => {
  const data = scratch();
  const store = await openStore(data);
  const runs = daysTo(100);
  await fill(store, data, runs);
  await store.close();
  const count = (table: string): number => {
    const database = new DatabaseSync(stateFile(data), { timeout: 10_000 });
    try {
      return (database.prepare(`select count(*) n from ${table}`).get() as { n: number }).n;
    } finally {
      database.close();
    }
  };
  const standing = () => JSON.stringify([count("run"), count("removed_run"), count("removed_files"), filesLeft(data, runs).length]);
  let kills = 0;
  for (const seen = new Set<string>(); ; ) {
    const child = keeperProcess(data);
    const over = new Promise<number | null>((done) => child.on("close", done));
    // Killed as soon as it has come to a state that no one before it was killed in.
    while (child.exitCode === null && seen.has(standing())) await new Promise(setImmediate);
    if (child.exitCode === 0) break;
    seen.add(standing());
    child.kill("SIGKILL");
    if ((await over) === 0) break;
    if (++kills > 12) break;
  }
  expect(kills).toBeGreaterThan(2);
  const next = await openStore(data);
  await keeperOf(next, data).sweep();
  expect((await next.runs({ limit: 100 })).map(({ id }) => id).sort()).toEqual(filesLeft(data, runs).sort());
  expect(["run", "instance", "attempt", "removed_run", "removed_files"].map(count)).toEqual([10, 10, 10, 0, 0]);
});

/** A process that does nothing but one sweep, a run at a time. */
function keeperProcess(data: string): ReturnType<typeof spawn> {
  const url = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const code = `
    const [{ sqliteRuns }, { HistoryKeeper }, { stateFile }] = await Promise.all([import(${url("../state/sqlite-runs.ts")}), import(${url("./history-keeper.ts")}), import(${url("./data-folder.ts")})]);
    const store = await sqliteRuns(stateFile(${JSON.stringify(data)}));
    const slow = { removeRuns: async (removal) => { while (await store.removeRuns({ ...removal, limit: 7 }) > 0); }, removedRuns: ({ after }) => store.removedRuns({ after, limit: 2 }), forgetRemoved: (runs) => store.forgetRemoved(runs) };
    await new HistoryKeeper({ store: slow, dataFolder: ${JSON.stringify(data)}, history: { keepMs: ${90 * dayMs}, keepRuns: 10 }, isHeld: () => false, clock: () => ${today * dayMs}, logger: console }).sweep();
    await store.close();`;
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", "--input-type=module", "-e", code], { stdio: ["ignore", "inherit", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child;
}

test("a clear that races with the removal wins or is refused, and never half", async () => {
  const data = scratch();
  const store = await openStore(data);
  const decl = dagDecl("daily", [taskDecl("t")]);
  const runs = daysTo(40);
  await fill(store, data, runs);
  const scheduler = await Scheduler.open({ store, holder: "a test", clock: () => today * dayMs, mint: () => crypto.randomUUID(), logger, declarationOf: () => decl });
  await scheduler.register("r1", [decl]);
  const keeper = keeperOf(store, data, (run) => scheduler.holds(run));
  const clears: Promise<PromiseSettledResult<number>[]>[] = [];
  const clear = (day: number) => clears.push(Promise.allSettled([scheduler.clear(`daily.${day}`, [{ task: "t" }], null)]));
  clear(1);
  let over = false;
  const swept = keeper.sweep().finally(() => (over = true));
  for (let day = 2; day < 30 && !over; day++) {
    clear(day);
    await new Promise(setImmediate);
  }
  await swept;
  while (clears.length < 30) clear(clears.length + 1);
  const outcomes = (await Promise.all(clears)).flat();
  expect([outcomes[0].status, outcomes[29].status]).toEqual(["fulfilled", "rejected"]);
  for (const [i, outcome] of outcomes.entries()) {
    const id = `daily.${i + 1}`;
    const left = [await store.run(id), await store.instances(id), await store.attempts(id)];
    if (outcome.status === "rejected") expect([outcome.reason.code, ...left, filesLeft(data, [runs[i]])]).toEqual(["MR-SCHED-002", undefined, [], [], []]);
    else expect(left).toMatchObject([{ clears: 1, endedAt: null }, [{ task: "t" }], [{ number: 1 }, { number: 2 }]]);
  }
  await scheduler.close();
});

test("an attempt's log lies with its run", () => {
  const run = runOf(1);
  expect(attemptLogFile("/data", { ...placeOf(run), task: "t", index: 2, number: 3 })).toBe(join(runFolders("/data", placeOf(run))[0], "t%5B2%5D.3.log"));
});
