import { expect, onTestFinished, test } from "vitest";
import { MillraceError } from "../errors.ts";
import type { DagDecl } from "../model/dag-manifest.ts";
import { dagDecl, taskDecl } from "./dag-for-tests.ts";
import type { TicksAnswer } from "./events.ts";
import type { Hint, Work } from "./executor.ts";
import { MemoryStore } from "./memory-store-for-tests.ts";
import { Scheduler, type SchedulerOptions } from "./scheduler.ts";

const quiet = { warn: () => undefined, error: () => undefined };

/** A scheduler whose attempts are started and ended by hand. */
async function bed(store = new MemoryStore(), more: Partial<SchedulerOptions> = {}) {
  const known = new Map<string, DagDecl>();
  const hints: Hint[] = [];
  const scheduler = await Scheduler.open({ store, holder: "test", clock: Date.now, mint: () => `m${Math.random()}`, logger: quiet, declarationOf: (release, dag) => known.get(`${release} ${dag}`), ...more });
  onTestFinished(() => scheduler.close());
  scheduler.attach({ offer: (hint) => void hints.push(hint), stop: () => undefined });
  const register = async (release: string, dags: DagDecl[]): Promise<void> => {
    for (const dag of dags) known.set(`${release} ${dag.name}`, dag);
    await scheduler.register(release, dags);
  };
  const start = async (task: string): Promise<Work | undefined> => {
    const hint = hints.findLast((each) => each.task.name === task) as Hint;
    return scheduler.start(hint, "here");
  };
  const end = async (task: string): Promise<void> => {
    const { attempt, fence } = (await start(task)) as Work;
    await scheduler.end(attempt, fence, { kind: "success" });
  };
  const states = async (run: string) => Object.fromEntries((await store.instances(run)).map(({ task, state }) => [task, state]));
  return { store, scheduler, hints, register, start, end, states };
}

const first = dagDecl("d", [taskDecl("a"), taskDecl("b", { after: ["a"] }), taskDecl("old", { after: ["a"] })]);
const second = dagDecl("d", [taskDecl("a"), taskDecl("b", { after: ["a"], retries: 3 }), taskDecl("new", { after: ["b"] })]);

test("a run stays on its release; the next one has the newest", async () => {
  const { scheduler, register, start } = await bed();
  await register("r1", [first]);
  const { id } = await scheduler.trigger({ dag: "d", kind: "manual", params: {} });
  await register("r2", [second]);
  expect((await start("a"))?.run).toMatchObject({ id, release: "r1" });
  expect((await scheduler.trigger({ dag: "d", kind: "manual", params: {} })).release).toBe("r2");
  expect(scheduler.world.runs.get(id)?.graph.decl).toBe(first);
});

test("of earlier releases no more is known than runs need", async () => {
  const { scheduler, register, end } = await bed();
  await register("r1", [first]);
  await scheduler.trigger({ dag: "d", kind: "manual", params: {} });
  for (const release of ["r2", "r3", "r4"]) await register(release, [second]);
  expect([...scheduler.world.graphs.keys()]).toEqual(["r1 d", "r4 d"]);
  for (const task of ["a", "b", "old"]) await end(task);
  await register("r5", [second]);
  expect([...scheduler.world.graphs.keys()]).toEqual(["r5 d"]);
});

test("tasks that are cleared of a run that has ended run with the release asked for, and so does what is new in it", async () => {
  const { scheduler, register, end, states, store, hints } = await bed();
  await register("r1", [first]);
  const { id } = await scheduler.trigger({ dag: "d", kind: "manual", params: {} });
  for (const task of ["a", "b", "old"]) await end(task);
  expect((await store.run(id))?.state).toBe("success");
  await register("r2", [second]);
  await scheduler.clear(id, [{ task: "b" }], null, { release: "r2", dag: second });
  expect((await store.run(id))?.release).toBe("r2");
  expect(hints.at(-1)).toMatchObject({ release: "r2", task: { name: "b", retries: 3 } });
  await end("b");
  await end("new");
  expect(await states(id)).toEqual({ a: "success", b: "success", old: "success", new: "success" });
  expect((await store.run(id))?.state).toBe("success");
  // And back: "new" is no task of it any more.
  await scheduler.clear(id, [{ task: "old" }], null, { release: "r1", dag: first });
  await end("old");
  expect(await store.run(id)).toMatchObject({ release: "r1", state: "success", clears: 2 });
  await expect(scheduler.clear(id, [{ task: "new" }], null, { release: "r1", dag: first })).rejects.toMatchObject({ code: "MR-SCHED-002" });
});

