import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import type { Column } from "../model/manifest.ts";
import { batchOf, count, query, scratchLake } from "./lake-for-tests.ts";
import { Lake } from "./lake.ts";

const allTypes: Column[] = [
  { name: "id", type: "integer", nullable: false },
  { name: "text", type: "string", nullable: true },
  { name: "flag", type: "boolean", nullable: true },
  { name: "ratio", type: "number", nullable: true },
  { name: "at", type: "timestamp", nullable: true },
  { name: "day", type: "date", nullable: true },
  { name: "extra", type: "json", nullable: true },
];
const rows = [
  { id: 1, text: "short", flag: true, ratio: 1.5, at: "2001-01-01T00:00:00.123Z", day: "2001-01-01", extra: { a: [1, null] } },
  { id: -9007199254740991, text: "exactly12chr", flag: false, ratio: -0.1, at: "1969-12-31T23:59:59.999Z", day: "1969-12-31", extra: "text" },
  { id: 9007199254740991, text: "thirteenchars", flag: null, ratio: 1e300, at: "9999-12-31T23:59:59.999Z", day: "9999-12-31", extra: 0 },
  { id: 4, text: "äöü ✓ 𝄞 日本", flag: true, ratio: 0, at: "2262-04-12T00:00:00.000Z", day: "0001-01-01", extra: [] },
  { id: 5, text: "", flag: null, ratio: null, at: null, day: null, extra: null },
  { id: 2147483648, text: "a\u0000b", flag: null, ratio: null, at: null, day: null, extra: null },
  { id: 7, text: null, flag: null, ratio: null, at: null, day: null, extra: { long: "ß".repeat(50) } },
];

test("values of every type, nulls and Unicode come back equal", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable({ name: "a.b", columns: allTypes, partitionBy: [] });
  const writer = await table.writer();
  await writer.add(batchOf(allTypes, rows));
  expect(writer.rows).toBe(7);
  const snapshot = await writer.commit({ summary: { "millrace.release": "r1", "millrace.run": "17" } });
  expect(snapshot?.summary).toMatchObject({ operation: "append", "millrace.release": "r1", "millrace.run": "17", "total-records": "7" });
  const read = await query(table, (from) => `select id, text, flag, ratio, epoch_us("at") as "at", day::varchar as day, extra from ${from}`);
  expect(read).toHaveLength(7);
  for (const row of rows) {
    const at = row.at === null ? null : String(BigInt(Date.parse(row.at)) * 1000n);
    expect(read).toContainEqual({ ...row, id: String(row.id), at, extra: row.extra === null ? null : JSON.stringify(row.extra) });
  }
  await lake.close();
});

test("more rows than a vector holds, with nulls here and there, over several batches", async () => {
  const { lake } = await scratchLake();
  const columns: Column[] = [
    { name: "n", type: "integer", nullable: false },
    { name: "s", type: "string", nullable: true },
    { name: "x", type: "number", nullable: true },
  ];
  const table = await lake.createTable({ name: "t", columns, partitionBy: [] });
  const writer = await table.writer();
  const record = (n: number) => ({ n, s: n % 7 === 0 ? null : n % 3 === 0 ? `a text of some length, number ${n}` : `s${n}`, x: n % 5 === 0 ? null : n / 4 });
  for (let start = 0; start < 20_000; start += 5_000) {
    await writer.add(batchOf(columns, Array.from({ length: 5_000 }, (_, i) => record(start + i))));
  }
  await writer.commit();
  const read = await query(table, (from) => `select * from ${from} order by n`);
  expect(read).toEqual(Array.from({ length: 20_000 }, (_, n) => ({ ...record(n), n: String(n) })));
  await lake.close();
});

test("a table without rows reads as one", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable({ name: "t", columns: allTypes, partitionBy: [] });
  expect(await query(table, (from) => `select * from ${from}`)).toEqual([]);
  expect(await table.files()).toEqual([]);
  expect(await table.positions()).toEqual([]);
  const writer = await table.writer();
  expect(await writer.commit()).toBeUndefined();
  await lake.close();
});

