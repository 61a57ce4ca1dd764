import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import { typeText } from "../../formats/inferred-type.ts";
import { relationOver } from "../../formats/relation-sql.ts";
import { crawlBed } from "../crawl-for-tests.ts";
import type { CrawledTable } from "../external-table.ts";

const bed = crawlBed();
const data = new URL("../../../node_modules/vega-datasets/data", import.meta.url).pathname;
const readers: Record<string, string> = { csv: "read_csv", json: "read_json_auto", parquet: "read_parquet" };

/** Run with `-u` to write what is found anew; then look at the difference. */
test("a folder of real, dirty, nested files gives a table for each, with as many rows as DuckDB reads from it", async () => {
  const report = await bed().crawl({ into: "vega" }, { at: data });
  expect(report.files).toMatchObject({ seen: 73, read: 73 });
  expect(report.tables.length + report.unreadable.length).toBe(73);
  const found: Record<string, unknown> = { unreadable: report.unreadable.map(({ path, error }) => `${path}: ${error.code}`) };
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const count = async (sql: string): Promise<string> => String((await (await connection.run(`select count(*) from ${sql}`)).getRows())[0][0]);
  for (const { name, why, conflicts } of report.tables) {
    const { format, columns, partitionColumns, files, personal } = (await bed().tables.table(name)) as CrawledTable;
    expect(files).toHaveLength(1);
    const relation = await relationOver(connection, [files[0].path], format, columns, join(bed().raw, "prepared"));
    const rows = await count(`(${relation.sql})`);
    expect([name, rows, relation.quarantined]).toEqual([name, await count(`${readers[format.kind]}('${files[0].path}')`), 0]);
    found[name] = { ...format, rows, columns: columns.map((column) => `${column.name}: ${typeText(column.type)}`), partitionColumns, personal: personal.map(({ path, kind, confidence }) => `${path.join("/")}: ${kind} ${confidence}`), why, conflicts };
  }
  connection.closeSync();
  instance.closeSync();
  await expect(`${JSON.stringify(found, undefined, 1)}\n`).toMatchFileSnapshot("vega.golden.json");
});
