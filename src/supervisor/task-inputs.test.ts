import { expect, test } from "vitest";
import type { DagDecl, TaskDecl } from "../model/dag-manifest.ts";
import type { InstancePage, InstanceRow, StoredResult } from "../state/run-store.ts";
import { taskInputs } from "./task-inputs.ts";

const task = (name: string, more: Partial<TaskDecl> = {}): Partial<TaskDecl> => ({ name, after: [], inputs: {}, ...more });
const decl = {
  tasks: [
    task("list"),
    task("each.first", { map: "each", item: "file", after: ["list"] }),
    task("each.second", { map: "each", after: ["each.first", "list"], inputs: { read: "each.first", all: "list" } }),
    task("sum", { after: ["each.second"], inputs: { parts: "each.second" } }),
    task("round.try", { map: "round", after: [] }),
    task("after-round", { after: ["round.try"], inputs: { tried: "round.try" } }),
    task("last", { after: Array.from({ length: 60 }, (_, i) => `before-${i}`) }),
  ],
  maps: [{ name: "each", over: { task: "list" }, itemsMax: 100 }, { name: "round", over: { until: "round.try", max: 5_000 } }],
} as unknown as DagDecl;

const row = (name: string, index: number, result: StoredResult | null): InstanceRow => ({ task: name, index, state: result ? "success" : "failed", result }) as InstanceRow;

function sourcesOf(list: StoredResult, items: number, others: InstanceRow[] = []) {
  const rows = [row("list", -1, list), ...["each.first", "each.second"].flatMap((name) => Array.from({ length: items }, (_, i) => row(name, i, i === 1 ? null : { json: `"${name} ${i}"` }))), ...others];
  const instances = async ({ task: name, after, states, limit }: InstancePage) => rows.filter((each) => each.task === name && each.index > (after?.index ?? -2) && (states?.includes(each.state) ?? true)).slice(0, limit);
  return { instances, results: { item: async (_: StoredResult, index: number) => `entry ${index} of the file` }, where: "run" };
}

test("in a map, results are those of the same item; outside, a bounded list of all", async () => {
  const sources = sourcesOf({ json: '["a", "b", "c"]' }, 30);
  expect(await taskInputs(decl, "each.second", 2, sources)).toEqual({
    upstreams: [
      { task: "each.first", names: ["read"], isList: false, results: [{ index: 2, state: "success", result: "each.first 2" }], more: false },
      { task: "list", names: ["all"], isList: false, results: [{ index: -1, state: "success", result: ["a", "b", "c"] }], more: false },
    ],
    upstreamsLeft: 0,
    item: { name: null, value: "c" },
  });
  const { upstreams, item } = await taskInputs(decl, "sum", -1, sources);
  expect(upstreams).toMatchObject([{ task: "each.second", names: ["parts"], isList: true, more: true }]);
  expect(upstreams[0].results).toHaveLength(20);
  expect(upstreams[0].results[1]).toEqual({ index: 1, state: "failed", result: null });
  expect(item).toBeNull();
});

test("what is large is told by its size, and a list too large for the control plane is not read", async () => {
  const long = JSON.stringify("x".repeat(5_000));
  expect((await taskInputs(decl, "each.first", 0, sourcesOf({ json: `[${long}]` }, 1))).item).toEqual({ name: "file", value: { file: null, bytes: 5_002 } });
  const file = { file: "r/list", sha256: "" };
  expect((await taskInputs(decl, "each.first", 1, sourcesOf({ ...file, bytes: 100_000 }, 2))).item).toEqual({ name: "file", value: "entry 1 of the file" });
  expect((await taskInputs(decl, "each.first", 1, sourcesOf({ ...file, bytes: 2 ** 21 }, 2))).item).toEqual({ name: "file", value: { file: "r/list", bytes: 2 ** 21 } });
});

test("of many tasks before it the first 50 are told; a task that is declared no more has none", async () => {
  const sources = sourcesOf({ json: "[]" }, 0);
  expect(await taskInputs(decl, "last", -1, sources)).toMatchObject({ upstreams: { length: 50 }, upstreamsLeft: 10, item: null });
  expect(await taskInputs(decl, "gone", -1, sources)).toEqual({ upstreams: [], upstreamsLeft: 0, item: null });
});

test("behind a loop its last round counts, and nothing that the run has no more", async () => {
  const gone = (name: string, index: number): InstanceRow => ({ ...row(name, index, { json: '"gone"' }), state: "removed" });
  const rounds = Array.from({ length: 2_500 }, (_, i) => row("round.try", i, { json: String(i) }));
  const sources = sourcesOf({ json: "[]" }, 2, [gone("each.second", -1), gone("each.second", 2), ...rounds, gone("round.try", 2_500)]);
  expect((await taskInputs(decl, "after-round", -1, sources)).upstreams).toEqual([{ task: "round.try", names: ["tried"], isList: false, results: [{ index: 2_499, state: "success", result: 2_499 }], more: false }]);
  expect((await taskInputs(decl, "sum", -1, sources)).upstreams[0].results.map(({ index }) => index)).toEqual([0, 1]);
});

test("an item behind the end of its list is none", async () => {
  const sources = { ...sourcesOf({ file: "r/list", sha256: "", bytes: 100_000 }, 1), results: { item: async () => undefined } };
  expect((await taskInputs(decl, "each.first", 7, sources)).item).toEqual({ name: "file", value: null });
});