test("rows fall into files by partition, with bounds and partition values that say so", async () => {
  const { lake } = await scratchLake();
  const columns: Column[] = [
    { name: "at", type: "timestamp", nullable: true },
    { name: "origin", type: "string", nullable: true },
    { name: "n", type: "integer", nullable: false },
  ];
  const table = await lake.createTable({ name: "t", columns, partitionBy: [{ column: "at", transform: "day" }, { column: "origin", transform: "identity" }] });
  const writer = await table.writer();
  await writer.add(
    batchOf(columns, [
      { at: "2001-01-01T10:00:00.000Z", origin: "ATL", n: 1 },
      { at: "2001-01-01T23:59:59.999Z", origin: "ATL", n: 5 },
      { at: "2001-01-02T00:00:00.000Z", origin: "ATL", n: 2 },
      { at: "2001-01-02T00:00:00.000Z", origin: "a/b ü", n: 3 },
      { at: null, origin: null, n: 4 },
    ]),
  );
  expect(writer.files).toBe(4);
  await writer.commit();
  const files = await table.files();
  expect(files.map(({ partition, records }) => ({ ...partition, records }))).toEqual([
    { at_day: 11323, origin: "ATL", records: 2 },
    { at_day: 11324, origin: "ATL", records: 1 },
    { at_day: 11324, origin: "a/b ü", records: 1 },
    { at_day: null, origin: null, records: 1 },
  ]);
  const bytes = expect.any(Number);
  expect(files[0].bounds).toEqual({
    at: { lower: 978343200000000n, upper: 978393599999000n, nulls: 0, bytes },
    origin: { lower: "ATL", upper: "ATL", nulls: 0, bytes },
    n: { lower: 1n, upper: 5n, nulls: 0, bytes },
  });
  expect(files[0].path).toMatch(/\/data\/at_day=2001-01-01\/origin=ATL\/[0-9a-f]{16}-0-[0-9a-f]{64}\.parquet$/);
  expect(await query(table, (from) => `select origin, sum(n)::int as n from ${from} group by all order by all`)).toEqual([
    { origin: "ATL", n: 8 },
    { origin: "a/b ü", n: 3 },
    { origin: null, n: 4 },
  ]);
  await lake.close();
});

test("an input position is committed with its rows, and a replay is refused", async () => {
  const { lake, reopen } = await scratchLake();
  const columns: Column[] = [{ name: "n", type: "integer", nullable: false }];
  const table = await lake.createTable({ name: "t", columns, partitionBy: [] });
  const writer = await table.writer();
  await writer.add(batchOf(columns, [{ n: 1 }]));
  await writer.commit({ advance: [{ topic: "x", partition: 0, from: 5, to: 9 }] });
  await writer.add(batchOf(columns, [{ n: 2 }]));
  await writer.commit({ advance: [{ topic: "x", partition: 1, from: 0, to: 3 }] });
  const positions = [
    { topic: "x", partition: 0, offset: 9 },
    { topic: "x", partition: 1, offset: 3 },
  ];
  expect(await table.positions()).toEqual(positions);

  const other = await reopen();
  const late = await (await other.table("t")).writer();
  await late.add(batchOf(columns, [{ n: 1 }]));
  await expect(late.commit({ advance: [{ topic: "x", partition: 0, from: 5, to: 9 }] })).rejects.toMatchObject({ code: "MR-LAKE-002", retryable: false });
  expect(await count(table)).toBe(2);
  await late.reset();
  await late.add(batchOf(columns, [{ n: 3 }]));
  await late.commit({ advance: [{ topic: "x", partition: 0, from: 9, to: 10 }] });
  expect(await count(table)).toBe(3);
  expect(await (await other.table("t")).removeOrphans(0)).toBe(0);

  // Records without rows move the position all the same; nothing at all makes no snapshot.
  await writer.commit({ advance: [{ topic: "x", partition: 0, from: 10, to: 12 }] });
  const before = (await table.snapshots()).length;
  await writer.commit({ advance: [{ topic: "x", partition: 0, from: 12, to: 12 }] });
  expect((await table.positions())[0].offset).toBe(12);
  expect((await table.snapshots()).length).toBe(before);
  await Promise.all([lake.close(), other.close()]);
});

