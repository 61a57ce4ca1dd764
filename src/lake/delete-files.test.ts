import { expect, test } from "vitest";
import type { Column } from "../model/manifest.ts";
import { deletePositions, query, scratchLake, stagedRows } from "./lake-for-tests.ts";
import type { Table } from "./table.ts";

const columns: Column[] = [
  { name: "id", type: "integer", nullable: false },
  { name: "filename", type: "string", nullable: true },
  { name: "pos", type: "integer", nullable: true },
];

const ids = async (table: Table, snapshotId?: bigint) => (await query(table, (from) => `select id::int as id from ${from} order by id`, snapshotId)).map(({ id }) => id);
const rows = (table: Table, from: number, to: number) => stagedRows(table, `select range as id, 'f' || range as filename, 2::bigint as pos from range(${from}, ${to})`);
const append = async (table: Table, attempt: string, from: number, to: number) => (await table.append({ files: [await rows(table, from, to)], attempt })).publish();

test("rows that another engine has marked as deleted are gone from every read, and stay gone when files are rewritten", async () => {
  const scratch = await scratchLake();
  for (const [i, partitionBy] of [[], [{ column: "id", transform: "truncate" as const, parameter: 10 }]].entries()) {
    const name = `t${i}`;
    const table = await scratch.lake.createTable({ name, columns, partitionBy });
    const first = await append(table, "a1", 0, 10);
    await append(table, "a2", 10, 20);
    const [oldest, newest] = (await table.files()).toSorted((a, b) => a.sequenceNumber - b.sequenceNumber).map(({ location }) => location);
    await deletePositions(scratch, name, [[oldest, 3], [oldest, 4], [newest, 0]]);
    const left = [0, 1, 2, 5, 6, 7, 8, 9, ...[11, 12, 13, 14, 15, 16, 17, 18, 19]];
    expect(await ids(table)).toEqual(left);
    expect((await table.files()).map(({ deletes }) => deletes.length)).toEqual([1, 1]);
    // A delete counts for what was there before it, and in its own partition.
    expect(await ids(table, first?.["snapshot-id"])).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
    await append(table, "a3", 20, 22);
    await (await table.deleteRows({ where: { op: "in", column: "id", values: [5, 13] }, attempt: "d1" })).publish();
    const now = [...left.filter((id) => id !== 5 && id !== 13), 20, 21];
    expect(await ids(table)).toEqual(now);
    expect((await table.currentSnapshot())?.summary).toMatchObject({ "total-records": "17", "total-delete-files": "0", "total-position-deletes": "0" });
    expect((await table.files()).map(({ deletes }) => deletes.length)).toEqual([0, 0, 0]);
    await table.expire({ keep: 1, olderThanMs: 0 });
    expect(await table.removeOrphans(-1)).toBe(0);
    expect(await ids(table)).toEqual(now);
  }
  await scratch.lake.close();
});

test("compaction leaves marked rows out and drops the marks; merge sees what is left", async () => {
  const scratch = await scratchLake();
  const table = await scratch.lake.createTable({ name: "t", columns, partitionBy: [] });
  await append(table, "a1", 0, 5);
  for (const position of [1, 2]) await deletePositions(scratch, "t", [[(await table.files())[0].location, position]]);
  expect(await ids(table)).toEqual([0, 3, 4]);
  const merged = await (await table.merge({ files: [await rows(table, 1, 4)], keys: ["id"], attempt: "m1" })).publish();
  expect(merged?.summary).toMatchObject({ "millrace.rows-inserted": "2", "millrace.rows-unchanged": "1" });
  expect(await ids(table)).toEqual([0, 1, 2, 3, 4]);
  expect(await table.compact()).toEqual({ filesBefore: 2, filesAfter: 1 });
  expect(await ids(table)).toEqual([0, 1, 2, 3, 4]);
  const [{ location, records, deletes }] = await table.files();
  expect([records, deletes]).toEqual([5, []]);
  await deletePositions(scratch, "t", [0, 1, 2, 3, 4].map((position) => [location, position]));
  expect(await table.compact()).toEqual({ filesBefore: 1, filesAfter: 0 });
  expect([await ids(table), await table.files()]).toEqual([[], []]);
  await scratch.lake.close();
});

test("deletes by value are refused, where they apply, with the file and the mend", async () => {
  const scratch = await scratchLake();
  const table = await scratch.lake.createTable({ name: "t", columns, partitionBy: [{ column: "id", transform: "truncate", parameter: 10 }] });
  await append(table, "a1", 0, 10);
  const [{ location }] = await table.files();
  await deletePositions(scratch, "t", [[location, 0]], 2);
  const refusal = { code: "MR-LAKE-011", message: expect.stringContaining("rewrite_data_files") };
  await expect(table.files()).rejects.toMatchObject(refusal);
  await expect(table.compact()).rejects.toMatchObject(refusal);
  await expect((await table.deleteRows({ where: { op: "=", column: "id", value: 3 }, attempt: "d" })).publish()).rejects.toMatchObject(refusal);
  // What is written later, or elsewhere, they do not concern; what goes whole need not be read.
  const { snapshots } = await table.metadata();
  expect(await ids(table, snapshots[0]["snapshot-id"])).toHaveLength(10);
  await (await table.replacePartitions({ files: [await rows(table, 0, 4)], attempt: "p" })).publish();
  expect(await ids(table)).toEqual([0, 1, 2, 3]);
  await scratch.lake.close();
});
