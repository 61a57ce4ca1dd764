import { expect, test } from "vitest";
import type { DagDecl, TaskDecl } from "../model/dag-manifest.ts";
import { dagDecl, taskDecl } from "./dag-for-tests.ts";
import type { Outcome, Work } from "./executor.ts";
import { failed, Gates, ok, schedulerBed } from "./scheduler-for-tests.ts";

const now = Date.UTC(2026, 0, 15, 12, 30);
const mapped = (tasks: TaskDecl[], more: Partial<DagDecl> = {}): DagDecl => dagDecl("d", tasks, { maps: [{ name: "m", over: { task: "list" }, itemsMax: 100 }], ...more });
const listOf = (items: number): Outcome => ({ kind: "success", result: { json: JSON.stringify(Array.from({ length: items }, (_, i) => i)), items } });

test("a branch may choose nothing, and must choose what comes directly behind it", async () => {
  const decl = dagDecl("d", [taskDecl("pick", { kind: "branch", retries: 3 }), taskDecl("a", { after: ["pick"] }), taskDecl("b", { after: ["a"] }), taskDecl("any", { after: ["pick", "b"], trigger: "none_failed" })]);
  let chosen: string[] = [];
  const bed = await schedulerBed([decl], ({ task }) => (task.name === "pick" ? { kind: "success", chosen } : ok));
  expect(await bed.run("d")).toMatchObject({ state: "success", tasks: { pick: "success", a: "skipped", b: "skipped", any: "skipped" } });
  chosen = ["b"];
  const { id, tasks } = await bed.run("d");
  expect(tasks.pick).toBe("failed");
  // No retry makes it right.
  expect((await bed.store.attempts(id, "pick")).map(({ error }) => error?.code)).toEqual(["MR-SCHED-003"]);
});

const behindShort = (cascade: boolean): DagDecl =>
  dagDecl("d", [
    taskDecl("make", { setup: true }),
    taskDecl("short", { kind: "shortCircuit", after: ["make"], cascade }),
    taskDecl("next", { after: ["short"] }),
    taskDecl("later", { after: ["next"], trigger: "all_done" }),
    taskDecl("take away", { after: ["short", "later"], teardownOf: ["make"], trigger: "all_done_setup_success" }),
  ]);

test("a short circuit skips all behind it, save teardowns; without the cascade what comes directly behind it", async () => {
  const stop = ({ task }: Work): Outcome => (task.name === "short" ? { kind: "success", chosen: [] } : ok);
  const all = await schedulerBed([behindShort(true)], stop);
  expect(await all.run("d")).toMatchObject({ state: "success", tasks: { next: "skipped", later: "skipped", "take away": "success" } });
  const direct = await schedulerBed([behindShort(false)], stop);
  expect(await direct.run("d")).toMatchObject({ state: "success", tasks: { next: "skipped", later: "success", "take away": "success" } });
  const open = await schedulerBed([behindShort(true)]);
  expect(await open.run("d")).toMatchObject({ state: "success", tasks: { next: "success", later: "success", "take away": "success" } });
});

test("a teardown runs after a failure and does not decide how the run ends", async () => {
  const tasks = [taskDecl("make", { setup: true }), taskDecl("use", { after: ["make"] }), taskDecl("more", { after: ["use"] }), taskDecl("take away", { after: ["make", "more"], teardownOf: ["make"], trigger: "all_done_setup_success" })];
  let broken = ["use"];
  const bed = await schedulerBed([dagDecl("d", tasks)], ({ task }) => (broken.includes(task.name) ? failed : ok));
  expect(await bed.run("d")).toMatchObject({ state: "failed", tasks: { make: "success", use: "failed", more: "upstream_failed", "take away": "success" } });
  broken = ["take away"];
  expect(await bed.run("d")).toMatchObject({ state: "success", tasks: { more: "success", "take away": "failed" } });
  broken = ["make"];
  expect(await bed.run("d")).toMatchObject({ state: "failed", tasks: { make: "failed", use: "upstream_failed", more: "upstream_failed", "take away": "upstream_failed" } });
});

test("who needs a setup further up does not run without it, whatever its rule", async () => {
  const tasks = [taskDecl("make", { setup: true }), taskDecl("a", { after: ["make"], trigger: "all_done" }), taskDecl("b", { after: ["a"], trigger: "all_done" }), taskDecl("take away", { after: ["make", "b"], teardownOf: ["make"], trigger: "all_done_setup_success" })];
  const bed = await schedulerBed([dagDecl("d", tasks)], ({ task }) => (task.name === "make" ? failed : ok));
  expect((await bed.run("d")).tasks).toEqual({ make: "failed", a: "success", b: "upstream_failed", "take away": "upstream_failed" });
});

test("a failure that is handled leaves a run a success by its leaves, and fails it by any_failed", async () => {
  const tasks = [taskDecl("a"), taskDecl("clean", { after: ["a"], trigger: "all_done" })];
  const bed = await schedulerBed([dagDecl("leaves", tasks), dagDecl("any", tasks, { runState: "any_failed" })], ({ task }) => (task.name === "a" ? failed : ok));
  expect(await bed.run("leaves")).toMatchObject({ state: "success", tasks: { a: "failed", clean: "success" } });
  expect((await bed.run("any")).state).toBe("failed");
});

