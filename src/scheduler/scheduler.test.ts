import { expect, test } from "vitest";
import type { DagDecl } from "../model/dag-manifest.ts";
import type { InstanceState } from "../state/run-store.ts";
import { dagDecl, taskDecl } from "./dag-for-tests.ts";
import type { Executor, Hint, Outcome, Work } from "./executor.ts";
import { MemoryStore } from "./memory-store-for-tests.ts";
import { Scheduler } from "./scheduler.ts";

type Behaviour = (work: Work) => Outcome | Promise<Outcome>;

/** Runs attempts in this process, each by what the test says of its task. */
class HereExecutor implements Executor {
  scheduler!: Scheduler;
  readonly ran: string[] = [];
  readonly stopped: string[] = [];
  readonly #behave: Behaviour;

  constructor(behave: Behaviour) {
    this.#behave = behave;
  }

  offer(hint: Hint): void {
    void this.#run(hint);
  }

  stop(attempt: string): void {
    this.stopped.push(attempt);
  }

  async #run(hint: Hint): Promise<void> {
    const work = await this.scheduler.start(hint, "here");
    if (!work) return;
    this.ran.push(work.index < 0 ? work.task.name : `${work.task.name}.${work.index}`);
    await this.scheduler.end(work.attempt, work.fence, await this.#behave(work));
  }
}

const ok: Outcome = { kind: "success" };
const failed: Outcome = { kind: "failed", error: { code: "MR-SCHED-006", what: "it failed", where: "here", mend: "none", retryable: false } };

async function bed(dags: DagDecl[], behave: Behaviour = () => ok) {
  const store = new MemoryStore();
  const executor = new HereExecutor(behave);
  let minted = 0;
  const ended = new Map<string, () => void>();
  const quiet = { warn: () => undefined, error: () => undefined };
  const scheduler = await Scheduler.open({ store, holder: "test", clock: Date.now, mint: () => `m${++minted}`, logger: quiet, declarationOf: () => undefined, onRunEnded: ({ id }) => ended.get(id)?.() });
  executor.scheduler = scheduler;
  scheduler.attach(executor);
  await scheduler.register("r1", dags);
  const states = async (run: string): Promise<Record<string, InstanceState>> => Object.fromEntries((await store.instances(run)).map(({ task, index, state }) => [index < 0 ? task : `${task}.${index}`, state]));
  const run = async (dag: string) => {
    const { id } = await scheduler.trigger({ dag, kind: "manual", params: {} });
    if (scheduler.world.runs.has(id)) await new Promise<void>((done) => ended.set(id, done));
    return { id, state: (await store.run(id))?.state, tasks: await states(id) };
  };
  return { store, executor, scheduler, run };
}

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
