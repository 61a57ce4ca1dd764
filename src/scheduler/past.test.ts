import { expect, test } from "vitest";
import type { DagDecl } from "../model/dag-manifest.ts";
import { dagDecl, taskDecl } from "./dag-for-tests.ts";
import { failed, Gates, ok, schedulerBed } from "./scheduler-for-tests.ts";

const hourMs = 3_600_000;
const now = Date.UTC(2026, 0, 15, 12, 30);
const hour = (h: number): number => Date.UTC(2026, 0, 15, h);
const hourly = (tasks: DagDecl["tasks"], more: Partial<DagDecl> = {}): DagDecl => dagDecl("d", tasks, { schedule: { kind: "every", ms: hourMs, anchor: "1970-01-01T00:00:00Z" }, catchup: { policy: "all" }, start: new Date(hour(9)).toISOString(), ...more });
const runOf = (h: number): string => `d.20260115T${String(h).padStart(2, "0")}0000Z`;

test("a task that depends on its past waits for itself in the run before, be that cleared or marked", async () => {
  let broken = true;
  const bed = await schedulerBed([hourly([taskDecl("a", { dependsOnPast: true }), taskDecl("b")])], ({ task, run }) => (task.name === "a" && broken && run.id === runOf(9) ? failed : ok), { now });
  await expect.poll(() => bed.row(runOf(9))?.state).toBe("failed");
  await expect.poll(() => [bed.states(runOf(10)), bed.states(runOf(11))]).toEqual([{ a: "none", b: "success" }, { a: "none", b: "success" }]);
  expect(bed.explain(runOf(10), "a")).toEqual([{ kind: "past", text: expect.stringContaining(runOf(9)) }]);
  expect(bed.explain(runOf(11), "a")).toEqual([{ kind: "past", text: expect.stringContaining(runOf(10)) }]);
  broken = false;
  await bed.scheduler.clear(runOf(9), [{ task: "a" }], null);
  await expect.poll(() => bed.runsOf("d").map(({ state }) => state)).toEqual(["success", "success", "success"]);
  expect(bed.executor.ran.filter((name) => name === "a")).toHaveLength(4);
});

test("marking the task of the run before lets the next one go", async () => {
  const bed = await schedulerBed([hourly([taskDecl("a", { dependsOnPast: true })])], ({ run }) => (run.id === runOf(9) ? failed : ok), { now });
  await expect.poll(() => bed.row(runOf(9))?.state).toBe("failed");
  await bed.scheduler.mark(runOf(9), [{ task: "a" }], "skipped", "not needed");
  await expect.poll(() => bed.runsOf("d").map(({ state }) => state)).toEqual(["success", "success", "success"]);
});

test("the past is found again by a scheduler that starts anew", async () => {
  const decls = [hourly([taskDecl("a", { dependsOnPast: true })])];
  const first = await schedulerBed(decls, () => failed, { now });
  await expect.poll(() => first.row(runOf(9))?.state).toBe("failed");
  await first.scheduler.close();
  const second = await schedulerBed(decls, () => ok, { now, store: first.store });
  await expect.poll(() => second.explain(runOf(10), "a")).toEqual([{ kind: "past", text: expect.stringContaining(runOf(9)) }]);
  await second.scheduler.clear(runOf(9), [{ task: "a" }], null);
  await expect.poll(() => second.runsOf("d").map(({ state }) => state)).toEqual(["success", "success", "success"]);
});

test("who waits for downstream waits for what comes directly behind it in the run before", async () => {
  const gates = new Gates();
  const tasks = [taskDecl("a", { waitForDownstream: true }), taskDecl("b", { after: ["a"] }), taskDecl("c", { after: ["b"] })];
  const bed = await schedulerBed([hourly(tasks, { start: new Date(hour(10)).toISOString() })], ({ task, run }) => (task.name === "a" ? ok : gates.hold(`${task.name} ${run.id}`)), { now });
  await expect.poll(() => gates.held(`b ${runOf(10)}`)).toBe(1);
  await expect.poll(() => bed.explain(runOf(11), "a")).toEqual([{ kind: "past", text: expect.stringContaining("what follows it") }]);
  gates.open(`b ${runOf(10)}`);
  // c has not ended, and is not looked at.
  await expect.poll(() => bed.states(runOf(11)).a).toBe("success");
  expect(bed.states(runOf(10)).c).not.toBe("success");
});

test("the first of a backfill passes, and each after it waits for the one before", async () => {
  const gates = new Gates();
  const decl = hourly([taskDecl("a", { dependsOnPast: true })], { start: new Date(hour(12)).toISOString() });
  const bed = await schedulerBed([decl], ({ run }) => gates.hold(run.id), { now });
  await bed.scheduler.backfill({ dag: "d", from: hour(5), to: hour(8), order: "oldest", reprocess: "failed", maxActiveRuns: 3, params: {}, note: null });
  await expect.poll(() => gates.held(runOf(5))).toBe(1);
  await expect.poll(() => bed.explain(runOf(6), "a")).toEqual([{ kind: "past", text: expect.stringContaining(runOf(5)) }]);
  gates.open(runOf(5));
  await expect.poll(() => gates.held(runOf(6))).toBe(1);
  expect(gates.held(runOf(7))).toBe(0);
  gates.open(runOf(6));
  await expect.poll(() => gates.held(runOf(7))).toBe(1);
});

test("a task that the run before did not have goes on", async () => {
  const first = await schedulerBed([hourly([taskDecl("a")])], () => ok, { now });
  await expect.poll(() => first.row(runOf(11))?.state).toBe("success");
  await first.scheduler.close();
  const second = await schedulerBed([hourly([taskDecl("a"), taskDecl("new", { dependsOnPast: true })])], () => ok, { now: now + hourMs, store: first.store, release: "r2" });
  await expect.poll(() => second.row(runOf(12))?.state).toBe("success");
  expect(second.states(runOf(12))).toEqual({ a: "success", new: "success" });
});
