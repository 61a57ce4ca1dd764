import { expect, test } from "vitest";
import type { DagDecl } from "../model/dag-manifest.ts";
import { dagDecl, taskDecl } from "./dag-for-tests.ts";
import { Gates, ok, schedulerBed } from "./scheduler-for-tests.ts";

const minuteMs = 60_000;
const hourMs = 3_600_000;
const now = Date.UTC(2026, 0, 15, 12, 30);
const hour = (h: number): string => new Date(Date.UTC(2026, 0, 15) + h * hourMs).toISOString();
const hourly = (more: Partial<DagDecl> = {}): DagDecl => dagDecl("d", [taskDecl("a")], { schedule: { kind: "every", ms: hourMs, anchor: "1970-01-01T00:00:00Z" }, catchup: { policy: "all" }, ...more });
const tasksOf = (names: string[], more: Parameters<typeof taskDecl>[1] = {}) => names.map((name) => taskDecl(name, more));

test("a pool's slots are never exceeded, also by tasks of several slots; one that wants more than all gets all", async () => {
  const gates = new Gates();
  const decl = dagDecl("d", [taskDecl("two", { pool: "p", slots: 2 }), taskDecl("three", { pool: "p", slots: 3 }), taskDecl("nine", { pool: "p", slots: 9 }), taskDecl("one", { pool: "p" })]);
  const bed = await schedulerBed([decl], ({ task }) => gates.hold(task.name));
  await bed.scheduler.setPool("p", 4, null);
  const run = await bed.trigger("d");
  await expect.poll(() => gates.held("two")).toBe(1);
  // The order of coming is kept: what is next waits for its room, and nothing smaller goes past it.
  const first = bed.executor.ran.slice();
  const waiting = ["one", "two", "three", "nine"].filter((name) => !first.includes(name));
  for (const name of waiting) expect(bed.explain(run, name), name).toEqual([{ kind: "pool", text: expect.stringMatching(/^pool "p" has \d of 4 slots taken/) }]);
  const slots: Record<string, number> = { one: 1, two: 2, three: 3, nine: 9 };
  const held = (): string[] => Object.keys(slots).filter((name) => gates.held(name) > 0);
  while (Object.values(bed.states(run)).some((state) => state !== "success")) {
    await expect.poll(() => held().length).toBeGreaterThan(0);
    const names = held();
    if (names.includes("nine")) expect(names).toEqual(["nine"]);
    else expect(names.reduce((sum, name) => sum + slots[name], 0)).toBeLessThanOrEqual(4);
    gates.open(names[0]);
    await bed.settled();
    await bed.settled();
  }
});

test("a pool that shrinks lets what runs end; one that grows, or has no limit, lets more run at once", async () => {
  const gates = new Gates();
  const bed = await schedulerBed([dagDecl("d", tasksOf(["a", "b", "c", "d", "e"], { pool: "p" }))], () => gates.hold("all"));
  await bed.scheduler.setPool("p", 3, null);
  await bed.trigger("d");
  await expect.poll(() => gates.held("all")).toBe(3);
  await bed.scheduler.setPool("p", 1, null);
  gates.open("all");
  gates.open("all");
  await bed.settled();
  await bed.settled();
  expect(gates.held("all")).toBe(1);
  await bed.scheduler.setPool("p", -1, null);
  await expect.poll(() => gates.held("all")).toBe(3);
  await bed.scheduler.setPool("p", 0, "closed");
  gates.open("all");
  gates.open("all");
  gates.open("all");
});

test("higher priority goes first", async () => {
  const gates = new Gates();
  const tasks = [taskDecl("block", { pool: "p", priority: 9 }), taskDecl("low", { pool: "p" }), taskDecl("high", { pool: "p", priority: 5 }), taskDecl("middle", { pool: "p", priority: 2 })];
  const bed = await schedulerBed([dagDecl("d", tasks)], ({ task }) => (task.name === "block" ? gates.hold("block") : ok));
  await bed.scheduler.setPool("p", 1, null);
  const run = await bed.trigger("d");
  await expect.poll(() => gates.held("block")).toBe(1);
  gates.open("block");
  await bed.end(run);
  expect(bed.executor.ran).toEqual(["block", "high", "middle", "low"]);
});

