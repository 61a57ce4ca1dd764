import { writeFile } from "node:fs/promises";
import { expect, test } from "vitest";
import type { Column } from "../model/manifest.ts";
import { commitChange } from "./commit.ts";
import { batchOf, query, scratchLake, stagedRows } from "./lake-for-tests.ts";
import type { Table } from "./table.ts";
import { TableStore } from "./table-store.ts";

const columns: Column[] = [
  { name: "day", type: "date", nullable: true },
  { name: "n", type: "integer", nullable: false },
];

async function fill(table: Table, commits: number): Promise<void> {
  const writer = await table.writer();
  for (let n = 0; n < commits; n++) {
    await writer.add(batchOf(columns, [{ day: "2001-01-01", n }, { day: n % 2 ? "2001-01-02" : null, n }]));
    await writer.commit({ advance: [{ topic: "in", partition: 0, from: n, to: n + 1 }], summary: { "millrace.run": String(n) } });
  }
  await writer.close();
}

const rowsOf = (table: Table, snapshotId?: bigint) => query(table, (from) => `select day::varchar as day, n from ${from} order by all`, snapshotId);

test("many small files become one per partition, with the same rows", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable({ name: "t", columns, partitionBy: [{ column: "day", transform: "month" }] });
  await fill(table, 10);
  const before = await rowsOf(table);
  const old = (await table.currentSnapshot())?.["snapshot-id"];
  expect(await table.compact({ smallFilesMax: 16 })).toEqual({ filesBefore: 0, filesAfter: 0 });
  expect(await table.compact({ smallFilesMax: 3 })).toEqual({ filesBefore: 15, filesAfter: 2 });
  expect(await rowsOf(table)).toEqual(before);
  expect(await rowsOf(table, old)).toEqual(before);
  expect((await table.files()).map(({ partition, records }) => ({ ...partition, records }))).toEqual([
    { day_month: 372, records: 15 },
    { day_month: null, records: 5 },
  ]);
  const snapshot = await table.currentSnapshot();
  expect(snapshot?.summary).toMatchObject({ operation: "replace", "total-records": "20", "total-data-files": "2", "added-data-files": "2", "deleted-data-files": "15" });
  expect(await table.positions()).toEqual([{ topic: "in", partition: 0, offset: 10 }]);
  expect(await table.compact({ smallFilesMax: 3 })).toEqual({ filesBefore: 0, filesAfter: 0 });
  await lake.close();
});

test("a branch is compacted by itself, and the table stays as it is", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable({ name: "t", columns, partitionBy: [] });
  await fill(table, 3);
  await table.createBranch("audit");
  for (let n = 0; n < 3; n++) await (await table.append({ files: [await stagedRows(table, `select null::date as day, ${100 + n}::bigint as n`)], attempt: `b${n}`, branch: "audit" })).publish();
  const head = (await table.currentSnapshot())?.["snapshot-id"];
  const branchId = async () => (await table.snapshotAt({ ref: "audit" }))["snapshot-id"];
  const before = await rowsOf(table, await branchId());
  expect(await table.compact({ branch: "audit", smallFilesMax: 2 })).toEqual({ filesBefore: 6, filesAfter: 1 });
  expect(await rowsOf(table, await branchId())).toEqual(before);
  expect(await table.files(await branchId())).toHaveLength(1);
  expect((await table.currentSnapshot())?.["snapshot-id"]).toBe(head);
  expect(await table.files()).toHaveLength(3);
  await expect(table.compact({ branch: "none" })).rejects.toMatchObject({ code: "MR-LAKE-001" });
  await lake.close();
});

test("sorted rows go into files of about the size that the table asks for", async () => {
  const { lake, files, state } = await scratchLake();
  const table = await lake.createTable({ name: "t", columns, partitionBy: [] });
  const store = new TableStore("t", files, state);
  await commitChange(store, { apply: async (base) => ({ ...base, properties: { ...base.properties, "write.target-file-size-bytes": "1000000" } }) });
  await table.changeSortOrder([{ column: "n" }]);
  const staged = [0, 1].map((part) => stagedRows(table, `select null::date as day, (hash(i) >> 1)::bigint as n from range(${part * 200_000}, ${(part + 1) * 200_000}) t(i)`));
  await (await table.append({ files: await Promise.all(staged), attempt: "a" })).publish();
  const made = await table.files();
  expect(made.length).toBeGreaterThan(1);
  expect(made.reduce((rows, { records }) => rows + records, 0)).toBe(400_000);
  const bounds = made.map(({ bounds }) => bounds.n).sort((a, b) => (BigInt(a.lower as bigint) < BigInt(b.lower as bigint) ? -1 : 1));
  for (const [i, { lower }] of bounds.entries()) if (i > 0) expect(BigInt(lower as bigint)).toBeGreaterThanOrEqual(BigInt(bounds[i - 1].upper as bigint));
  await lake.close();
});

