import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { sqlText } from "../lake/duckdb.ts";
import { anyOrder, isRowByRow } from "./row-order.ts";
import { parseTree } from "./statement-gate.ts";

let instance: DuckDBInstance;
let connection: DuckDBConnection;

beforeAll(async () => {
  instance = await DuckDBInstance.create(":memory:", { threads: "4" });
  connection = await instance.connect();
});
afterAll(() => {
  connection.closeSync();
  instance.closeSync();
});

async function rowByRow(sql: string): Promise<boolean> {
  const [[text]] = await (await connection.run(`select json_serialize_sql(${sqlText(sql)})`)).getRows();
  return isRowByRow(parseTree(String(text)));
}

test.each([
  "select a, upper(b) as b from t where a > 1",
  "select * from flatten(apply_mapping(t, [['a', 'long', 'b', 'long']]))",
  "select a, unnest(b) from t join u using (id) order by a",
  "with x as (select a from t) select * from x union all select b from u",
  "select list_transform(a, lambda x: x + 1) from t",
])("what is made of each row alone: %s", async (sql) => {
  expect(await rowByRow(sql)).toBe(true);
});

test.each([
  "select * from t limit 3",
  "select * from (select * from t limit 10%)",
  "select a, first(b) from t group by a",
  "select LIST(b) from t",
  "select row_number() over () from t",
  "select a from t qualify rank() over (order by b) = 1",
  "select distinct on (a) * from t",
  "select * from t using sample 3",
  "select * from t positional join u",
  "select * from t pivot (max(b) for a in (1))",
  "select * from relationalize(t)",
  "select * from flatten(pivot_table(t, 'a', 'b', [1], 'first'))",
  "select a from t where b in (select b from u limit 1)",
])("what can depend on the order of rows: %s", async (sql) => {
  expect(await rowByRow(sql)).toBe(false);
});

test("an order that the statement asks for stands, however many threads write", async () => {
  const folder = await mkdtemp(join(tmpdir(), "millrace-order-"));
  const path = join(folder, "rows.parquet");
  await connection.run(anyOrder);
  await connection.run(`copy (select c0 as n from (select (i * 7919) % 600000 as n from range(600000) t(i) order by n desc) as x(c0)) to ${sqlText(path)} (format parquet, row_group_size 20000)`);
  const unsorted = await connection.run(`select count(*) from read_parquet(${sqlText(path)}, file_row_number = true) where n <> 599999 - file_row_number`);
  expect(await unsorted.getRows()).toEqual([[0n]]);
  await rm(folder, { recursive: true });
});
