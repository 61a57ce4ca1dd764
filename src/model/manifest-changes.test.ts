import { expect, test } from "vitest";
import type { DagDecl, TaskDecl } from "./dag-manifest.ts";
import type { Manifest } from "./manifest.ts";
import { manifestChanges } from "./manifest-changes.ts";

const task = (name: string, retries = 0, declaredAt = "a.ts:1"): TaskDecl => ({ name, retries, declaredAt }) as TaskDecl;
const dag = (name: string, tasks: TaskDecl[], more: Partial<DagDecl> = {}): DagDecl => ({ name, tasks, maxActiveRuns: 16, ...more }) as DagDecl;
const manifest = (release: string, dags: DagDecl[]): Manifest => ({ release, topics: {}, tables: {}, stages: {}, dags: Object.fromEntries(dags.map((each) => [each.name, each])) }) as unknown as Manifest;

test("what is added, removed and changed is told down to the task", () => {
  const before = manifest("1", [dag("gone", [task("a")]), dag("kept", [task("a"), task("b"), task("c")]), dag("same", [task("a")])]);
  const after = manifest("2", [dag("new", [task("x")]), dag("kept", [task("a"), task("b", 3), task("d")], { maxActiveRuns: 1 }), dag("same", [task("a", 0, "b.ts:7")], { declaredAt: "b.ts:3" })]);
  expect(manifestChanges(before, after)).toMatchObject({
    from: "1",
    to: "2",
    dags: [
      { name: "gone", change: "removed", tasks: { removed: ["a"] } },
      { name: "kept", change: "changed", tasks: { added: ["d"], removed: ["c"], changed: [{ name: "b", fields: [{ field: "retries", before: 0, after: 3 }] }] }, settings: [{ field: "maxActiveRuns", before: 16, after: 1 }] },
      { name: "new", change: "added", tasks: { added: ["x"] } },
    ],
  });
  expect(manifestChanges(undefined, after).from).toBeNull();
});

test("fields of a topic that has changed are told, and not again of those that come with it", () => {
  const topics = (partitions: number): Manifest => ({ ...manifest(String(partitions), []), topics: { orders: { name: "orders", partitions, columns: [], schema: {} }, "copy.dlq": { name: "copy.dlq", partitions, columns: [], schema: {}, internal: "dlq" } } }) as unknown as Manifest;
  expect(manifestChanges(topics(1), topics(2)).topics.changed).toEqual([
    { name: "orders", fields: [{ field: "partitions", before: 1, after: 2, breaks: expect.stringContaining("another name") }] },
    { name: "copy.dlq", fields: [] },
  ]);
});
