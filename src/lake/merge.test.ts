import { expect, test } from "vitest";
import type { Column } from "../model/manifest.ts";
import type { IcebergType, SchemaField } from "./iceberg-type.ts";
import { query, scratchLake, stagedRows } from "./lake-for-tests.ts";
import type { Table } from "./table.ts";

const columns: Column[] = [
  { name: "id", type: "integer", nullable: true },
  { name: "region", type: "string", nullable: true },
  { name: "total", type: "number", nullable: true },
];
const shape = { name: "t", columns, partitionBy: [{ column: "region", transform: "identity" as const }] };

type Row = [id: number | null, region: string | null, total: number | null];
const literal = (value: unknown) => (value === null ? "null" : typeof value === "string" ? `'${value}'` : String(value));

async function staged(table: Table, rows: Row[]) {
  return [await stagedRows(table, `select id::bigint as id, region::varchar as region, total::double as total from (values ${rows.map((row) => `(${row.map(literal).join(", ")})`).join(", ")}) v(id, region, total)`)];
}
const append = async (table: Table, attempt: string, rows: Row[]) => (await table.append({ files: await staged(table, rows), attempt })).publish();
const merge = async (table: Table, attempt: string, rows: Row[], more: object = {}) => (await table.merge({ files: await staged(table, rows), keys: ["id"], attempt, ...more })).publish();
const rowsOf = async (table: Table) => (await query(table, (from) => `select id::int as id, region, total from ${from} order by id nulls last, total`)).map(({ id, region, total }) => [id, region, total]);

test("rows take the place of those with their key, across partitions; what is the same already is left alone", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable(shape);
  await append(table, "a1", [[1, "eu", 1], [2, "eu", 2], [3, "us", 3], [null, null, 0]]);
  await append(table, "a2", [[10, "eu", 10], [11, "us", 11]]);
  const done = await merge(table, "m1", [[1, "eu", 1.5], [3, "eu", 3], [4, "us", 4], [null, "us", 9], [11, "us", 11]]);
  expect(await rowsOf(table)).toEqual([[1, "eu", 1.5], [2, "eu", 2], [3, "eu", 3], [4, "us", 4], [10, "eu", 10], [11, "us", 11], [null, "us", 9]]);
  expect(done?.summary).toMatchObject({ operation: "overwrite", "millrace.rows-inserted": "1", "millrace.rows-updated": "3", "millrace.rows-unchanged": "1", "deleted-data-files": "3", "total-records": "7" });
  const same = await merge(table, "m2", [[1, "eu", 1.5], [null, "us", 9]]);
  expect(same?.summary).toMatchObject({ "millrace.rows-inserted": "0", "millrace.rows-updated": "0", "millrace.rows-unchanged": "2" });
  expect([same?.summary["added-data-files"], same?.summary["deleted-data-files"]]).toEqual([undefined, undefined]);
  expect(await table.removeOrphans(-1)).toBe(0);
  expect(await merge(table, "m1", [[1, "eu", 99]])).toMatchObject({ "snapshot-id": done?.["snapshot-id"] });
  expect((await rowsOf(table))[0]).toEqual([1, "eu", 1.5]);
  expect(await table.removeOrphans(-1)).toBe(0);
  await lake.close();
});

test("rows are found in whichever of many small files they lie", async () => {
  const { lake } = await scratchLake();
  const table = await lake.openOrCreate("t", ["file_number", "v"].map((name) => ({ id: 0, name, required: false, type: "long" as const })));
  const rows = (sql: string) => stagedRows(table, sql);
  const files = await Promise.all(Array.from({ length: 20 }, (_, n) => rows(`select ${n}::bigint as file_number, 0::bigint as v union all select ${n + 100}, 0`)));
  await (await table.append({ files, attempt: "a" })).publish();
  const done = await (await table.merge({ files: [await rows("select unnest([0, 7, 8, 119, 200])::bigint as file_number, 1::bigint as v")], keys: ["file_number"], attempt: "m" })).publish();
  expect(done?.summary).toMatchObject({ "deleted-data-files": "4", "millrace.rows-inserted": "1", "millrace.rows-updated": "4" });
  expect(await query(table, (from) => `select file_number::int as k from ${from} where v = 1 order by k`)).toEqual([0, 7, 8, 119, 200].map((k) => ({ k })));
  expect(await query(table, (from) => `select count(*)::int as n from ${from}`)).toEqual([{ n: 41 }]);
  await lake.close();
});