test("of a run that goes on, what runs ends with the code that it began with, and what waits is begun with the new one", async () => {
  const { scheduler, register, start, end, states, hints } = await bed();
  const wide = (last: string) => dagDecl("d", [taskDecl("a"), taskDecl("runs"), taskDecl("waits"), taskDecl(last, { after: ["runs", "waits"] })]);
  await register("r1", [wide("old")]);
  const { id } = await scheduler.trigger({ dag: "d", kind: "manual", params: {} });
  const running = (await start("runs")) as Work;
  await end("a");
  const hint = hints.find(({ task }) => task.name === "waits") as Hint;
  await register("r2", [wide("new")]);
  await scheduler.clear(id, [{ task: "a" }], null, { release: "r2", dag: wide("new") });
  expect(await scheduler.start(hint, "here")).toBeUndefined();
  expect((await start("waits"))?.run.release).toBe("r2");
  expect(await scheduler.end(running.attempt, running.fence, { kind: "success" })).toBe(true);
  expect(scheduler.world.pools.get("default")?.used).toBe(2);
  expect(await states(id)).toMatchObject({ runs: "success" });
  expect([...(scheduler.world.runs.get(id)?.graph.byName.keys() ?? [])]).toContain("new");
});

test("what is asked for must be there before anything changes", async () => {
  const { scheduler, register } = await bed();
  await register("r1", [first]);
  const { id } = await scheduler.trigger({ dag: "d", kind: "manual", params: {} });
  await register("r2", [second]);
  await expect(scheduler.clear(id, [{ task: "a", index: 3 }], null, { release: "r2", dag: second })).rejects.toMatchObject({ code: "MR-SCHED-002" });
  expect(scheduler.world.runs.get(id)?.row.release).toBe("r1");
});

test("a pause and the last interval outlast a restart, though no run goes on", async () => {
  const { scheduler, register, store } = await bed();
  const daily = dagDecl("d", [taskDecl("a")], { schedule: { kind: "every", ms: 86_400_000, anchor: "1970-01-01T00:00:00Z" }, catchup: { policy: "latest" } });
  await register("r1", [daily]);
  await scheduler.pause("d", "for the test");
  const before = { ...scheduler.world.dags.get("d")?.row };
  expect(before.lastStart).not.toBeNull();
  for (const { id } of await store.runs({ limit: 10 })) await scheduler.cancel(id, null);
  await scheduler.close();
  const again = await bed(store);
  await again.register("r1", [daily]);
  expect(again.scheduler.world.dags.get("d")?.row).toMatchObject({ paused: true, note: "for the test", lastStart: before.lastStart });
});

const hourMs = 3_600_000;
const custom = dagDecl("d", [taskDecl("a")], { schedule: { kind: "custom", name: "d" }, start: "2026-01-01T00:00:00.000Z", catchup: { policy: "all" }, maxActiveRuns: 1 });

test("ticks of a timetable in code are asked for, and again where they run out", async () => {
  const asked: number[] = [];
  const begin = Date.UTC(2026, 0, 1);
  // Twenty at a time, of an hour each, and forty in all.
  const ticksOf = async ({ from }: { from: number }): Promise<TicksAnswer> => {
    asked.push(from);
    const all = Array.from({ length: 41 }, (_, i) => begin + i * hourMs).filter((tick) => tick >= from - hourMs);
    return { ticks: all.slice(0, 20), ends: all.length <= 20 };
  };
  const { scheduler, register, end, store } = await bed(undefined, { ticksOf });
  await register("r1", [custom]);
  for (let runs = 0; runs < 40; runs++) {
    await expect.poll(() => scheduler.world.attempts.size).toBe(1);
    await end("a");
  }
  expect((await store.runs({ limit: 100 })).map(({ intervalStart }) => intervalStart).sort((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, i) => begin + i * hourMs));
  expect(asked.length).toBeGreaterThan(2);
  expect(scheduler.world.runs.size).toBe(0);
});

