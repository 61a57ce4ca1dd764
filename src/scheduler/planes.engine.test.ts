import { type ChildProcess, spawn } from "node:child_process";
import { randomUUID } from "node:crypto";
import { once } from "node:events";
import { setTimeout as wait } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type PostgresServer, startPostgres } from "../../scripts/engines/postgres.ts";
import type { DagDecl } from "../model/dag-manifest.ts";
import { postgresRuns } from "../state/postgres-runs.ts";
import type { AttemptRow } from "../state/run-store.ts";
import type { ShardedRuns } from "../state/shards.ts";
import { intervalRunId } from "./backfills.ts";
import { dagDecl, taskDecl } from "./dag-for-tests.ts";
import type { Hint } from "./executor.ts";
import { Plane } from "./plane.ts";
import { onlooker } from "./shard-parts.ts";

/** Needs PostgreSQL; MILLRACE_POSTGRES_BIN names the folder of its programs. */
let server: PostgresServer;
const children = new Set<ChildProcess>();

beforeAll(async () => {
  server = await startPostgres();
});
afterAll(async () => {
  for (const child of children) child.kill("SIGKILL");
  await server.stop();
});

const leaseMs = 2_000;
const tickMs = 1_000;
const hourMs = 3_600_000;
const iso = (at: number): string => new Date(at).toISOString();

/** A control plane in a process of its own, which may be killed. */
async function planeProcess(schema: string, dags: DagDecl[]): Promise<ChildProcess> {
  const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", fileURLToPath(new URL("plane-process-for-tests.ts", import.meta.url)), JSON.stringify({ url: server.url(), schema, dags, leaseMs })], { stdio: ["ignore", "pipe", "inherit"] });
  children.add(child);
  const isUp = await Promise.race([once(child.stdout!, "data").then(() => true), once(child, "exit").then(() => false)]);
  if (!isUp) throw new Error("a control plane has ended before it was up");
  return child;
}

async function kill(child: ChildProcess, signal: NodeJS.Signals = "SIGKILL"): Promise<void> {
  const gone = once(child, "exit");
  child.kill(signal);
  await gone;
  children.delete(child);
}

/** A machine that has much else to do takes its time. */
const patienceMs = 120_000;

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + patienceMs; !(await holds()); ) {
    if (Date.now() > end) throw new Error(`not within ${patienceMs} ms: ${what}`);
    await wait(200);
  }
}

/** A control plane in this process, whose executor is the test. */
async function planeHere(runs: ShardedRuns, { dags = [], onlyLooks = false }: { dags?: DagDecl[]; onlyLooks?: boolean } = {}): Promise<Plane> {
  const quiet = { begin: () => undefined, wake: () => undefined, idle: true, close: async () => undefined };
  const logger = { warn: () => undefined, error: () => undefined };
  return Plane.open({ runs, holder: randomUUID(), onlyLooks, outboxOf: () => quiet, clock: Date.now, mint: randomUUID, logger, declarationOf: (_, dag) => dags.find(({ name }) => name === dag) });
}