test("a batch with one key twice fails by name, null included, and changes nothing", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable(shape);
  await expect(merge(table, "m1", [[1, "eu", 1], [7, "eu", 1], [7, "us", 2]])).rejects.toMatchObject({ code: "MR-LAKE-012", message: expect.stringContaining('id = "7"') });
  await expect(merge(table, "m1", [[null, "eu", 1], [null, "us", 2]])).rejects.toMatchObject({ code: "MR-LAKE-012", message: expect.stringContaining("id = null") });
  await expect(merge(table, "m1", [[1, "eu", 1]], { keys: ["nope"] })).rejects.toMatchObject({ code: "MR-LAKE-006" });
  await expect(merge(table, "m1", [[1, "eu", 1]], { keys: [] })).rejects.toMatchObject({ code: "MR-LAKE-006" });
  expect(await table.snapshots()).toEqual([]);
  expect(await table.removeOrphans(-1)).toBe(0);
  await append(table, "a", [[1, "eu", 1], [1, "eu", 2], [2, "us", 1]]);
  await merge(table, "m2", [[1, "us", 5], [1, "us", 5], [3, "us", 6]], { duplicates: "keep" });
  expect(await rowsOf(table)).toEqual([[1, "us", 5], [1, "us", 5], [2, "us", 1], [3, "us", 6]]);
  await lake.close();
});

test("only files that may hold a key are read, and a key of several columns tells rows apart", async () => {
  const { lake, reopen } = await scratchLake();
  const table = await lake.createTable({ ...shape, partitionBy: [{ column: "id", transform: "bucket", parameter: 64 }] });
  const many = Array.from({ length: 640 }, (_, id): Row => [id, id % 2 ? "eu" : "us", id]);
  await append(table, "a", many);
  const reads: string[] = [];
  const counted = await reopen({ files: (driver) => ({ ...driver, read: (key, start, end) => (reads.push(key), driver.read(key, start, end)) }) });
  await merge(await counted.table("t"), "m1", [[5, "eu", -5], [639, "eu", -639]]);
  expect(new Set(reads.filter((key) => key.endsWith(".parquet"))).size).toBeLessThanOrEqual(2);
  await merge(table, "m2", [[5, "us", -6], [639, "eu", 0]], { keys: ["id", "region"] });
  const [row] = await query(table, (from) => `select count(*)::int as n, sum(total)::int as total, count(*) filter (id = 5)::int as fives from ${from}`);
  expect(row).toEqual({ n: 641, total: (639 * 640) / 2 - 5 - 639 - 5 - 6, fives: 2 });
  await Promise.all([lake.close(), counted.close()]);
});

test("merges of many writers at once lose no row and double none", async () => {
  const { lake, reopen } = await scratchLake();
  const table = await lake.createTable(shape);
  await Promise.all(
    Array.from({ length: 4 }, async (_, writer) => {
      const own = await reopen();
      const of = await own.table("t");
      for (let n = 0; n < 5; n++) await merge(of, `${writer} ${n}`, [[writer, "eu", n], [100, "us", 10 * writer + n], [1000 + 10 * writer + n, "eu", 0]]);
      await own.close();
    }),
  );
  const rows = await rowsOf(table);
  expect(rows.slice(0, 4)).toEqual([0, 1, 2, 3].map((writer) => [writer, "eu", 4]));
  expect(rows.filter(([id]) => id === 100)).toHaveLength(1);
  expect(rows).toHaveLength(25);
  expect(await table.removeOrphans(-1)).toBe(0);
  await lake.close();
});

const column = (name: string, type: IcebergType): SchemaField => ({ id: 0, name, required: false, type });