test("code that fails is a problem of its DAG alone, and another release's ticks are not taken", async () => {
  const error = new MillraceError("MR-SCHED-001", { what: "it threw", where: "d", mend: "mend it" }).toJSON();
  let answer: TicksAnswer = { problem: error };
  const { scheduler, register } = await bed(undefined, { ticksOf: async () => answer });
  const other = dagDecl("other", [taskDecl("a")], { schedule: { kind: "every", ms: hourMs, anchor: "1970-01-01T00:00:00Z" } });
  await register("r1", [custom, other]);
  await expect.poll(() => scheduler.world.dags.get("d")?.ticks?.problem).toEqual(error);
  expect(scheduler.world.dags.get("other")?.active.size).toBe(1);
  answer = { ticks: [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2)], ends: true };
  await register("r2", [custom, other]);
  await expect.poll(() => scheduler.world.dags.get("d")?.active.size).toBe(1);
  expect(scheduler.world.dags.get("d")?.ticks).toEqual({ release: "r2", ticks: [Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 2)], ends: true, asked: false });
});

/** A run of three hours of backfill for a DAG by hand-made ticks, under way when its scheduler goes. */
async function interrupted(ticksOf: () => Promise<TicksAnswer>) {
  const begin = Date.UTC(2026, 0, 1);
  const ticks = [0, 1, 2, 3, 4].map((n) => begin + n * hourMs);
  const dag = { ...custom, catchup: { policy: "none" } } as DagDecl;
  const before = await bed(undefined, { ticksOf: async () => ({ ticks, ends: true }) });
  await before.register("r1", [dag]);
  const { id } = await before.scheduler.backfill({ dag: "d", from: begin, to: begin + 3 * hourMs, order: "oldest", reprocess: "none", maxActiveRuns: 1, params: {}, note: null, ticks });
  await before.end("a");
  await before.scheduler.close();
  const again = await bed(before.store, { ticksOf, declarationOf: () => dag });
  await again.register("r1", [dag]);
  return { ...again, id, ticks, dag };
}

test("a backfill over a timetable in code goes on behind a restart", async () => {
  const { scheduler, end, store, id } = await interrupted(async () => ({ ticks: [0, 1, 2, 3, 4].map((n) => Date.UTC(2026, 0, 1) + n * hourMs), ends: true }));
  await expect.poll(() => scheduler.world.backfills.size).toBe(1);
  for (let rest = 0; rest < 2; rest++) await end("a");
  expect((await store.backfills()).find((row) => row.id === id)).toMatchObject({ state: "done" });
  expect((await store.runs({ limit: 10 })).map(({ state }) => state)).toEqual(["success", "success", "success"]);
});

test("while its code fails it waits, and may be paused and cancelled", async () => {
  const problem = new MillraceError("MR-SCHED-009", { what: "it threw", where: "d", mend: "mend it" }).toJSON();
  const { scheduler, register, dag, id, store } = await interrupted(async () => ({ problem }));
  await expect.poll(() => scheduler.world.dags.get("d")?.ticks?.problem).toEqual(problem);
  expect(scheduler.world.waitingBackfills).toHaveLength(1);
  expect(await scheduler.setBackfill(id, "paused", "later")).toMatchObject({ state: "paused", note: "later" });
  await register("r2", [dag]);
  expect(await scheduler.setBackfill(id, "cancelled", null)).toMatchObject({ state: "cancelled", note: "later" });
  expect(scheduler.world.waitingBackfills).toEqual([]);
  expect((await store.backfills())[0]).toMatchObject({ id, state: "cancelled", endedAt: expect.any(Number) });
  await expect(scheduler.setBackfill(id, "running", null)).rejects.toMatchObject({ code: "MR-SCHED-002" });
});