test("items of a map fail and are tried again one by one, and each goes its own way", async () => {
  const decl = mapped([taskDecl("list"), taskDecl("a", { after: ["list"], map: "m", retries: 1, retryDelayMs: 1 }), taskDecl("b", { after: ["a"], map: "m" }), taskDecl("all", { after: ["b"] }), taskDecl("some", { after: ["b"], trigger: "one_success" })]);
  const bed = await schedulerBed([decl], ({ task, index, number }) => {
    if (task.name === "list") return listOf(3);
    return task.name === "a" && (index === 2 || (index === 1 && number === 1)) ? failed : ok;
  });
  const { id, tasks } = await bed.run("d");
  expect(tasks).toEqual({ list: "success", "a.0": "success", "a.1": "success", "a.2": "failed", "b.0": "success", "b.1": "success", "b.2": "upstream_failed", all: "upstream_failed", some: "success" });
  expect([await bed.attempts(id, "a", 1), await bed.attempts(id, "a", 2)]).toEqual([[[1, "failed"], [2, "success"]], [[1, "failed"], [2, "failed"]]]);
});

test.each(["none", "one"])("a list that has become shorter after a clear removes items: %s is left", async (left) => {
  let items = 3;
  const decl = mapped([taskDecl("list"), taskDecl("a", { after: ["list"], map: "m" }), taskDecl("all", { after: ["a"], inputs: { all: "a" } })]);
  const bed = await schedulerBed([decl], ({ task }) => (task.name === "list" ? listOf(items) : ok));
  const { id } = await bed.run("d");
  const again = async (): Promise<Record<string, string>> => {
    await bed.scheduler.clear(id, [{ task: "list" }, { task: "a" }, { task: "all" }], null);
    return (await bed.end(id)).tasks;
  };
  items = left === "one" ? 1 : 0;
  const shorter = await again();
  expect(shorter).toEqual({ list: "success", "a.0": left === "one" ? "success" : "skipped", "a.1": "removed", "a.2": "removed", all: left === "one" ? "success" : "skipped" });
  expect(bed.executor.ran.filter((name) => name.startsWith("a."))).toHaveLength(left === "one" ? 4 : 3);
  if (left === "one") expect(bed.executor.works.at(-1)?.inputs.all).toHaveLength(1);
  items = 4;
  expect(await again()).toEqual({ list: "success", "a.0": "success", "a.1": "success", "a.2": "success", "a.3": "success", all: "success" });
});

test("while a list is made anew its items wait, whatever their rule", async () => {
  const gates = new Gates();
  const decl = mapped([taskDecl("list"), taskDecl("a", { after: ["list"], map: "m", trigger: "always" })]);
  const bed = await schedulerBed([decl], ({ task, run }) => (task.name === "list" ? gates.hold(run.id) : ok));
  const run = await bed.trigger("d");
  await expect.poll(() => gates.held(run)).toBe(1);
  expect(bed.explain(run, "a", 7)).toEqual([{ kind: "upstream", text: expect.stringContaining('"list"') }]);
  gates.open(run, listOf(2));
  expect((await bed.end(run)).tasks).toMatchObject({ "a.0": "success", "a.1": "success" });
  await bed.scheduler.clear(run, [{ task: "list" }, { task: "a" }], null);
  await expect.poll(() => gates.held(run)).toBe(1);
  expect(bed.executor.ran).toHaveLength(4);
  expect(bed.explain(run, "a", 1)).toEqual([{ kind: "upstream", text: expect.stringContaining('"list"') }]);
  gates.open(run, failed);
  expect((await bed.end(run)).tasks).toMatchObject({ list: "failed", "a.0": "upstream_failed", "a.1": "upstream_failed" });
});

test("a result that is no list, or too long a one, fails the task that gave it, and at once", async () => {
  let result: Outcome = { kind: "success", result: { json: "{}" } };
  const decl = mapped([taskDecl("list", { retries: 5 }), taskDecl("a", { after: ["list"], map: "m" })]);
  const bed = await schedulerBed([decl], ({ task }) => (task.name === "list" ? result : ok), { now });
  const { id, tasks } = await bed.run("d");
  expect(tasks).toEqual({ list: "failed", a: "upstream_failed" });
  expect((await bed.store.attempts(id)).map(({ error }) => error?.code)).toEqual(["MR-SCHED-004"]);
  result = listOf(101);
  expect((await bed.run("d")).tasks).toEqual({ list: "failed", a: "upstream_failed" });
});

test("a map over a list that was declared needs no task for it", async () => {
  const decl = dagDecl("d", [taskDecl("a", { map: "m" }), taskDecl("b", { after: ["a"] })], { maps: [{ name: "m", over: { items: ["x", "y"] }, itemsMax: 100 }] });
  const bed = await schedulerBed([decl]);
  expect((await bed.run("d")).tasks).toEqual({ "a.0": "success", "a.1": "success", b: "success" });
  expect(bed.executor.works[0].list).toEqual({ json: '["x","y"]', items: 2 });
});