test("files are joined up to the size asked for", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable({ name: "t", columns, partitionBy: [] });
  await fill(table, 8);
  const bytes = (await table.files())[0].bytes;
  expect(await table.compact({ smallFilesMax: 4, targetBytes: bytes * 3.5 })).toEqual({ filesBefore: 3, filesAfter: 1 });
  expect(await rowsOf(table)).toHaveLength(16);
  await lake.close();
});

test("files from before a change of the schema are joined with later ones", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable({ name: "t", columns, partitionBy: [] });
  await fill(table, 3);
  const wider: Column[] = [...columns, { name: "more", type: "string", nullable: true }];
  await lake.createTable({ name: "t", columns: wider, partitionBy: [] });
  const writer = await table.writer();
  await writer.add(batchOf(wider, [{ day: null, n: 99, more: "x" }]));
  await writer.commit();
  await table.compact({ smallFilesMax: 1 });
  expect(await table.files()).toHaveLength(1);
  expect(await query(table, (from) => `select more, count(*)::int as n from ${from} group by all order by all`)).toEqual([
    { more: "x", n: 1 },
    { more: null, n: 6 },
  ]);
  await lake.close();
});

test("a damaged file is not carried into a new one", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable({ name: "t", columns, partitionBy: [] });
  await fill(table, 3);
  const [file] = await table.files();
  await writeFile(file.path, Buffer.alloc(file.bytes, 1));
  const before = await table.snapshots();
  await expect(table.compact({ smallFilesMax: 1 })).rejects.toMatchObject({ code: "MR-LAKE-004" });
  expect(await table.snapshots()).toEqual(before);
  await lake.close();
});

test("expiry removes old snapshots with the files that only they had", async () => {
  const { lake, files } = await scratchLake();
  const table = await lake.createTable({ name: "t", columns, partitionBy: [] });
  await fill(table, 5);
  await table.compact({ smallFilesMax: 1 });
  const before = await rowsOf(table);
  expect(await table.expire({ keep: 20, olderThanMs: 0 })).toEqual({ snapshots: 0, files: 0 });
  expect(await table.expire({ keep: 1, olderThanMs: 600_000 })).toEqual({ snapshots: 0, files: 0 });
  // Five lists, five manifests, five data files.
  expect(await table.expire({ keep: 1, olderThanMs: 0 })).toEqual({ snapshots: 5, files: 15 });
  expect(await rowsOf(table)).toEqual(before);
  expect((await table.metadata())["snapshot-log"]).toHaveLength(1);
  const left: string[] = [];
  for await (const key of files.list("t-")) if (!key.endsWith(".metadata.json")) left.push(key);
  expect(left).toHaveLength(3);
  expect(await table.removeOrphans(0)).toBe(0);
  await lake.close();
});

test("metadata files do not pile up", async () => {
  const { lake, files } = await scratchLake();
  const table = await lake.createTable({ name: "t", columns, partitionBy: [] });
  await fill(table, 55);
  let metadataFiles = 0;
  for await (const key of files.list("t-")) if (key.endsWith(".metadata.json")) metadataFiles += 1;
  expect(metadataFiles).toBe(51);
  expect((await table.metadata())["metadata-log"]).toHaveLength(50);
  await lake.close();
});

test("orphans go when they are old, and nothing else does", async () => {
  const { lake, files } = await scratchLake();
  const table = await lake.createTable({ name: "t", columns, partitionBy: [] });
  await fill(table, 2);
  const folder = new URL((await table.metadata()).location).pathname.split("/").at(-1);
  await files.putIfAbsent(`${folder}/data/left.parquet`, Buffer.from("x"));
  await writeFile(await files.stage(), "x");
  expect(await table.removeOrphans(60_000)).toBe(0);
  expect(await table.removeOrphans(-1)).toBe(2);
  expect(await rowsOf(table)).toHaveLength(4);
  for (const file of await table.files()) await table.verify(file);
  await lake.close();
});