test("three planes that are killed and frozen run each tick once, and no pool beyond its slots", { timeout: 600_000 }, async () => {
  const start = Math.ceil(Date.now() / tickMs) * tickMs;
  const ticks = 20;
  const schedule = { kind: "every" as const, ms: tickMs, anchor: iso(0) };
  const often = Array.from({ length: 9 }, (_, i) => dagDecl(`often${i}`, [taskDecl("a", { pool: "narrow", retries: 3 }), taskDecl("b", { after: ["a"], slots: 2, retries: 3, updates: [`d${i}`] })], { schedule, catchup: { policy: "all" }, start: iso(start), end: iso(start + (ticks - 1) * tickMs) }));
  const hourly = Array.from({ length: 3 }, (_, i) => dagDecl(`hourly${i}`, [taskDecl("a", { retries: 3, concurrency: { key: "all", max: 4 } })], { schedule: { kind: "every", ms: hourMs, anchor: iso(0) }, catchup: { policy: "none" }, maxActiveRuns: 50 }));
  const parent = dagDecl("parent", [taskDecl("child", { kind: "dag", code: false, settings: { dag: "child", params: {} } })], { schedule: { kind: "onUpdate", datasets: ["d0"], when: "any" } });
  const dags = [...often, ...hourly, parent, dagDecl("child", [taskDecl("a", { retries: 3 })])];
  const runs = await postgresRuns({ connection: { url: server.url() }, schema: "planes", leaseMs });

  // As long as nobody else is there, who only looks may change things too.
  const asking = await planeHere(runs, { onlyLooks: true });
  const pools = { narrow: 3, default: 24 };
  for (const [name, slots] of Object.entries(pools)) await asking.setPool(name, slots, null);
  const planes = await Promise.all([1, 2, 3].map(() => planeProcess("planes", dags)));
  await until("who only looks has given all back", async () => asking.worlds.length === 0);
  const to = Math.floor(start / hourMs) * hourMs;
  const backfills = await Promise.all(hourly.map(({ name }) => asking.backfill({ dag: name, from: to - 100 * hourMs, to: to - 10 * hourMs, order: "oldest", reprocess: "none", maxActiveRuns: 20, params: {}, note: null })));

  for (let i = 0; Date.now() < start + ticks * tickMs; i++) {
    await wait(2_500);
    if (i % 3 === 2) {
      // Frozen for longer than its leases last, it wakes to shards that are others'.
      planes[i % 3].kill("SIGSTOP");
      await wait(leaseMs * 2);
      planes[i % 3].kill("SIGCONT");
    } else {
      await kill(planes[i % 3]);
      planes[i % 3] = await planeProcess("planes", dags);
    }
  }

  const { history } = runs;
  const ended = async (): Promise<boolean> => (await history.runs({ states: ["queued", "running"], limit: 1 })).length === 0 && (await Promise.all(backfills.map(({ id }) => history.backfill(id)))).every((row) => row?.state === "done");
  const allTicks = often.flatMap(({ name }) => Array.from({ length: ticks }, (_, i) => intervalRunId(name, start + i * tickMs)));
  await until("every tick has its run", async () => (await Promise.all(allTicks.map((id) => history.run(id)))).every((run) => run?.state === "success"));
  await until("all has ended", ended);
  const updates = often.length > 0 ? ticks : 0;
  await until("each update was heard", async () => (await history.runs({ dag: "child", limit: 1_000 })).filter(({ state: each }) => each === "success").length === updates);

  const all = await history.runs({ limit: 1_000 });
  const attempts = (await Promise.all(all.map(({ id }) => history.attempts(id)))).flat();
  expect(all.filter(({ state: each }) => each !== "success")).toEqual([]);
  expect(all.filter(({ dag }) => dag.startsWith("often"))).toHaveLength(often.length * ticks);
  expect(all.filter(({ kind }) => kind === "backfill")).toHaveLength(hourly.length * 90);
  expect(all.filter(({ dag }) => dag === "parent").flatMap(({ cause }) => JSON.parse(cause as string) as unknown[])).toHaveLength(updates);
  const succeeded = Map.groupBy(attempts.filter((attempt) => attempt.state === "success"), ({ run, task }) => `${run}/${task}`);
  expect([...succeeded.values()].filter(({ length }) => length !== 1)).toEqual([]);
  expect(mostAtOnce(attempts.filter(({ task, run }) => task === "a" && run.startsWith("often")))).toBeLessThanOrEqual(pools.narrow);
  expect(mostAtOnce(attempts.filter(({ run }) => run.startsWith("hourly")))).toBeLessThanOrEqual(4);
  // Work was lost, and done by others.
  expect(attempts.filter((attempt) => attempt.state === "lost").length).toBeGreaterThan(0);

  await asking.close();
  await Promise.all(planes.map((plane) => kill(plane)));
  await runs.close();
});

