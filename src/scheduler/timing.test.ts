import { expect, test } from "vitest";
import type { TaskDecl } from "../model/dag-manifest.ts";
import { dagDecl, taskDecl } from "./dag-for-tests.ts";
import type { Outcome } from "./executor.ts";
import { retryWait } from "./retry.ts";
import { failed, Gates, ok, schedulerBed } from "./scheduler-for-tests.ts";

const now = Date.UTC(2026, 0, 15, 12, 30);
const one = (more: Partial<TaskDecl>, dag: Parameters<typeof dagDecl>[2] = {}) => [dagDecl("d", [taskDecl("a", more), taskDecl("b", { after: ["a"] })], dag)];
const never = (): Promise<Outcome> => new Promise(() => undefined);

test("an attempt that takes too long is stopped, counts as a try, and may say what it likes", async () => {
  const gates = new Gates();
  const bed = await schedulerBed(one({ timeoutMs: 60_000, retries: 1, retryDelayMs: 5_000 }), ({ task }) => (task.name === "a" ? gates.hold("a") : ok), { now });
  const run = await bed.trigger("d");
  await bed.pass(59_999);
  expect(bed.states(run).a).toBe("running");
  await bed.pass(1);
  expect(bed.states(run).a).toBe("up_for_retry");
  expect(bed.explain(run, "a")).toEqual([{ kind: "retry", text: "attempt 1 has failed; the next begins at 2026-01-15T12:31:05.000Z" }]);
  expect(bed.executor.stopped).toHaveLength(1);
  await bed.pass(5_000);
  const [old] = bed.executor.works;
  expect(await bed.scheduler.end(old.attempt, old.fence, ok)).toBe(false);
  expect(bed.states(run).a).toBe("running");
  gates.open("a");
  gates.open("a");
  expect((await bed.end(run)).state).toBe("success");
  expect(await bed.attempts(run, "a")).toEqual([[1, "timed_out"], [2, "success"]]);
  expect((await bed.store.attempts(run, "a"))[0].error?.code).toBe("MR-SCHED-006");
});

test("all attempts together have a limit, waits between them included", async () => {
  const bed = await schedulerBed(one({ totalTimeoutMs: 100_000, retries: 50, retryDelayMs: 30_000 }), () => failed, { now });
  const run = await bed.trigger("d");
  await bed.pass(99_999);
  expect(bed.states(run).a).toBe("up_for_retry");
  await bed.pass(1);
  expect(bed.row(run).state).toBe("failed");
  expect(await bed.attempts(run, "a")).toHaveLength(4);
  // Cleared, it gets its whole time again.
  await bed.scheduler.clear(run, [{ task: "a" }], null);
  await bed.pass(99_999);
  expect(bed.states(run).a).toBe("up_for_retry");
});

test("an attempt that no worker takes up in time fails, also when the scheduler starts anew meanwhile", async () => {
  const dags = one({ queueTimeoutMs: 60_000 });
  const first = await schedulerBed(dags, () => ok, { now, deaf: true });
  const run = await first.trigger("d");
  await first.pass(59_000);
  expect(first.explain(run, "a")).toEqual([{ kind: "worker", text: "it has its slots and waits for a worker to be free" }]);
  await first.scheduler.close();
  const second = await schedulerBed(dags, () => ok, { now: now + 59_000, store: first.store, deaf: true });
  await second.pass(999);
  expect(second.states(run).a).toBe("queued");
  await second.pass(1);
  expect(second.row(run).state).toBe("failed");
  expect(await second.attempts(run, "a")).toEqual([[1, "timed_out"]]);
});

test("a run that takes too long fails, from its start on, and what has not ended is skipped", async () => {
  const gates = new Gates();
  const bed = await schedulerBed(one({}, { runTimeoutMs: 60_000, maxActiveRuns: 1 }), ({ run }) => gates.hold(run.id), { now });
  const runs = [await bed.trigger("d"), await bed.trigger("d")];
  await bed.pass(60_000);
  expect(bed.row(runs[0])).toMatchObject({ state: "failed", note: "it has taken too long" });
  expect(bed.states(runs[0])).toEqual({ a: "skipped", b: "skipped" });
  expect(bed.executor.stopped).toHaveLength(1);
  await bed.pass(59_999);
  expect(bed.row(runs[1]).state).toBe("running");
  await bed.pass(1);
  expect(bed.row(runs[1]).state).toBe("failed");
});

