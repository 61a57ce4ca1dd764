import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { mentionedNames } from "./mentioned-names.ts";
import { parseTree } from "./statement-gate.ts";

let instance: DuckDBInstance;
beforeAll(async () => {
  instance = await DuckDBInstance.create(":memory:");
});
afterAll(() => instance.closeSync());

async function names(sql: string): Promise<string[] | undefined> {
  const connection = await instance.connect();
  const statement = await connection.prepare("select json_serialize_sql($1::varchar)");
  statement.bindVarchar(1, sql);
  const [[text]] = await (await statement.run()).getRows();
  connection.closeSync();
  return mentionedNames(parseTree(String(text)))?.sort();
}

test("all names that could be columns are found, wherever they stand", async () => {
  expect(await names("select a, t.B + 1 as x from s.t where c > 1 group by d having max(e) > 0 order by f")).toEqual(["a", "b", "c", "d", "e", "f", "t"]);
  expect(await names("select count(*) from s.t")).toEqual([]);
  expect(await names("select s.t.a.inner from s.t join s.u using (k, l) where exists (select 1 from s.v where v.z = t.y)")).toEqual(["a", "inner", "k", "l", "s", "t", "v", "y", "z"]);
  expect(await names("with w as (select a from s.t) select sum(a) over (partition by b order by c) from w")).toEqual(["a", "b", "c"]);
});

test("nothing is said of statements that may use columns without naming them", async () => {
  const all = ["select * from s.t", "from s.t", "select t.* from s.t", "select columns('a.*') from s.t", "select t from s.t", "select x from s.t as x", "select a from s.t natural join s.u", "select b from s.t as x(b)", "describe s.t", "summarize s.t", "pivot s.t on a in ('x') using sum(b)", "select a, (select count(u) from s.u) from s.t", "select 1 from (select * exclude (a) from s.t)"];
  for (const sql of all) expect([sql, await names(sql)]).toEqual([sql, undefined]);
});
