import { setTimeout } from "node:timers/promises";
import { expect, test } from "vitest";
import { MillraceError } from "../errors.ts";
import type { DagDecl } from "../model/dag-manifest.ts";
import { dagDecl, taskDecl } from "./dag-for-tests.ts";
import { MemoryStore } from "./memory-store-for-tests.ts";
import { failed, Gates, ok, schedulerBed as bed } from "./scheduler-for-tests.ts";

test("tasks run in order, and results pass", async () => {
  const got: unknown[] = [];
  const { run, executor } = await bed([dagDecl("d", [taskDecl("a"), taskDecl("b", { after: ["a"], inputs: { x: "a" } }), taskDecl("c", { after: ["b"] })])], (work) => {
    got.push(work.inputs);
    return { kind: "success", result: { json: `"of ${work.task.name}"` } };
  });
  expect(await run("d")).toMatchObject({ state: "success", tasks: { a: "success", b: "success", c: "success" } });
  expect(executor.ran).toEqual(["a", "b", "c"]);
  expect(got).toEqual([{}, { x: { json: '"of a"' } }, {}]);
});

test("a failure is retried, then passes on", async () => {
  const decl = dagDecl("d", [taskDecl("a", { retries: 2, retryDelayMs: 1 }), taskDecl("b", { after: ["a"] }), taskDecl("c", { after: ["a"], trigger: "all_done" })]);
  const { run, executor, store } = await bed([decl], ({ task }) => (task.name === "a" ? failed : ok));
  const { id, state, tasks } = await run("d");
  expect(state).toBe("failed");
  expect(tasks).toEqual({ a: "failed", b: "upstream_failed", c: "success" });
  expect(executor.ran.filter((name) => name === "a")).toHaveLength(3);
  expect((await store.attempts(id, "a")).map(({ number, state }) => [number, state])).toEqual([[1, "failed"], [2, "failed"], [3, "failed"]]);
});

test("a branch skips what it did not choose, but not what comes behind the chosen", async () => {
  const decl = dagDecl("d", [taskDecl("pick", { kind: "branch" }), taskDecl("left", { after: ["pick"] }), taskDecl("right", { after: ["pick"] }), taskDecl("join", { after: ["left", "right", "pick"], trigger: "none_failed_min_one_success" })]);
  const { run } = await bed([decl], ({ task }) => (task.name === "pick" ? { kind: "success", chosen: ["left"] } : ok));
  expect(await run("d")).toMatchObject({ state: "success", tasks: { pick: "success", left: "success", right: "skipped", join: "success" } });
});

test("a map runs its tasks for each item, and what follows gets a list", async () => {
  const decl = dagDecl("d", [taskDecl("list"), taskDecl("m.a", { after: ["list"], map: "m" }), taskDecl("m.b", { after: ["m.a"], inputs: { a: "m.a" }, map: "m" }), taskDecl("sum", { after: ["m.b"], inputs: { all: "m.b" } })], { maps: [{ name: "m", over: { task: "list" }, itemsMax: 100 }] });
  let sum: unknown;
  const { run } = await bed([decl], ({ task, index, inputs }) => {
    if (task.name === "list") return { kind: "success", result: { json: "[1,2,3]", items: 3 } };
    if (task.name === "sum") sum = inputs.all;
    if (task.name === "m.b" && index === 1) expect(inputs.a).toEqual({ json: "1" });
    return { kind: "success", result: { json: String(index) } };
  });
  const { state, tasks } = await run("d");
  expect(state).toBe("success");
  expect(Object.keys(tasks).sort()).toEqual(["list", "m.a.0", "m.a.1", "m.a.2", "m.b.0", "m.b.1", "m.b.2", "sum"]);
  expect(sum).toEqual([{ json: "0" }, { json: "1" }, { json: "2" }]);
});

test("a map over an empty list is skipped", async () => {
  const decl = dagDecl("d", [taskDecl("list"), taskDecl("m.a", { after: ["list"], map: "m" }), taskDecl("end", { after: ["m.a"], trigger: "none_failed" })], { maps: [{ name: "m", over: { task: "list" }, itemsMax: 100 }] });
  const { run } = await bed([decl], ({ task }) => (task.name === "list" ? { kind: "success", result: { json: "[]", items: 0 } } : ok));
  expect(await run("d")).toMatchObject({ state: "success", tasks: { list: "success", "m.a": "skipped", end: "success" } });
});

