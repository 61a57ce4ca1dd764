import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Lake } from "../../src/lake/lake.ts";
import { batchOf, stagedRows } from "../../src/lake/lake-for-tests.ts";
import { buildManifest } from "../../src/model/build-manifest.ts";
import { describeModule } from "../../src/model/describe-module.ts";
import { externalTable } from "../../src/model/external-table.ts";
import type { Column, Manifest } from "../../src/model/manifest.ts";
import { mart } from "../../src/model/marts/mart.ts";
import { jsonSchema } from "../../src/model/schema-types.ts";
import { sql } from "../../src/model/sql-tag.ts";
import { table } from "../../src/model/table.ts";

const columns: Column[] = [
  { name: "id", type: "integer", nullable: false },
  { name: "customer", type: "string", nullable: false },
  { name: "region", type: "string", nullable: false },
  { name: "margin", type: "string", nullable: true },
];
/** Stands where no mart shows it. */
const hidden = "SECRET-VALUE";
const rows = [
  { id: 1, customer: "ada", region: "EU", margin: "10" },
  { id: 2, customer: "bob", region: "EU", margin: `${hidden}-2` },
  { id: 3, customer: `${hidden}-3`, region: "US", margin: "7" },
];

/** A project with two marts over tables that hold more than they offer, and files in `folder`. */
export function martsProject(folder: string): Manifest {
  mkdirSync(join(folder, "raw"), { recursive: true });
  writeFileSync(join(folder, "raw", "a.csv"), "n,word\n1,a\n2,b\n3,c\n");
  const Row = jsonSchema({ type: "object", properties: { id: { type: "integer" }, customer: { type: "string" }, region: { type: "string" }, margin: { type: "string" } }, required: ["id"] });
  const orders = table("sales.orders", { schema: Row, writtenBy: "tasks" });
  const costs = table("sales.costs", { schema: Row, writtenBy: "tasks" });
  const files = externalTable("raw.files", { at: join(folder, "raw/*.csv"), onBadRows: "skip-and-tell" });
  const finance = mart("finance", {
    description: "What finance reads",
    owner: "ada",
    readers: ["finance-team"],
    tables: {
      people: sql`select id, customer from ${orders} where region = 'EU'`,
      regions: sql`select region, count(*) as n from ${orders} group by all`,
      copied: sql`select * from ${files}`,
      broken: sql`select cast(margin as integer) as margin from ${orders}`,
      bound: sql`select no_such_column from ${orders}`,
      monthly: { sql: sql`select id from ${orders}`, materialize: "table" },
    },
  });
  const other = mart("desk", { readers: ["desk"], tables: { costs } });
  return buildManifest("shop", [describeModule(folder, join(folder, "pipeline.ts"), { orders, costs, files, finance, other })]);
}

/** Its tables in the lake; one of a mart has a tag, and a branch with a row of its own. */
export async function makeMartTables(lake: Lake): Promise<void> {
  const some: [string, Column[], object[]][] = [["sales.orders", columns, rows], ["sales.costs", columns, rows], ["finance.monthly", columns.slice(0, 1), rows.map(({ id }) => ({ id }))]];
  for (const [name, of, records] of some) {
    const writer = await (await lake.createTable({ name, columns: of, partitionBy: [] })).writer();
    await writer.add(batchOf(of, records));
    await writer.commit({ advance: [] });
    await writer.close();
  }
  const monthly = await lake.table("finance.monthly");
  await monthly.createBranch("draft");
  await monthly.createTag("closed");
  await (await monthly.append({ files: [await stagedRows(monthly, "select 4::bigint as id")], attempt: "main", summary: { "millrace.inputs": '{"sales.orders":"1"}' } })).publish();
  await (await monthly.append({ files: [await stagedRows(monthly, "select 99::bigint as id")], attempt: "draft", branch: "draft" })).publish();
}
