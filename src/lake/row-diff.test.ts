import { expect, test } from "vitest";
import type { Column } from "../model/manifest.ts";
import { scratchLake, stagedRows } from "./lake-for-tests.ts";
import type { Table } from "./table.ts";

const columns: Column[] = [
  { name: "id", type: "integer", nullable: true },
  { name: "c0", type: "string", nullable: true },
  { name: "total", type: "number", nullable: true },
];

const rows = (table: Table, values: string) => stagedRows(table, `select id::bigint as id, c0::varchar as c0, total::double as total from (values ${values}) v(id, c0, total)`);

test("rows of two snapshots are told apart by key, column by column, and files that both have go unread", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable({ name: "t", columns, partitionBy: [] });
  const append = async (attempt: string, values: string) => (await (await table.append({ files: [await rows(table, values)], attempt })).publish())?.["snapshot-id"] as bigint;
  await append("a1", "(100, 'same', 0), (101, 'same', 0)");
  const from = await append("a2", "(1, 'a', 1), (2, 'b', 2), (3, 'c', 3), (null, 'n', 0)");
  const merged = await (await table.merge({ files: [await rows(table, "(2, 'b', 2.5), (4, 'd', 4), (null, 'm', 0)")], keys: ["id"], attempt: "m" })).publish();
  await (await table.deleteRows({ where: { op: "=", column: "id", value: 3 }, attempt: "d" })).publish();
  const diff = await table.rowDiff({ from: { snapshot: from }, to: { ref: "main" }, key: ["id"] });
  expect(diff).toEqual({
    added: 1,
    removed: 1,
    changed: 2,
    changedIn: { c0: 1, total: 1 },
    columns: { added: [], removed: [], changed: [] },
    sample: [
      { kind: "added", after: { id: "4", c0: "d", total: 4 } },
      { kind: "removed", before: { id: "3", c0: "c", total: 3 } },
      expect.objectContaining({ kind: "changed" }),
      expect.objectContaining({ kind: "changed" }),
    ],
    files: { read: 3, same: 1 },
  });
  expect(diff.sample.slice(2).sort((a, b) => String(a.after?.id).localeCompare(String(b.after?.id)))).toEqual([
    { kind: "changed", before: { id: "2", c0: "b", total: 2 }, after: { id: "2", c0: "b", total: 2.5 }, columns: ["total"] },
    { kind: "changed", before: { id: null, c0: "n", total: 0 }, after: { id: null, c0: "m", total: 0 }, columns: ["c0"] },
  ]);
  expect(await table.rowDiff({ from: { snapshot: from }, to: { ref: "main" }, sampleMax: 1 })).toMatchObject({ added: 3, removed: 3, changed: 0, changedIn: {}, sample: [{ kind: "added" }, { kind: "removed" }] });
  const none = await table.rowDiff({ from: { ref: "main" }, to: { ref: "main" } });
  expect(none).toMatchObject({ added: 0, removed: 0, changed: 0, sample: [], files: { read: 0, same: 3 } });
  const back = await table.rowDiff({ from: { ref: "main" }, to: { snapshot: merged?.["snapshot-id"] as bigint }, key: ["id"] });
  expect(back).toMatchObject({ added: 1, removed: 0, changed: 0 });
  await expect(table.rowDiff({ from: { snapshot: 7n }, to: { ref: "main" } })).rejects.toMatchObject({ code: "MR-LAKE-001" });
  await expect(table.rowDiff({ from: { ref: "main" }, to: { ref: "main" }, key: ["nope"] })).rejects.toMatchObject({ code: "MR-LAKE-006" });
  await lake.close();
});

test("columns that were renamed, added and dropped in between are compared by their ids; one key many times is no trouble", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable({ name: "t", columns, partitionBy: [] });
  const first = await (await table.append({ files: [await rows(table, "(1, 'a', 1), (1, 'a', 1), (1, 'b', 2), (2, 'x', 9)")], attempt: "a" })).publish();
  await table.changeSchema([{ op: "rename", path: ["c0"], to: "name" }, { op: "drop", path: ["total"] }, { op: "add", name: "note", type: "string" }]);
  const files = [await stagedRows(table, "select id::bigint as id, name, note from (values (1, 'a', null), (1, 'c', null), (2, 'x', 'new')) v(id, name, note)")];
  await (await table.replacePartitions({ files, attempt: "b" })).publish();
  const diff = await table.rowDiff({ from: { snapshot: first?.["snapshot-id"] as bigint }, to: { ref: "main" }, key: ["id"] });
  expect(diff).toMatchObject({ added: 0, removed: 1, changed: 2, changedIn: { name: 1, note: 1 }, columns: { added: ["note"], removed: ["total"], changed: [{ from: "c0", to: "name" }] } });
  await lake.close();
});