test("what runs where a shard was goes on when another plane joins, and its end is told to that one", { timeout: 600_000 }, async () => {
  const dags = Array.from({ length: 40 }, (_, i) => dagDecl(`long${i}`, [taskDecl("a")]));
  const [one, two] = await Promise.all([1, 2].map(() => postgresRuns({ connection: { url: server.url() }, schema: "joining", leaseMs })));
  const first = await planeHere(one, { dags });
  const hints: Hint[] = [];
  const stopped: string[] = [];
  first.attach({ offer: (hint) => void hints.push(hint), stop: (attempt) => void stopped.push(attempt) });
  await first.register("r", dags);
  const runs = await Promise.all(dags.map(({ name }) => first.trigger({ dag: name, kind: "manual", params: {} })));
  await until("each has its slot", async () => hints.length === dags.length);
  const works = await Promise.all(hints.map((hint) => first.start(hint, "worker")));
  expect(works.filter(Boolean)).toHaveLength(dags.length);

  const second = await planeHere(two, { dags });
  await second.register("r", dags);
  await until("each has half", async () => first.worlds.length === 8 && second.worlds.length === 8);
  const moved = second.worlds.flatMap((world) => [...world.attempts.values()]);
  expect(moved.length).toBeGreaterThan(0);
  expect(second.others).toBe(1);
  const lease = (): number => Math.min(...second.worlds.filter(({ attempts }) => attempts.size > 0).map(({ workers }) => workers.get("worker")?.leaseUntil ?? 0));
  const before = lease();
  await until("the worker was heard where its attempts are now", async () => (first.alive("worker", hints.map(({ attempt }) => attempt)), lease() > before));
  const ends = await Promise.all(works.map((work) => first.end(work?.attempt as string, work?.fence as number, { kind: "success" })));
  expect(ends.every((taken) => taken === true)).toBe(true);
  await until("all have ended", async () => (await Promise.all(runs.map(({ id }) => one.history.run(id)))).every((run) => run?.state === "success"));
  expect(stopped).toEqual([]);

  const again = await first.trigger({ dag: "long0", kind: "manual", params: {} });
  expect((await second.cancel(again.id, null), await one.history.run(again.id))?.state).toBe("cancelled");
  await first.close();
  await until("the other has all", async () => second.worlds.length === 16);
  await second.close();
  await Promise.all([one.close(), two.close()]);
});

test("what a plane has ended because it lost the shard begins anew when the shard is back, though its worker lives", async () => {
  const dags = Array.from({ length: 4 }, (_, i) => dagDecl(`long${i}`, [taskDecl("a", { retries: 3 })]));
  const runs = await postgresRuns({ connection: { url: server.url() }, schema: "losing", leaseMs });
  const plane = await planeHere(runs, { dags });
  const hints: Hint[] = [];
  const stopped = new Set<string>();
  plane.attach({ offer: (hint) => void hints.push(hint), stop: (attempt) => void stopped.add(attempt) });
  await plane.register("r", dags);
  await Promise.all(dags.map(({ name }) => plane.trigger({ dag: name, kind: "manual", params: {} })));
  await until("each is offered", async () => hints.length === dags.length);
  const first = hints.map(({ attempt }) => attempt);
  await Promise.all(hints.map((hint) => plane.start(hint, "worker")));
  const beating = setInterval(() => plane.alive("worker"), 500);
  // As if it had been frozen, and others had been there meanwhile.
  await runs.claims.leave((await runs.claims.beat(onlooker("watching"))).planes.map(({ holder }) => holder).find((holder) => holder !== onlooker("watching")) as string);
  await until("what it ran is ended", async () => stopped.size === dags.length);
  await until("all is begun anew", async () => new Set(hints.map(({ attempt }) => attempt).filter((attempt) => !first.includes(attempt))).size === dags.length);
  clearInterval(beating);
  await plane.close();
  await runs.close();
});

/** By when their slots were given and taken back. */
function mostAtOnce(attempts: readonly AttemptRow[]): number {
  const changes = attempts.flatMap(({ queuedAt, endedAt }) => [{ at: queuedAt, by: 1 }, { at: endedAt as number, by: -1 }]).sort((a, b) => a.at - b.at || a.by - b.by);
  let [now, most] = [0, 0];
  for (const { by } of changes) most = Math.max(most, (now += by));
  return most;
}