test("a sensor gives its slots back between looks, and its time counts from the first", async () => {
  const sensor = (soft: boolean) => ({ mode: "reschedule", everyMs: 10_000, timeoutMs: 35_000, soft }) as const;
  const dags = [dagDecl("d", [taskDecl("found", { sensor: sensor(false), pool: "p" }), taskDecl("hard", { sensor: sensor(false), retries: 3, pool: "p" }), taskDecl("soft", { sensor: sensor(true), pool: "p" })])];
  const bed = await schedulerBed(dags, ({ task, looks }) => (task.name === "found" && looks === 2 ? ok : { kind: "deferred", ms: 10_000 }), { now });
  await bed.scheduler.setPool("p", 1, null);
  const run = await bed.trigger("d");
  await bed.pass(5_000);
  expect(bed.states(run)).toEqual({ found: "deferred", hard: "deferred", soft: "deferred" });
  expect(bed.scheduler.world.pools.get("p")?.used).toBe(0);
  expect(bed.explain(run, "hard")).toEqual([{ kind: "time", text: "it goes on at 2026-01-15T12:30:10.000Z" }]);
  await bed.pass(20_000);
  expect(bed.states(run)).toEqual({ found: "success", hard: "deferred", soft: "deferred" });
  await bed.pass(10_000);
  expect((await bed.end(run)).tasks).toEqual({ found: "success", hard: "failed", soft: "skipped" });
  // One attempt, with all its looks; and no retry behind the timeout.
  expect((await bed.store.attempts(run)).map(({ number, looks, state }) => [number, looks, state])).toEqual([[1, 2, "success"], [1, 4, "timed_out"], [1, 4, "skipped"]]);
  await bed.scheduler.clear(run, [{ task: "hard" }], null);
  await bed.pass(25_000);
  expect(bed.states(run).hard).toBe("deferred");
});

test("the wait between attempts doubles, is the same each time, and has its bounds", async () => {
  const decl = taskDecl("a", { retryDelayMs: 1_000, backoff: "exponential", retryDelayMaxMs: 60_000 });
  for (let number = 1; number <= 20; number++) {
    const least = 1_000 * 2 ** (number - 1);
    const waits = Array.from({ length: 50 }, (_, i) => retryWait(decl, `run ${i}`, number));
    expect(waits).toEqual(Array.from({ length: 50 }, (_, i) => retryWait(decl, `run ${i}`, number)));
    for (const wait of waits) {
      expect(wait).toBeGreaterThanOrEqual(Math.min(least, 60_000));
      expect(wait).toBeLessThanOrEqual(Math.min(2 * least, 60_000));
    }
    if (least < 30_000) expect(new Set(waits).size).toBeGreaterThan(40);
  }
  expect(retryWait({ ...decl, retryDelayMaxMs: Number.MAX_VALUE }, "run", 5_000)).toBe(86_400_000);
  expect(retryWait({ ...decl, retryDelayMs: 0 }, "run", 3)).toBe(0);
  const bed = await schedulerBed(one({ ...decl, name: "a", retries: 3 }), () => failed, { now });
  const run = await bed.trigger("d");
  const wakes: number[] = [];
  for (let attempt = 1; attempt <= 3; attempt++) {
    await expect.poll(() => bed.states(run).a).toBe("up_for_retry");
    const { endedAt } = (await bed.store.attempts(run, "a")).at(-1) as { endedAt: number };
    wakes.push((bed.store.instancesOf(run)[0].wakeAt as number) - endedAt);
    await bed.pass(wakes[attempt - 1]);
  }
  expect(wakes).toEqual([1, 2, 3].map((number) => retryWait(decl, `${run}/a/-1`, number)));
});

test("an error may say that no attempt helps, or when the next one does", async () => {
  let outcome: Outcome = { ...failed, final: true };
  const bed = await schedulerBed(one({ retries: 5, retryDelayMs: 1_000 }), () => outcome, { now });
  const { id } = await bed.run("d");
  expect(await bed.attempts(id, "a")).toEqual([[1, "failed"]]);
  outcome = { ...failed, retryAfterMs: 77_000 };
  const run = await bed.trigger("d");
  await expect.poll(() => bed.states(run).a).toBe("up_for_retry");
  expect(bed.store.instancesOf(run)[0].wakeAt).toBe(now + 77_000);
});