test("a task has no more attempts at once than it may, over all runs; nor has a DAG; and others pass by", async () => {
  const gates = new Gates();
  const dags = [dagDecl("d", [taskDecl("narrow", { maxActive: 1 }), taskDecl("wide")]), dagDecl("e", tasksOf(["x", "y", "z"]), { maxActiveTasks: 2 })];
  const bed = await schedulerBed(dags, ({ task }) => gates.hold(task.name));
  const runs = [await bed.trigger("d"), await bed.trigger("d"), await bed.trigger("d")];
  await expect.poll(() => [gates.held("narrow"), gates.held("wide")]).toEqual([1, 3]);
  const held = runs.filter((run) => bed.states(run).narrow === "scheduled");
  expect(bed.explain(held[0], "narrow")).toEqual([{ kind: "task-limit", text: expect.stringContaining("1 attempts go on, as many as the task may have") }]);
  gates.open("narrow");
  await expect.poll(() => gates.held("narrow")).toBe(1);
  const run = await bed.trigger("e");
  await expect.poll(() => Object.values(bed.states(run)).sort()).toEqual(["running", "running", "scheduled"]);
  const waits = Object.entries(bed.states(run)).find(([, state]) => state === "scheduled")?.[0] as string;
  expect(bed.explain(run, waits)).toEqual([{ kind: "dag-limit", text: expect.stringContaining("2 attempts go on, as many as its DAG may have") }]);
  gates.open(["x", "y", "z"].find((name) => gates.held(name) > 0) as string);
  await expect.poll(() => bed.states(run)[waits]).toBe("running");
});

test("a paused DAG starts no run and no task; what runs ends; resumed, all goes on", async () => {
  const gates = new Gates();
  const bed = await schedulerBed([dagDecl("d", [taskDecl("a"), taskDecl("b", { after: ["a"] })])], ({ task }) => (task.name === "a" ? gates.hold("a") : ok));
  const run = await bed.trigger("d");
  await expect.poll(() => gates.held("a")).toBe(1);
  await bed.scheduler.pause("d", "the source is down");
  const later = await bed.trigger("d");
  gates.open("a");
  await expect.poll(() => bed.states(run)).toEqual({ a: "success", b: "scheduled" });
  expect(bed.row(later).state).toBe("queued");
  expect(bed.explain(run, "b")).toEqual([{ kind: "paused", text: 'DAG "d" is paused: the source is down' }]);
  expect(bed.explain(later, "a")).toEqual([{ kind: "paused", text: 'DAG "d" is paused: the source is down' }]);
  await bed.scheduler.resume("d");
  expect((await bed.end(run)).state).toBe("success");
  await expect.poll(() => gates.held("a")).toBe(1);
});

test("runs beyond maxActiveRuns wait, the oldest first, and say so", async () => {
  const gates = new Gates();
  const bed = await schedulerBed([dagDecl("d", [taskDecl("a")], { maxActiveRuns: 1 })], ({ run }) => gates.hold(run.id), { now });
  const runs = [await bed.trigger("d"), await bed.trigger("d"), await bed.trigger("d")];
  expect(runs.map((run) => bed.row(run).state)).toEqual(["running", "queued", "queued"]);
  expect(bed.explain(runs[1], "a")).toEqual([{ kind: "run", text: `its run waits: 1 of at most 1 runs of DAG "d" go on (${runs[0]})` }]);
  await expect.poll(() => gates.held(runs[0])).toBe(1);
  gates.open(runs[0]);
  await expect.poll(() => runs.map((run) => bed.row(run).state)).toEqual(["success", "running", "queued"]);
});

