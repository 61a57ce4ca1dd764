import { expect, test } from "vitest";
import { scratchLake, stagedRows } from "../lake/lake-for-tests.ts";
import type { Table } from "../lake/table.ts";
import { tablePartitions } from "./table-partitions.ts";

const columns = [{ name: "at", type: "timestamp" as const, nullable: false }, { name: "area", type: "integer" as const, nullable: true }];

async function append(table: Table, attempt: string, values: string): Promise<void> {
  const rows = await stagedRows(table, `select make_timestamptz(2026, 1, day, 5, 0, 0) as at, area::bigint as area from (values ${values}) v(day, area)`);
  await (await table.append({ files: [rows], attempt })).publish();
}

test("rows, files and bytes are told of each partition of a version, the greatest values first, null last", async () => {
  const { lake } = await scratchLake();
  const table = await lake.createTable({ name: "sales.orders", columns, partitionBy: [{ column: "at", transform: "day" }, { column: "area", transform: "identity" }] });
  expect(await tablePartitions(table, 10)).toMatchObject({ count: 0, partitions: [] });
  await append(table, "a1", "(1, 9), (1, 9), (1, null), (2, 10)");
  const [{ "snapshot-id": first }] = await table.snapshots();
  await append(table, "a2", "(1, 10), (1, 9)");

  const now = await tablePartitions(table, 3);
  expect(now.by).toMatchObject([{ column: "at", transform: "day" }, { column: "area", transform: "identity" }]);
  const [day, area] = now.by.map(({ name }) => name);
  const said = ({ partitions }: typeof now) => partitions.map(({ values, rows, files }) => [values[day], values[area], rows, files]);
  expect(said(now)).toEqual([["2026-01-02", "10", 1, 1], ["2026-01-01", "10", 1, 1], ["2026-01-01", "9", 3, 2]]);
  expect(now.count).toBe(4);
  expect(now.partitions.every(({ bytes, files }) => bytes > 100 * files)).toBe(true);
  expect(said(await tablePartitions(table, 10, String(first)))).toEqual([["2026-01-02", "10", 1, 1], ["2026-01-01", "9", 2, 1], ["2026-01-01", "null", 1, 1]]);
  await expect(tablePartitions(table, 10, "123")).rejects.toMatchObject({ code: "MR-LAKE-001" });
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
  const texts = async () => (await tablePartitions(table, 10)).partitions.map(({ values }) => Object.values(values).join());
  expect(await texts()).toEqual(["2026-01-03", "2026-01-02", "7", "3", "2026-01"]);
  await table.changePartitioning([{ column: "at", transform: "month" }]);
  expect(await texts()).toEqual(["2026-01", "2026-01-03", "2026-01-02", "7", "3"]);
  await lake.close();
});