test("what a silent worker ran is lost within 15 s, starts again at no cost, and the silent one is refused", async () => {
  const gates = new Gates();
  const bed = await schedulerBed(one({}), ({ task }) => (task.name === "a" ? gates.hold("a") : ok), { now });
  const run = await bed.trigger("d");
  await expect.poll(() => gates.held("a")).toBe(1);
  await bed.pass(14_999, { silent: true });
  expect(await bed.attempts(run, "a")).toEqual([[1, "running"]]);
  await bed.pass(1, { silent: true });
  await expect.poll(() => gates.held("a")).toBe(2);
  expect(await bed.attempts(run, "a")).toEqual([[1, "lost"], [2, "running"]]);
  const [old, next] = bed.executor.works;
  expect(next.fence).toBeGreaterThan(old.fence);
  expect(await bed.scheduler.end(old.attempt, old.fence, { kind: "success", result: { json: '"stale"' } })).toBe(false);
  gates.open("a");
  gates.open("a", { kind: "success", result: { json: '"fresh"' } });
  expect(await bed.end(run)).toMatchObject({ state: "success" });
  expect(bed.store.instancesOf(run).find(({ task }) => task === "a")).toMatchObject({ result: { json: '"fresh"' }, attempts: 2, lost: 1 });
});

test("a scheduler that stood still gives every worker a lease anew, and holds silence against it only from then on", async () => {
  const gates = new Gates();
  const bed = await schedulerBed(one({}), ({ task }) => (task.name === "a" ? gates.hold("a") : ok), { now });
  const run = await bed.trigger("d");
  await expect.poll(() => gates.held("a")).toBe(1);
  await bed.sleep(3_600_000);
  expect(await bed.attempts(run, "a")).toEqual([[1, "running"]]);
  await bed.pass(14_999, { silent: true });
  expect(await bed.attempts(run, "a")).toEqual([[1, "running"]]);
  await bed.pass(1, { silent: true });
  expect(await bed.attempts(run, "a")).toEqual([[1, "lost"], [2, "running"]]);
});

test("what ends each of its workers does not run for ever", async () => {
  const bed = await schedulerBed(one({ retries: 1, retryDelayMs: 1_000 }), never, { now });
  const run = await bed.trigger("d");
  for (let times = 0; times < 8 && bed.row(run).state === "running"; times++) {
    await bed.scheduler.gone("here");
    await bed.pass(1_000);
  }
  expect(bed.row(run).state).toBe("failed");
  // Three cost nothing; then the first try and its retry are used up.
  expect((await bed.attempts(run, "a")).map(([, state]) => state)).toEqual(["lost", "lost", "lost", "lost", "lost"]);
});

test("a wait needs no worker, and goes on by the clock, also behind a restart", async () => {
  const dags = one({ kind: "wait", code: false, settings: { ms: 60_000 } });
  const first = await schedulerBed(dags, () => ok, { now });
  const run = await first.trigger("d");
  expect(first.explain(run, "a")).toEqual([{ kind: "time", text: "it goes on at 2026-01-15T12:31:00.000Z" }]);
  await first.pass(30_000);
  await first.scheduler.close();
  const second = await schedulerBed(dags, () => ok, { now: now + 30_000, store: first.store });
  await second.pass(29_999);
  expect(second.states(run).a).toBe("deferred");
  await second.pass(1);
  expect((await second.end(run)).state).toBe("success");
  expect(second.executor.ran).toEqual(["b"]);
});

test("a dataset that is not whole in time, and a person who does not answer, fail the task", async () => {
  const dags = [dagDecl("d", [taskDecl("set", { kind: "wait", code: false, settings: { dataset: "t", timeoutMs: 60_000 } }), taskDecl("ask", { kind: "approval", code: false, settings: { prompt: "ok?", timeoutMs: 60_000 } })])];
  const bed = await schedulerBed(dags, () => ok, { now });
  const run = await bed.trigger("d", { start: now - 1, end: now });
  expect([bed.explain(run, "set"), bed.explain(run, "ask")]).toMatchObject([[{ kind: "dataset" }], [{ kind: "approval" }]]);
  await bed.pass(60_000);
  expect(bed.states(run)).toEqual({ set: "failed", ask: "failed" });
  expect(bed.store.instancesOf(run).map(({ note }) => note)).toEqual(["the dataset was not whole in time", "nobody has answered in time"]);
});
