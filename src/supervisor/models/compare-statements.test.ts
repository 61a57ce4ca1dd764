import { DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import { compareStatements, type StatementTree } from "./compare-statements.ts";

const db = await (await DuckDBInstance.create(":memory:")).connect();
const treeOf = async (sql: string) => JSON.parse(String((await db.runAndReadAll(`select json_serialize_sql('${sql.replaceAll("'", "''")}')`)).getRows()[0][0])) as StatementTree;

test.each([
  ["select a, b from t", "SELECT a,\n b FROM t -- the same", "same"],
  ["select a, b from t", "select a, b, c from t", "columns-added"],
  ["select a, b from t", "select a, x + 1 as y, b from t", "columns-added"],
  ["select a, count(*) as n from t group by a", "select a, count(*) as n, max(b) as m from t group by a", "columns-added"],
  ["select a, b from t", "select b, a from t", "different"],
  ["select a, b from t", "select a from t", "different"],
  ["select a, b from t", "select a, b + 1 as b from t", "different"],
  ["select a from t", "select a from t where a > 1", "different"],
  ["select a from t", "select a, c from t join u using (a)", "different"],
  ["select distinct a from t", "select distinct a, b from t", "different"],
  ["select a, count(*) from t group by all", "select a, b, count(*) from t group by all", "different"],
  ["select a, count(*) from t group by 1", "select b, a, count(*) from t group by 1", "different"],
  ["select a from t union select a from u", "select a, b from t union select a, b from u", "different"],
  ["select a from t", "no statement", "different"],
])("%s, then %s: %s", async (before, after, change) => {
  expect(compareStatements(await treeOf(before), await treeOf(after))).toBe(change);
});