test("an earlier snapshot reads as it was", async () => {
  const { lake } = await scratchLake();
  const columns: Column[] = [{ name: "n", type: "integer", nullable: false }];
  const table = await lake.createTable({ name: "t", columns, partitionBy: [] });
  const writer = await table.writer();
  await writer.add(batchOf(columns, [{ n: 1 }]));
  const first = await writer.commit();
  await writer.add(batchOf(columns, [{ n: 2 }]));
  await writer.commit();
  expect(await query(table, (from) => `select n from ${from}`, first?.["snapshot-id"])).toEqual([{ n: "1" }]);
  await expect(table.files(1n)).rejects.toMatchObject({ code: "MR-LAKE-001" });
  await lake.close();
});

test("what does not fit is refused by name, and nothing of it is kept", async () => {
  const { lake } = await scratchLake();
  const columns: Column[] = [
    { name: "n", type: "integer", nullable: false },
    { name: "d", type: "date", nullable: true },
  ];
  const table = await lake.createTable({ name: "t", columns, partitionBy: [] });
  const writer = await table.writer();
  const nullable = columns.map((column) => ({ ...column, nullable: true }));
  await expect(writer.add(batchOf(nullable, [{ n: 1, d: null }, { n: null, d: null }]))).rejects.toMatchObject({ code: "MR-LAKE-003", message: expect.stringContaining("record 1") });
  await expect(writer.add(batchOf([...columns, { name: "m", type: "string", nullable: true }], [{ n: 1, d: null, m: "" }]))).rejects.toMatchObject({ code: "MR-LAKE-003" });
  await expect(writer.add(batchOf([{ name: "n", type: "string", nullable: false }], [{ n: "1" }]))).rejects.toMatchObject({ code: "MR-LAKE-003" });
  await expect(writer.add(batchOf([{ name: "d", type: "date", nullable: true }], [{ d: null }]))).rejects.toMatchObject({ code: "MR-LAKE-003" });
  expect(writer.rows).toBe(0);
  await writer.add(batchOf(columns.slice(0, 1), [{ n: 1 }]));
  await writer.commit();
  expect(await query(table, (from) => `select * from ${from}`)).toEqual([{ n: "1", d: null }]);
  await expect(lake.table("none")).rejects.toMatchObject({ code: "MR-LAKE-001" });
  await lake.close();
});

test("records that delete their key carry no row", async () => {
  const { lake } = await scratchLake();
  const columns: Column[] = [{ name: "n", type: "integer", nullable: false }];
  const table = await lake.createTable({ name: "t", columns, partitionBy: [] });
  const writer = await table.writer();
  await writer.add({ ...batchOf(columns, [{ n: 1 }, { n: 2 }, { n: 3 }]), tombstones: Uint8Array.from([0, 1, 0]) });
  await writer.commit();
  expect(await query(table, (from) => `select n from ${from} order by n`)).toEqual([{ n: "1" }, { n: "3" }]);
  await lake.close();
});

test("columns come, columns stay, and old files read under the new schema", async () => {
  const { lake } = await scratchLake();
  const first: Column[] = [
    { name: "n", type: "integer", nullable: false },
    { name: "gone", type: "string", nullable: true },
  ];
  const table = await lake.createTable({ name: "t", columns: first, partitionBy: [] });
  const writer = await table.writer();
  await writer.add(batchOf(first, [{ n: 1, gone: "x" }]));
  await writer.commit();
  const second: Column[] = [
    { name: "added", type: "timestamp", nullable: true },
    { name: "n", type: "integer", nullable: true },
  ];
  await lake.createTable({ name: "t", columns: second, partitionBy: [{ column: "n", transform: "bucket", parameter: 4 }] });
  await lake.createTable({ name: "t", columns: second, partitionBy: [{ column: "n", transform: "bucket", parameter: 4 }] });
  const later = await table.writer();
  await later.add(batchOf(second, [{ n: null, added: "2001-01-01T00:00:00.000Z" }]));
  await later.commit();
  expect(await query(table, (from) => `select n, gone, epoch_ms(added) as added from ${from} order by all`)).toEqual([
    { n: "1", gone: "x", added: null },
    { n: null, gone: null, added: "978307200000" },
  ]);
  const metadata = await table.metadata();
  expect(metadata.schemas.map((schema) => schema.fields.map(({ id, name }) => `${id} ${name}`))).toEqual([
    ["1 n", "2 gone"],
    ["1 n", "2 gone", "3 added"],
  ]);
  expect(metadata["partition-specs"].map(({ fields }) => fields.map((field) => [field["field-id"], field.name, field.transform]))).toEqual([[], [[1000, "n_bucket", "bucket[4]"]]]);
  // An earlier release comes back.
  await lake.createTable({ name: "t", columns: first, partitionBy: [] });
  expect((await table.metadata())["default-spec-id"]).toBe(0);
  await lake.close();
});

