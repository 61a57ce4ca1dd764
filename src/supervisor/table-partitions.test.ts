import { expect, test } from "vitest";
import { commitChange } from "../lake/commit.ts";
import { count, deletePositions, scratchLake, stagedRows } from "../lake/lake-for-tests.ts";
import type { Table } from "../lake/table.ts";
import { TableStore } from "../lake/table-store.ts";
import { tablePartitions } from "./table-partitions.ts";

const columns = [{ name: "at", type: "timestamp" as const, nullable: false }, { name: "area", type: "integer" as const, nullable: true }];

async function append(table: Table, attempt: string, values: string): Promise<void> {
  const rows = await stagedRows(table, `select make_timestamptz(2026, 1, day, 5, 0, 0) as at, area::bigint as area from (values ${values}) v(day, area)`);
  await (await table.append({ files: [rows], attempt })).publish();
}

test("rows, files and bytes are told of each partition of a version, the greatest values first, null last", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable({ name: "sales.orders", columns, partitionBy: [{ column: "at", transform: "day" }, { column: "area", transform: "identity" }] });
  expect(await tablePartitions(table, { limit: 10 })).toMatchObject({ count: 0, partitions: [] });
  await append(table, "a1", "(1, 9), (1, 9), (1, null), (2, 10)");
  const [{ "snapshot-id": first }] = await table.snapshots();
  await append(table, "a2", "(1, 10), (1, 9)");

  const now = await tablePartitions(table, { limit: 3 });
  expect(now.by).toMatchObject([{ column: "at", transform: "day" }, { column: "area", transform: "identity" }]);
  const [day, area] = now.by.map(({ name }) => name);
  const said = ({ partitions }: typeof now) => partitions.map(({ values, rows, files }) => [values[day], values[area], rows, files]);
  expect(said(now)).toEqual([["2026-01-02", "10", 1, 1], ["2026-01-01", "10", 1, 1], ["2026-01-01", "9", 3, 2]]);
  expect(now.count).toBe(4);
  expect(now.partitions.every(({ bytes, files }) => bytes > 100 * files)).toBe(true);
  expect(said(await tablePartitions(table, { limit: 10, version: String(first) }))).toEqual([["2026-01-02", "10", 1, 1], ["2026-01-01", "9", 2, 1], ["2026-01-01", null, 1, 1]]);
  await expect(tablePartitions(table, { limit: 10, version: "123" })).rejects.toMatchObject({ code: "MR-LAKE-001" });
  // The pages behind the first are of the same version, whatever was written since.
  await append(table, "a3", "(3, 1)");
  const rest = await tablePartitions(table, { limit: 3, after: now.next as string });
  expect([said(rest), rest.count, rest.next]).toEqual([[["2026-01-01", null, 1, 1]], 4, null]);
  await expect(tablePartitions(table, { limit: 3, after: "2" })).rejects.toMatchObject({ code: "MR-HTTP-006" });
  await lake.close();
});

test("what was partitioned by other fields stands behind what is partitioned as it is now", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable({ name: "sales.orders", columns, partitionBy: [{ column: "at", transform: "month" }] });
  await append(table, "a1", "(1, 1)");
  await table.changePartitioning([{ column: "area", transform: "identity" }]);
  await append(table, "a2", "(1, 7), (1, 3)");
  await table.changePartitioning([{ column: "at", transform: "day" }]);
  await append(table, "a3", "(2, 1), (3, 1)");
  const texts = async () => (await tablePartitions(table, { limit: 10 })).partitions.map(({ values }) => Object.values(values).join());
  expect(await texts()).toEqual(["2026-01-03", "2026-01-02", "7", "3", "2026-01"]);
  await table.changePartitioning([{ column: "at", transform: "month" }]);
  expect(await texts()).toEqual(["2026-01", "2026-01-03", "2026-01-02", "7", "3"]);
  await lake.close();
});

test("rows that were deleted and not yet taken out are told beside the figures, which have them", async () => {
  const scratch = await scratchLake();
  const table = await scratch.lake.createTable({ name: "sales.orders", columns, partitionBy: [{ column: "area", transform: "identity" }] });
  await append(table, "a1", "(1, 9), (1, 9), (1, 10)");
  expect((await tablePartitions(table, { limit: 10 })).deletedRows).toBe(0);
  const nine = (await table.files()).find(({ records }) => records === 2);
  await deletePositions(scratch, "sales.orders", [[nine?.location as string, 0]]);
  const { deletedRows, partitions } = await tablePartitions(table, { limit: 10 });
  expect([deletedRows, partitions.reduce((sum, { rows }) => sum + rows, 0)]).toEqual([1, 3]);
  await scratch.lake.close();
});

test("the text null and no value are two partitions; a field of a transform that nobody here knows has its value as it is kept, and spoils nothing", async () => {
  const { lake, files, state } = await scratchLake();
  const table = await lake.createTable({ name: "sales.named", columns: [{ name: "who", type: "string", nullable: true }, { name: "area", type: "integer", nullable: true }], partitionBy: [{ column: "area", transform: "identity" }] });
  const add = async (attempt: string, values: string) => (await table.append({ files: [await stagedRows(table, `select who, area::bigint as area from (values ${values}) v(who, area)`)], attempt })).publish();
  await add("a1", "('x', 7)");
  await table.changePartitioning([{ column: "who", transform: "identity" }]);
  await add("a2", "('null', 1), (null, 2)");
  await commitChange(new TableStore("sales.named", files, state), { apply: async (base) => ({ ...base, "partition-specs": base["partition-specs"].map((spec) => (spec["spec-id"] === 0 ? { ...spec, fields: spec.fields.map((field) => ({ ...field, transform: "geohash[3]" })) } : spec)) }) });
  const { partitions } = await tablePartitions(await lake.table("sales.named"), { limit: 10 });
  expect(partitions.map(({ spec, values }) => [spec, values])).toEqual([[1, { who: "null" }], [1, { who: null }], [0, { area: "7" }]]);
  expect(await count(await lake.table("sales.named"))).toBe(3);
  await lake.close();
});