test("what is cleared runs again, and what follows with it", async () => {
  let broken = true;
  const decl = dagDecl("d", [taskDecl("a"), taskDecl("b", { after: ["a"] }), taskDecl("c", { after: ["b"] })]);
  const { run, scheduler, store, executor } = await bed([decl], ({ task }) => (task.name === "b" && broken ? failed : ok));
  const { id, state } = await run("d");
  expect(state).toBe("failed");
  broken = false;
  expect(await scheduler.clear(id, [{ task: "b" }, { task: "c" }], "mended")).toBe(2);
  await expect.poll(() => store.rows.runs.get(id)?.state).toBe("success");
  expect(executor.ran).toEqual(["a", "b", "b", "c"]);
  expect((await store.attempts(id, "b")).map(({ number, state }) => [number, state])).toEqual([[1, "failed"], [2, "success"]]);
});

const hourly = (more: Partial<DagDecl> = {}): DagDecl => dagDecl("d", [taskDecl("a")], { schedule: { kind: "every", ms: 3_600_000, anchor: "1970-01-01T00:00:00Z" }, catchup: { policy: "all" }, ...more });
const hoursAgo = (hours: number): string => new Date(Math.floor(Date.now() / 3_600_000 - hours) * 3_600_000).toISOString();

test("catch-up makes every missed run, and no more than may go on at once", async () => {
  let most = 0;
  let now = 0;
  const { store } = await bed([hourly({ start: hoursAgo(40), maxActiveRuns: 3 })], async () => {
    most = Math.max(most, ++now);
    await new Promise((done) => setImmediate(done));
    now--;
    return ok;
  });
  await expect.poll(() => [...store.rows.runs.values()].filter(({ state }) => state === "success").length).toBe(40);
  expect(most).toBeLessThanOrEqual(3);
  expect(new Set([...store.rows.runs.values()].map(({ intervalStart }) => intervalStart)).size).toBe(40);
});

test("a backfill makes the intervals that are missing, and leaves the others as it was told", async () => {
  const { scheduler, store, executor } = await bed([hourly({ start: hoursAgo(5) })]);
  await expect.poll(() => [...store.rows.runs.values()].filter(({ state }) => state === "success").length).toBe(5);
  const request = { dag: "d", from: Date.parse(hoursAgo(10)), to: Date.now(), order: "oldest", maxActiveRuns: 2, params: {}, note: null } as const;
  const first = await scheduler.backfill({ ...request, reprocess: "none" });
  await expect.poll(() => store.rows.backfills.get(first.id)?.state).toBe("done");
  const reasons = (await store.backfillIntervals(first.id, { after: 0, limit: 100 })).map(({ reason }) => reason);
  expect(reasons).toEqual([...Array(5).fill(null), ...Array(5).fill("already exists")]);
  expect(executor.ran).toHaveLength(10);
  const second = await scheduler.backfill({ ...request, reprocess: "completed", from: Date.parse(hoursAgo(3)) });
  await expect.poll(() => store.rows.backfills.get(second.id)?.state).toBe("done");
  expect(executor.ran).toHaveLength(13);
  expect(store.rows.runs.size).toBe(10);
});

test("a backfill that cannot be is refused", async () => {
  const { scheduler } = await bed([hourly(), { ...dagDecl("by hand", [taskDecl("a")]) }]);
  const request = { dag: "d", from: Date.parse(hoursAgo(10)), to: Date.parse(hoursAgo(5)), order: "oldest", reprocess: "none", maxActiveRuns: 2, params: {}, note: null } as const;
  await expect(scheduler.backfill({ ...request, from: request.to, to: request.from })).rejects.toMatchObject({ code: "MR-SCHED-007" });
  await expect(scheduler.backfill({ ...request, from: Date.now() + 1e9, to: Date.now() + 2e9 })).rejects.toMatchObject({ code: "MR-SCHED-007" });
  await expect(scheduler.backfill({ ...request, dag: "by hand" })).rejects.toMatchObject({ code: "MR-SCHED-007" });
  await expect(scheduler.backfill({ ...request, dag: "unknown" })).rejects.toMatchObject({ code: "MR-SCHED-001" });
});

test("an update of a dataset runs those that wait for it", async () => {
  const maker = dagDecl("maker", [taskDecl("a", { updates: ["t"] })]);
  const any = dagDecl("any", [taskDecl("b")], { schedule: { kind: "onUpdate", datasets: ["t", "u"], when: "any" } });
  const all = dagDecl("all", [taskDecl("c")], { schedule: { kind: "onUpdate", datasets: ["t", "u"], when: "all" } });
  const { run, scheduler, executor } = await bed([maker, any, all]);
  await run("maker");
  await expect.poll(() => executor.ran).toEqual(["a", "b"]);
  await scheduler.updated("u", undefined, "test");
  await expect.poll(() => [...executor.ran].sort()).toEqual(["a", "b", "b", "c"]);
});