test("a declaration that the table cannot follow is refused, with the mend", async () => {
  const { lake } = await scratchLake();
  const n: Column = { name: "n", type: "integer", nullable: false };
  await lake.createTable({ name: "t", columns: [n], partitionBy: [] });
  const declare = (columns: Column[], partitionBy: Parameters<typeof lake.createTable>[0]["partitionBy"] = []) => lake.createTable({ name: "t", columns, partitionBy });
  await expect(declare([{ ...n, type: "number" }])).rejects.toMatchObject({ code: "MR-LAKE-003" });
  await expect(declare([{ ...n, name: "m", nullable: true }])).rejects.toMatchObject({ code: "MR-LAKE-003" });
  await expect(declare([n, { ...n, name: "m" }])).rejects.toMatchObject({ code: "MR-LAKE-003" });
  await expect(declare([n, { ...n, name: "M" }, { ...n, name: "m" }])).rejects.toMatchObject({ code: "MR-LAKE-006" });
  await expect(declare([n, { ...n, name: "N", nullable: true }])).rejects.toMatchObject({ code: "MR-LAKE-006" });
  await expect(declare([])).rejects.toMatchObject({ code: "MR-LAKE-006" });
  await expect(declare([n], [{ column: "n", transform: "day" }])).rejects.toMatchObject({ code: "MR-LAKE-006" });
  await expect(declare([n], [{ column: "x", transform: "identity" }])).rejects.toMatchObject({ code: "MR-LAKE-006" });
  await expect(declare([n], [{ column: "n", transform: "bucket", parameter: 0 }])).rejects.toMatchObject({ code: "MR-LAKE-006" });
  expect((await (await lake.table("t")).metadata()).schemas).toHaveLength(1);
  await lake.close();
});

test("a file that was changed, cut or lost is found out", async () => {
  const { lake, files: store } = await scratchLake();
  const columns: Column[] = [{ name: "n", type: "integer", nullable: false }];
  const table = await lake.createTable({ name: "t", columns, partitionBy: [] });
  const writer = await table.writer();
  await writer.add(batchOf(columns, [{ n: 1 }]));
  await writer.commit();
  const [file] = await table.files();
  await table.verify(file);
  const bytes = Buffer.from((await store.read(store.keyAt(file.location) as string)) as Uint8Array);
  bytes[bytes.length - 20] ^= 1;
  await writeFile(file.path, bytes);
  await expect(table.verify(file)).rejects.toMatchObject({ code: "MR-LAKE-004" });
  await writeFile(file.path, bytes.subarray(1));
  await expect(table.verify(file)).rejects.toMatchObject({ code: "MR-LAKE-004" });
  await store.delete(store.keyAt(file.location) as string);
  await expect(table.verify(file)).rejects.toMatchObject({ code: "MR-LAKE-004" });
  await lake.close();
});

test("a row of more columns than a small DuckDB has room for goes through", async () => {
  const { files, state } = await scratchLake();
  const lake = new Lake({ files, state, duckdb: { memoryLimit: "16MiB", threads: 1 } });
  const wide: Column[] = Array.from({ length: 900 }, (_, i) => ({ name: `c${i}`, type: "integer", nullable: false }));
  const table = await lake.createTable({ name: "wide", columns: wide, partitionBy: [] });
  const writer = await table.writer();
  await writer.add(batchOf(wide, [Object.fromEntries(wide.map(({ name }, i) => [name, i]))]));
  await writer.commit();
  await writer.close();
  expect(await query(table, (from) => `select c0::int as first, c899::int as last from ${from}`)).toEqual([{ first: 0, last: 899 }]);
  await lake.close();
});
