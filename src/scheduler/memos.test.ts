import { expect, test } from "vitest";
import type { DagDecl, TaskDecl } from "../model/dag-manifest.ts";
import { dagDecl, taskDecl } from "./dag-for-tests.ts";
import type { Outcome } from "./executor.ts";
import { failed, schedulerBed } from "./scheduler-for-tests.ts";

const now = Date.UTC(2026, 0, 15, 12);
const day = 86_400_000;
const forMs = 7 * day;
const says = (value: unknown): Outcome => ({ kind: "success", result: { json: JSON.stringify(value) } });
const one = { start: now - day, end: now };
const behind = (memo: TaskDecl["memo"]): DagDecl => dagDecl("d", [taskDecl("give"), taskDecl("work", { after: ["give"], inputs: { given: "give" }, memo })]);

test("work with the same inputs, parameters and interval is done once in each release", async () => {
  let given = 1;
  const behave = ({ task }: { task: TaskDecl }): Outcome => (task.name === "give" ? says(given) : says({ made: given }));
  const bed = await schedulerBed([behind({ forMs })], behave, { now });
  const ranWork = async (interval = one): Promise<boolean> => {
    const from = bed.executor.ran.length;
    const { id, state } = await bed.end(await bed.trigger("d", interval));
    expect(state).toBe("success");
    expect(bed.store.instancesOf(id).find(({ task }) => task === "work")?.result).toEqual({ json: JSON.stringify({ made: given }) });
    return bed.executor.ran.slice(from).includes("work");
  };
  expect([await ranWork(), await ranWork(), await ranWork({ start: now, end: now + day }), await ranWork()]).toEqual([true, false, true, false]);
  given = 2;
  expect([await ranWork(), await ranWork()]).toEqual([true, false]);
  await bed.scheduler.register("r2", [behind({ forMs })]);
  expect([await ranWork(), await ranWork()]).toEqual([true, false]);
  await bed.pass(forMs);
  expect([await ranWork(), await ranWork()]).toEqual([true, false]);
});

test("a run says where the result came from; to clear the task is to have it done", async () => {
  const bed = await schedulerBed([behind({ forMs })], () => says(1), { now });
  const first = await bed.end(await bed.trigger("d", one));
  const second = await bed.end(await bed.trigger("d", one));
  const row = () => bed.store.instancesOf(second.id).find(({ task }) => task === "work");
  expect(row()).toMatchObject({ state: "success", attempts: 0, note: `not run: nothing has changed since run ${first.id}` });
  await bed.scheduler.clear(second.id, [{ task: "work" }], null);
  await bed.quiet();
  expect(row()).toMatchObject({ state: "success", attempts: 1 });
});

test("a key of the user's says what is the same, whatever else differs", async () => {
  const bed = await schedulerBed([behind({ key: "{{ params.customer }}", forMs })], ({ task }) => says(task.name), { now });
  const start = async (customer: string): Promise<string> => (await bed.scheduler.trigger({ dag: "d", kind: "manual", params: { customer } })).id;
  for (const customer of ["x", "y", "x"]) await bed.end(await start(customer));
  expect(bed.executor.ran).toEqual(["give", "work", "give", "work", "give"]);
});

test("items of a list are known again in another order; what failed and what lies in a file is not remembered", async () => {
  let list = ["a", "b"];
  const dag = dagDecl("d", [taskDecl("list"), taskDecl("work", { after: ["list"], map: "m", item: "item", memo: { forMs } })], { maps: [{ name: "m", over: { task: "list" }, itemsMax: 10 }] });
  let result: (item: string) => Outcome = says;
  const did: string[] = [];
  const bed = await schedulerBed(
    [dag],
    ({ task, index }) => {
      if (task.name === "list") return { kind: "success", result: { json: JSON.stringify(list), items: list.length } };
      did.push(list[index]);
      return result(list[index]);
    },
    { now },
  );
  const run = async (): Promise<string[]> => {
    did.length = 0;
    await bed.end(await bed.trigger("d", one));
    return [...did];
  };
  expect(await run()).toEqual(["a", "b"]);
  list = ["c", "b", "a"];
  result = () => failed;
  expect(await run()).toEqual(["c"]);
  result = () => ({ kind: "success", result: { file: "f", bytes: 70_000, sha256: "0".repeat(64) } });
  expect(await run()).toEqual(["c"]);
  expect(await run()).toEqual(["c"]);
});