test("a task waits for a dataset to be whole for its interval, whoever makes it so", async () => {
  const waiter = dagDecl("waiter", [taskDecl("w", { kind: "wait", code: false, settings: { dataset: "t" } }), taskDecl("after", { after: ["w"] })]);
  const { scheduler, executor } = await bed([waiter]);
  await scheduler.trigger({ dag: "waiter", kind: "manual", params: {}, interval: { start: 100, end: 200 } });
  await scheduler.updated("t", { start: 0, end: 150 }, "test");
  expect(executor.ran).toEqual([]);
  await scheduler.updated("t", { start: 150, end: 250 }, "test");
  await expect.poll(() => executor.ran).toEqual(["after"]);
});

test("a task runs another DAG and goes the way of its run", async () => {
  const parent = dagDecl("parent", [taskDecl("call", { kind: "dag", code: false, settings: { dag: "child", wait: true } }), taskDecl("after", { after: ["call"] })]);
  const { run, executor } = await bed([parent, dagDecl("child", [taskDecl("inner")])]);
  expect(await run("parent")).toMatchObject({ state: "success", tasks: { call: "success", after: "success" } });
  expect(executor.ran).toEqual(["inner", "after"]);
});

test("a scheduler that starts anew knows what was paused, and how far each schedule has come", async () => {
  const dags = [hourly({ start: hoursAgo(3) }), { ...hourly({ start: hoursAgo(3) }), name: "paused" }];
  const first = await bed(dags);
  await expect.poll(() => [...first.store.rows.runs.values()].filter(({ state }) => state === "success").length).toBe(6);
  await first.scheduler.pause("paused", "for the night");
  await first.scheduler.close();
  const second = await bed(dags, () => ok, { store: first.store });
  await second.settled();
  expect(second.scheduler.world.dags.get("paused")?.row).toMatchObject({ paused: true, note: "for the night" });
  expect(second.executor.ran).toEqual([]);
  expect([...second.store.rows.dags.values()].map(({ paused }) => paused)).toEqual([false, true]);
});

/** Takes as long as a disk does. */
class SlowStore extends MemoryStore {
  override async commit(...[epoch, changes]: Parameters<MemoryStore["commit"]>): Promise<void> {
    await setTimeout(2);
    this.commitNow(epoch, changes);
  }
}

test("time goes on while there is always something to do", async () => {
  let tries = 0;
  const { run, scheduler } = await bed([dagDecl("d", [taskDecl("a", { retries: 1, retryDelayMs: 20 })])], () => (++tries === 1 ? failed : ok), { store: new SlowStore() });
  let busy = true;
  const feed = async (): Promise<void> => {
    for (let slots = 1; busy; slots++) await scheduler.setPool("busy", slots, null);
  };
  const feeding = feed();
  expect(await run("d")).toMatchObject({ state: "success" });
  busy = false;
  await feeding;
});

/** A disk that is full for as long as the test says. */
class FullStore extends MemoryStore {
  full = false;

  override async commit(...[epoch, changes]: Parameters<MemoryStore["commit"]>): Promise<void> {
    if (this.full) throw new MillraceError("MR-STATE-001", { what: "the disk is full", where: "the store", mend: "make room", retryable: true });
    this.commitNow(epoch, changes);
  }
}

test("while nothing can be written people are refused, and what was under way is done when there is room again", async () => {
  const store = new FullStore();
  const { scheduler } = await bed([dagDecl("d", [taskDecl("a")])], () => ok, { store });
  const trigger = () => scheduler.trigger({ dag: "d", kind: "manual", params: {} });
  store.full = true;
  const first = trigger();
  await expect.poll(() => scheduler.trouble?.code).toBe("MR-STATE-001");
  await expect(trigger()).rejects.toMatchObject({ code: "MR-STATE-001", parts: { what: "the disk is full" } });
  await expect(scheduler.pause("d", null)).rejects.toMatchObject({ code: "MR-STATE-001" });
  expect(store.rows.runs.size).toBe(0);
  store.full = false;
  expect((await first).dag).toBe("d");
  expect(scheduler.trouble).toBeUndefined();
  await trigger();
  await expect.poll(() => [...store.rows.runs.values()].map(({ state }) => state)).toEqual(["success", "success"]);
});

test("a DAG has one backfill at a time; one that was cancelled is none, though a run of it goes on", async () => {
  const gates = new Gates();
  const { scheduler } = await bed([hourly({ start: hoursAgo(5), catchup: { policy: "none" } })], () => gates.hold("t"));
  const fill = () => scheduler.backfill({ dag: "d", from: Date.parse(hoursAgo(5)), to: Date.parse(hoursAgo(1)), order: "oldest", reprocess: "none", maxActiveRuns: 1, params: {}, note: null });
  const { id } = await fill();
  await expect(fill()).rejects.toMatchObject({ code: "MR-SCHED-007", parts: { what: `backfill ${id} of it has not ended` } });
  await scheduler.setBackfill(id, "cancelled", null);
  expect(scheduler.world.backfills.get(id)?.active.size).toBe(1);
  expect((await fill()).state).toBe("running");
});
