import { expect, test } from "vitest";
import { withoutPartitions } from "./files-source.ts";
import type { ColumnCondition, FilesSource } from "./query-request.ts";

const partitions = [{ n: "9", day: "2024-01-01", city: "Köln" }, { n: "10", day: "2024-02-01", city: "Zug" }, { n: null, day: null, city: null }];
const source: FilesSource = {
  kind: "files",
  columns: [{ name: "n2", type: { kind: "long", count: 0 } }],
  partitionColumns: [{ name: "n", type: "long" }, { name: "day", type: "date" }, { name: "city", type: "string" }],
  files: partitions.map((partition, i) => ({ path: `/${i}`, partition })),
};
const kept = (...conditions: ColumnCondition[]) => withoutPartitions(source, conditions).files.map(({ path }) => path);

test("files of partitions that no condition lets through are left out, and no others", () => {
  expect(kept({ column: "N", op: ">", value: 9, as: "INTEGER" })).toEqual(["/1"]);
  expect(kept({ column: "n", op: "<=", value: 10, as: "INTEGER" })).toEqual(["/0", "/1"]);
  expect(kept({ column: "day", op: "=", value: "2024-01-01", as: "VARCHAR" })).toEqual(["/0"]);
  expect(kept({ column: "day", op: ">=", value: "2024-01-15", as: "DATE" }, { column: "city", op: "<", value: "a", as: "VARCHAR" })).toEqual(["/1"]);
  expect(withoutPartitions(source, [{ column: "n", op: "=", value: 9, as: "INTEGER" }]).filesPruned).toBe(2);
});

test("what the engine would compare in another way, or has another meaning, is left to it", () => {
  const all = ["/0", "/1", "/2"];
  expect(kept({ column: "n", op: "=", value: "9", as: "VARCHAR" })).toEqual(all);
  expect(kept({ column: "day", op: "=", value: "2024-1-1", as: "VARCHAR" })).toEqual(all);
  expect(kept({ column: "n2", op: "=", value: 9, as: "INTEGER" })).toEqual(all);
  expect(withoutPartitions({ ...source, columns: undefined }, [{ column: "n", op: "=", value: 9, as: "INTEGER" }]).files.length).toBe(3);
  expect(withoutPartitions({ ...source, columns: [{ name: "N", type: { kind: "long", count: 0 } }] }, [{ column: "n", op: "=", value: 9, as: "INTEGER" }]).files.length).toBe(3);
});
