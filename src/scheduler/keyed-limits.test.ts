import { expect, test } from "vitest";
import { dagDecl, taskDecl } from "./dag-for-tests.ts";
import { failed, Gates, ok, schedulerBed } from "./scheduler-for-tests.ts";

const now = Date.UTC(2026, 0, 15, 12);
const second = 1_000;
const items = (count: number) => ({ maps: [{ name: "m", over: { items: Array.from({ length: count }, (_, i) => i) }, itemsMax: 10_000 }] });

test("tasks of one key take turns, over runs and DAGs, and those of other keys do not wait", async () => {
  const gates = new Gates();
  const limited = (max: number) => [taskDecl("t", { concurrency: { key: "{{ params.customer }} {{ index }}", max } })];
  const bed = await schedulerBed([dagDecl("a", limited(1)), dagDecl("b", limited(2))], ({ run, task }) => gates.hold(`${run.dag} ${task.name}`), { now });
  const start = async (dag: string, customer: string) => (await bed.scheduler.trigger({ dag, kind: "manual", params: { customer } })).id;
  const first = await start("a", "x");
  const second = await start("a", "x");
  const other = await start("a", "y");
  const wide = await start("b", "x");
  const wider = await start("b", "x");
  await bed.quiet();
  expect([first, second, other, wide, wider].map((run) => bed.states(run).t)).toEqual(["running", "scheduled", "running", "running", "scheduled"]);
  expect(bed.explain(second, "t")).toEqual([{ kind: "key-limit", text: `1 attempts go on, as many as may have the key "x -1" (${first} t, ${wide} t)` }]);
  gates.open("b t");
  await bed.quiet();
  // One that may be the second of its key does not pass the one before it that must be alone.
  expect([second, wider].map((run) => bed.states(run).t)).toEqual(["scheduled", "scheduled"]);
  gates.open("a t");
  await bed.quiet();
  expect([second, wider].map((run) => bed.states(run).t)).toEqual(["running", "running"]);
});

test("a long key is short in the store, and still tells tasks apart", async () => {
  const gates = new Gates();
  const bed = await schedulerBed([dagDecl("a", [taskDecl("t", { concurrency: { key: "{{ params.text }}", max: 1 } })])], () => gates.hold("t"), { now });
  const start = async (end: string) => (await bed.scheduler.trigger({ dag: "a", kind: "manual", params: { text: `${"x".repeat(9_000)}${end}` } })).id;
  const runs = [await start("1"), await start("1"), await start("2")];
  await bed.quiet();
  expect(runs.map((run) => bed.states(run).t)).toEqual(["running", "scheduled", "running"]);
  expect(bed.explain(runs[1], "t")?.[0].text.length).toBeLessThan(500);
});

test("starts of a throttle are apart, a pause earns a burst, and a restart of the scheduler earns nothing", async () => {
  const dags = [dagDecl("d", [taskDecl("t", { map: "m", throttle: { key: "api", everyMs: 10 * second, burst: 2 } })], items(6))];
  const at: number[] = [];
  const first = await schedulerBed(dags, () => (at.push(first.now() - now), ok), { now });
  const run = await first.trigger("d");
  await first.quiet();
  expect(at).toEqual([0, 0]);
  expect(first.explain(run, "t", 2)).toEqual([{ kind: "throttle", text: "as many have started as its throttle lets; it may go at 2026-01-15T12:00:10.000Z, or later when others wait before it" }]);
  await first.pass(10 * second);
  expect(at).toEqual([0, 0, 10 * second]);
  await first.scheduler.close();
  const second_ = await schedulerBed(dags, () => (at.push(second_.now() - now), ok), { now: now + 12 * second, store: first.store });
  await second_.pass(7_999);
  expect(at).toHaveLength(3);
  await second_.pass(1);
  await second_.pass(30 * second);
  expect(at.slice(3)).toEqual([20, 30, 40].map((each) => each * second));
  expect(second_.row(run).state).toBe("success");
});

test("retries and tasks of other DAGs count in a throttle of one key; without a key each task has its own", async () => {
  const throttle = { key: "", everyMs: 60 * second, burst: 1 };
  const started: string[] = [];
  const bed = await schedulerBed(
    [dagDecl("a", [taskDecl("shared", { throttle: { ...throttle, key: "k" }, retries: 1, retryDelayMs: second }), taskDecl("own", { throttle })]), dagDecl("b", [taskDecl("shared", { throttle: { ...throttle, key: "k" } }), taskDecl("own", { throttle })])],
    ({ run, task, number }) => {
      started.push(`${(bed.now() - now) / second} ${run.dag} ${task.name}`);
      return task.name === "shared" && run.dag === "a" && number === 1 ? failed : ok;
    },
    { now },
  );
  await bed.trigger("a");
  await bed.trigger("b");
  await bed.pass(300 * second);
  expect(started).toEqual(["0 a shared", "0 a own", "0 b own", "60 b shared", "120 a shared"]);
});

test("what waits for a throttle holds no slot of its pool, and a cancelled one no place", async () => {
  const dags = [
    dagDecl("slow", [taskDecl("t", { map: "m", pool: "one", throttle: { key: "k", everyMs: 60 * second, burst: 1 } })], items(3)),
    dagDecl("quick", [taskDecl("t", { pool: "one" })]),
  ];
  const bed = await schedulerBed(dags, () => ok, { now });
  await bed.scheduler.setPool("one", 1, null);
  const slow = await bed.trigger("slow");
  await bed.quiet();
  expect(Object.values(bed.states(slow))).toEqual(["success", "scheduled", "scheduled"]);
  const quick = await bed.trigger("quick");
  await bed.quiet();
  expect(bed.row(quick).state).toBe("success");
  await bed.scheduler.cancel(slow, null);
  const next = await bed.trigger("slow");
  await bed.pass(60 * second);
  expect(Object.values(bed.states(next))).toEqual(["success", "scheduled", "scheduled"]);
});
