import { expect, test } from "vitest";
import type { DagDecl, TaskDecl } from "../model/dag-manifest.ts";
import { dagDecl, taskDecl } from "./dag-for-tests.ts";
import type { Outcome, Work } from "./executor.ts";
import { failed, ok, schedulerBed } from "./scheduler-for-tests.ts";

const now = Date.UTC(2026, 0, 15, 12);
const second = 1_000;
const says = (value: unknown): Outcome => ({ kind: "success", result: { json: JSON.stringify(value) } });

/** `before`, then rounds of `l.page` and `l.done`, then `after` with what the last page was. */
function looping({ everyMs = 0, max = 10, done = {} }: { everyMs?: number; max?: number; done?: Partial<TaskDecl> } = {}): DagDecl {
  const tasks = [
    taskDecl("before"),
    taskDecl("l.page", { map: "l", after: ["before"], inputs: { from: "before" } }),
    taskDecl("l.done", { map: "l", after: ["l.page"], inputs: { page: "l.page" }, ...done }),
    taskDecl("after", { after: ["l.page", "l.done"], inputs: { last: "l.page" } }),
  ];
  return dagDecl("d", tasks, { maps: [{ name: "l", over: { until: "l.done", everyMs }, itemsMax: max }] });
}

/** Pages 0, 1, … each made from the one before, until `rounds` of them are there. */
const pages = (rounds: number) => ({ task, index, previous }: Work): Outcome => {
  if (task.name === "l.page") return says({ page: index, previous: previous && "json" in previous ? JSON.parse(previous.json).page : null });
  return task.name === "l.done" ? says(index + 1 >= rounds) : ok;
};

test("rounds follow each other until one says that it was the last; each knows what the one before has given", async () => {
  const works: Work[] = [];
  const bed = await schedulerBed([looping()], (work) => (works.push(work), pages(3)(work)), { now });
  expect(await bed.run("d")).toMatchObject({ state: "success", tasks: { before: "success", "l.page.2": "success", "l.done.2": "success", after: "success" } });
  expect(bed.executor.ran).toEqual(["before", "l.page.0", "l.done.0", "l.page.1", "l.done.1", "l.page.2", "l.done.2", "after"]);
  expect(works.filter(({ task }) => task.name === "l.page").map(({ previous }) => previous ?? null)).toEqual([null, { json: '{"page":0,"previous":null}' }, { json: '{"page":1,"previous":0}' }]);
  expect(works.at(-1)?.inputs).toEqual({ last: { json: '{"page":2,"previous":1}' } });
});

test("there is time between rounds, over a restart of the scheduler too", async () => {
  const dags = [looping({ everyMs: 60 * second })];
  const first = await schedulerBed(dags, pages(3), { now });
  const run = await first.trigger("d");
  await first.quiet();
  expect(first.states(run)).toMatchObject({ "l.done.0": "success", "l.page.1": "none", after: "none" });
  expect(first.explain(run, "l.page", 1)).toEqual([{ kind: "time", text: "its round begins at 2026-01-15T12:01:00.000Z" }]);
  await first.pass(60 * second);
  expect(first.states(run)).toMatchObject({ "l.done.1": "success", "l.page.2": "none" });
  await first.scheduler.close();
  const next = await schedulerBed(dags, pages(3), { now: now + 70 * second, store: first.store });
  await next.pass(49_999);
  expect(next.states(run)).toMatchObject({ "l.page.1": "success", "l.page.2": "none" });
  await next.pass(1);
  expect(next.row(run).state).toBe("success");
  expect(next.executor.ran).toEqual(["l.page.2", "l.done.2", "after"]);
});

test("a loop without an end fails at its bound; so does an answer that is none, and a round that fails is the last", async () => {
  const endless = await schedulerBed([looping({ max: 4 })], pages(5), { now });
  const { id, tasks } = await endless.run("d");
  expect(tasks).toMatchObject({ "l.page.3": "success", "l.done.3": "failed", after: "upstream_failed" });
  expect((await endless.store.attempts(id, "l.done", 3))[0].error).toMatchObject({ code: "MR-SCHED-012", what: 'the loop "l" has not come to its end in 4 rounds' });

  const vague = await schedulerBed([looping()], () => ok, { now });
  const run = await vague.run("d");
  expect((await vague.store.attempts(run.id, "l.done", 0))[0].error?.code).toBe("MR-SCHED-004");

  const broken = await schedulerBed([looping({ done: { trigger: "all_success" } })], (work) => (work.task.name === "l.page" && work.index === 1 ? failed : pages(5)(work)), { now });
  expect((await broken.run("d")).tasks).toEqual({ before: "success", "l.page.0": "success", "l.done.0": "success", "l.page.1": "failed", "l.done.1": "upstream_failed", after: "upstream_failed" });
});

test("cleared, a loop goes through its rounds again, in order; what an earlier one had more is removed", async () => {
  let rounds = 4;
  const bed = await schedulerBed([looping()], (work) => pages(rounds)(work), { now });
  const { id } = await bed.run("d");
  rounds = 2;
  bed.executor.ran.length = 0;
  await bed.scheduler.clear(id, [{ task: "l.page" }, { task: "l.done" }, { task: "after" }], null);
  await bed.quiet();
  expect(bed.row(id).state).toBe("success");
  expect(bed.executor.ran).toEqual(["l.page.0", "l.done.0", "l.page.1", "l.done.1", "after"]);
  expect(bed.states(id)).toMatchObject({ "l.done.1": "success", "l.page.2": "removed", "l.done.3": "removed" });
  rounds = 3;
  await bed.scheduler.clear(id, [{ task: "l.done", index: 1 }], null);
  await bed.quiet();
  expect(bed.executor.ran.slice(5)).toEqual(["l.done.1", "l.page.2", "l.done.2"]);
  expect(bed.states(id)).toMatchObject({ "l.done.2": "success", "l.done.3": "removed", after: "success" });
});

test("a person may end a loop by marking its round", async () => {
  const bed = await schedulerBed([looping({ everyMs: 3_600 * second, max: 100 })], pages(50), { now });
  const run = await bed.trigger("d");
  await bed.pass(3_600 * second);
  await bed.scheduler.mark(run, [{ task: "l.page", index: 2 }, { task: "l.done", index: 2 }], "success", "enough");
  await bed.quiet();
  expect(bed.row(run).state).toBe("success");
  expect(bed.executor.ran.at(-1)).toBe("after");
});