/* A column called like a word of the merge's own statements must not be mistaken for it. */
test.each(["v", "row", "batch", "found", "n", "file", "held", "gone", "c0"])("rows are told apart by all of their columns, one of them called %s", async (name) => {
  const { lake } = await scratchLake();
  const table = await lake.openOrCreate("a.t", [column("id", "string"), column(name, "long")]);
  const put = async (values: string, attempt: string) => (await table.merge({ keys: ["id"], attempt, files: [await stagedRows(table, `select id, v::bigint as "${name}" from (values ${values}) as t(id, v)`)] })).publish();
  await put("('a', 1), ('b', null), ('c', 3), (null, 4)", "1");
  const snapshot = await put("('a', 1), ('b', 2), ('c', null), (null, 5), ('d', 6)", "2");
  expect(snapshot?.summary).toMatchObject({ "millrace.rows-inserted": "1", "millrace.rows-updated": "3", "millrace.rows-unchanged": "1" });
  expect(await query(table, (rows) => `select id, "${name}" as v from ${rows} order by id nulls last`)).toEqual([
    { id: "a", v: "1" },
    { id: "b", v: "2" },
    { id: "c", v: null },
    { id: "d", v: "6" },
    { id: null, v: "5" },
  ]);
});

test.each([
  ["binary", "'\\x00\\xff'::blob", "'\\x01'::blob"],
  ["date", "date '12000-01-01'", "date 'infinity'"],
  ["date", "date '0044-03-15 (BC)'", "date '2020-01-01'"],
  ["timestamp", "timestamp 'infinity'", "timestamp '2020-01-01 00:00:00.5'"],
  ["timestamptz", "timestamptz '12000-01-01 00:00:00.000001+00'", "timestamptz '2020-01-01 00:00:00+00'"],
  ["decimal(38, 10)", "'1234567890123456789012345678.0123456789'::decimal(38, 10)", "-0.05::decimal(38, 10)"],
  ["double", "'nan'::double", "'-inf'::double"],
])("few keys of type %s are found again: %s, %s", async (type, one, other) => {
  const { lake } = await scratchLake();
  const table = await lake.openOrCreate("t", [{ id: 1, name: "k", required: false, type: type as IcebergType }, { id: 2, name: "v", required: false, type: "long" }], []);
  const rows = async (v: number) => [await stagedRows(table, `select ${one} as k, ${v}::bigint as v union all select ${other}, ${v + 1} union all select null, ${v + 2}`)];
  await (await table.append({ files: await rows(1), attempt: "a" })).publish();
  await (await table.merge({ files: await rows(10), keys: ["k"], attempt: "m" })).publish();
  expect(await query(table, (from) => `select v::int as v from ${from} order by v`)).toEqual([{ v: 10 }, { v: 11 }, { v: 12 }]);
  await lake.close();
});

test("a key or a filter means its column, whatever that is called when the rows are published", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable({ ...shape, partitionBy: [] });
  await append(table, "a", [[1, "eu", 1], [2, "us", 2]]);
  const merged = await table.merge({ files: await staged(table, [[1, "eu", 10]]), keys: ["id"], attempt: "m" });
  const replaced = await table.replaceRows({ files: await staged(table, [[2, "us", 20]]), where: { op: "=", column: "id", value: 2 }, attempt: "r" });
  await table.changeSchema([{ op: "rename", path: ["id"], to: "number" }, { op: "add", name: "id", type: "long" }]);
  await merged.publish();
  await replaced.publish();
  expect(await query(table, (from) => `select number::int as number, id, total from ${from} order by number`)).toEqual([{ number: 1, id: null, total: 10 }, { number: 2, id: null, total: 20 }]);
  await lake.close();
});

test("a column that rows are chosen by, and that is dropped meanwhile, keeps them from being published", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable({ ...shape, partitionBy: [] });
  await append(table, "a", [[1, "eu", 1]]);
  const files = async () => staged(table, [[1, "eu", 10]]);
  const changes = [await table.merge({ files: await files(), keys: ["id"], attempt: "m" }), await table.replaceRows({ files: await files(), where: { op: "=", column: "id", value: 1 }, attempt: "r" })];
  await table.changeSchema([{ op: "drop", path: ["id"] }]);
  for (const change of changes) await expect(change.publish()).rejects.toMatchObject({ code: "MR-LAKE-006", message: expect.stringContaining('column "id"') });
  expect(await query(table, (from) => `select total from ${from}`)).toEqual([{ total: 1 }]);
  expect(await table.removeOrphans(-1)).toBe(0);
  await lake.close();
});