test("runs that fall due while others go on: skipped, or in their place, or behind them", async () => {
  const gates = new Gates();
  const dags = (["skip", "cancel", "queue"] as const).map((overlap) => ({ ...hourly({ overlap, maxActiveRuns: 1, start: hour(12.5), schedule: { kind: "every", ms: minuteMs, anchor: "1970-01-01T00:00:00Z" } }), name: overlap }));
  const bed = await schedulerBed(dags, ({ run }) => gates.hold(run.id), { now });
  await bed.pass(3.1 * minuteMs);
  const states = (dag: string): string[] => bed.runsOf(dag).map(({ state, intervalStart }) => `${new Date(intervalStart).getUTCMinutes()} ${state}`);
  expect(states("skip")).toEqual(["30 running"]);
  expect(states("cancel")).toEqual(["30 cancelled", "31 cancelled", "32 running"]);
  expect(states("queue")).toEqual(["30 running", "31 queued", "32 queued"]);
  gates.open("skip.20260115T123000Z");
  gates.open("queue.20260115T123000Z");
  await bed.pass(minuteMs);
  expect(states("skip")).toEqual(["30 success", "33 running"]);
  expect(states("queue")).toEqual(["30 success", "31 running", "32 queued", "33 queued"]);
});

test("of many that fall due at once, the policy 'cancel' leaves the newest", async () => {
  const gates = new Gates();
  const bed = await schedulerBed([hourly({ overlap: "cancel", maxActiveRuns: 2, start: hour(2) })], ({ run }) => gates.hold(run.id), { now });
  await bed.settled();
  expect(bed.runsOf("d").map(({ state, intervalStart }) => `${new Date(intervalStart).getUTCHours()} ${state}`).slice(-4)).toEqual(["8 cancelled", "9 cancelled", "10 running", "11 running"]);
  expect(bed.runsOf("d").filter(({ state }) => state === "cancelled")).toHaveLength(8);
});

test("a delay by jitter as long as the period holds no run up for ever", async () => {
  const dags = (["latest", "window"] as const).map((policy): DagDecl => ({ ...hourly({ catchup: policy === "latest" ? { policy } : { policy, ms: hourMs }, jitterMs: 1.5 * hourMs, start: hour(0) }), name: policy }));
  const bed = await schedulerBed(dags, () => ok, { now });
  await bed.pass(12 * hourMs);
  for (const [dag, gapMs] of [["latest", 2 * hourMs], ["window", hourMs]] as const) {
    const starts = bed.runsOf(dag).map(({ intervalStart }) => intervalStart);
    expect(starts.length, dag).toBeGreaterThanOrEqual((12 * hourMs) / gapMs);
    // The newest alone: one is passed over where the delay of the next is over before its own.
    expect(starts.slice(1).every((start, i) => start - starts[i] <= gapMs), dag).toBe(true);
  }
});

test("with catch-up of the latest, one run is made behind a pause, jitter or not", async () => {
  const bed = await schedulerBed([hourly({ catchup: { policy: "latest" }, start: hour(0), jitterMs: 1_200_000 })], () => ok, { now });
  await bed.pass(hourMs);
  await bed.scheduler.pause("d", null);
  const before = bed.runsOf("d").length;
  await bed.pass(10.4 * hourMs);
  expect(bed.runsOf("d")).toHaveLength(before);
  await bed.scheduler.resume("d");
  await bed.settled();
  expect(bed.runsOf("d")).toHaveLength(before + 1);
  expect(bed.now() - (bed.runsOf("d").at(-1)?.intervalEnd ?? 0)).toBeLessThan(2 * hourMs);
});

test("a continuous schedule knows no jitter", async () => {
  const gates = new Gates();
  const bed = await schedulerBed([dagDecl("d", [taskDecl("a")], { schedule: { kind: "continuous" }, jitterMs: hourMs, catchup: { policy: "all" } })], () => gates.hold("a"), { now });
  await bed.pass(1);
  for (let run = 1; run <= 3; run++) {
    await expect.poll(() => [gates.held("a"), bed.runsOf("d").length]).toEqual([1, run]);
    await bed.pass(minuteMs);
    gates.open("a");
  }
  const runs = bed.runsOf("d");
  expect(runs[1].intervalStart).toBe(runs[0].intervalEnd);
  expect(runs[2].intervalEnd - runs[2].intervalStart).toBe(minuteMs);
});
