import { DuckDBInstance } from "@duckdb/node-api";
import { beforeAll, expect, test } from "vitest";
import { MillraceError } from "../errors.ts";
import { allowedFunctions, allowedTableFunctions, syntaxFunctions } from "./allowed-functions.ts";
import { checkSqlText } from "./sql-text.ts";
import { gateStatement, parseTree } from "./statement-gate.ts";

let query: (sql: string, value?: string) => Promise<string[]>;

beforeAll(async () => {
  const connection = await (await DuckDBInstance.create(":memory:")).connect();
  query = async (sql, value) => {
    const statement = await connection.prepare(sql);
    if (value !== undefined) statement.bindVarchar(1, value);
    return (await (await statement.run()).getRows()).map(([first]) => String(first));
  };
});

/** What the statement reads, or the code that it is refused with. */
async function judged(sql: string): Promise<string[] | string> {
  try {
    checkSqlText(sql);
    const [text] = await query("select json_serialize_sql($1::varchar)", sql);
    return gateStatement(sql, parseTree(text)).map(({ namespace, name }) => (namespace === undefined ? name : `${namespace}.${name}`));
  } catch (error) {
    if (error instanceof MillraceError) return error.code;
    throw error;
  }
}

test("what a statement reads is found wherever it stands", async () => {
  const reads: [string, string[]][] = [
    ["select 1", []],
    ["select * from a.b", ["a.b"]],
    ["select * from A.b, a.B", ["A.b"]],
    ["table a.b", ["a.b"]],
    ["from a.b", ["a.b"]],
    ["values (1), ((select max(x) from a.b))", ["a.b"]],
    ["describe a.b", ["a.b"]],
    ["summarize a.b", ["a.b"]],
    ["describe select * from a.b", ["a.b"]],
    ["select p from pii p", ["pii"]],
    ["select columns('s.*') from a.b", ["a.b"]],
    ["select #1 from a.b", ["a.b"]],
    ["select * from a.b pivot (sum(x) for y in (1, 2))", ["a.b"]],
    ["select * from (unpivot a.b on x, y)", ["a.b"]],
    ["select * from topics.orders", ["topics.orders"]],
    ["select * from topics.orders.large", ["topics.orders.large"]],
    ['select * from topics."orders-v2.dlq"', ["topics.orders-v2.dlq"]],
    ["select (select (select max(x) from a.b)) where exists (from c.d) or 1 in (from e.f)", ["a.b", "c.d", "e.f"]],
    ["select * from a.b semi join c.d using (x) order by (select 1 from e.f) limit (select 2 from g.h)", ["a.b", "c.d", "e.f", "g.h"]],
    ["select sum(x) over (partition by (select 1 from a.b)) filter (where exists (from c.d)) from e.f", "MR-SQL-001" as unknown as string[]],
    ["select sum(x) filter (where exists (from c.d)) over (partition by (select 1 from a.b)) from e.f", ["e.f", "c.d", "a.b"]],
    ["select * from range((select max(x) from a.b))", ["a.b"]],
    ["select list_transform([1], x -> x + (select max(y) from a.b))", ["a.b"]],
    ["with a as (from a) select * from a", ["a"]],
    ["with a as (select 1), b as (from a) from b", []],
    ["with recursive t as (select 1 n union all select n from t) from t", []],
    ["select (with x as (select 1) from x), y from x", ["x"]],
    ["select 1 union all select 2 from a.b except select 3 from c.d", ["a.b", "c.d"]],
    ["select case when x then 1 else (select 2 from a.b) end, cast(x as integer[]), x::struct(a int), x[1:2], x.y, interval 1 day, date '2001-01-01', current_date, a between 1 and 2, a is not distinct from b, not a, a similar to 'b', 'a' collate nocase, grouping(a), extract(year from d), d at time zone 'UTC', {'a': [1]}, map {'a': 1}, try(x), coalesce(a, b), if(a, b, c), 1e400 from c.d group by cube(a, b)", ["c.d", "a.b"]],
  ];
  for (const [sql, wanted] of reads) {
    const found = await judged(sql);
    expect([sql, typeof found === "string" ? found : found.toSorted()]).toEqual([sql, typeof wanted === "string" ? wanted : wanted.toSorted()]);
  }
});

const refused = [
  // Writing, settings, other databases, extensions.
  "copy (select 1) to 'x.csv'", "copy a.b from 'x.csv'", "export database 'x'", "insert into a.b values (1)", "create table x (a int)", "create macro lower(x) as 'pwned'",
  "create or replace temp macro lower(x) as 'pwned'", "attach ':memory:' as m", "detach memory", "use memory", "load httpfs", "install httpfs", "set lock_configuration = false", "reset all",
  "pragma version", "call enable_logging('QueryLog', storage='file')", "create secret (type s3)", "checkpoint", "vacuum", "prepare a as select 1", "execute a", "explain select 1", "begin", "drop table a.b",
  "update a.b set x = 1", "delete from a.b", "truncate a.b", "alter table a.b add column x int", "select 1; select 2", "select 1; drop table t", "pivot a.b on x", "merge into a.b using c.d on true when matched then delete",
  // Reading past the tables.
  "select * from read_text('/etc/passwd')", "select * from read_csv('x')", "select * from read_parquet('x')", "select * from parquet_scan('x')", "select * from read_json('x')", "select * from read_blob('/*')",
  "select * from glob('/*')", "select * from sniff_csv('x')", "select * from parquet_metadata('x')", "select * from '/etc/passwd'", "select * from 'x.csv'", 'select * from "file:///x"', "select * from 'https://x/y.parquet'",
  "select * from duckdb_columns()", "select * from duckdb_settings()", "select * from duckdb_secrets()", "select * from duckdb_logs()", "select * from pragma_table_info('a')", "select * from which_secret('a', 's3')",
  "select * from query('select 1')", "select * from query_table('a.b')", "select * from json_execute_serialized_sql('x')", "select * from system.main.read_text('/etc/passwd')", "select * from test_all_types()",
  "select * from millrace_topic_0()", "select * from system.main.range(1)", "select * from (select * from read_text('x'))", "with x as (from read_text('x')) select 1", "select 1 where exists (from read_text('x'))",
  "select * from range((select count(*) from read_text('x')))", "select [x for x in (select content from read_text('x'))]", "select * from sql_auto_complete('s')", "select * from repeat_row(1, num_rows := 5)",
  // Functions that tell, sleep, run or crash.
  "select getenv('HOME')", "select current_setting('temp_directory')", "select getvariable('a')", "select error('x')", "select json_structure('[]')", "select json_transform('{}', '{}')", "select from_json('{}', '{}')",
  "select json_serialize_sql('select 1')", "select json_serialize_plan('select 1')", "select json_deserialize_sql('x')", "select sleep_ms(1)", "select pg_sleep(1)", "select nextval('x')", "select setseed(0.5)", "select write_log('x')",
  "select version()", "select current_query()", "select txid_current()", "select stats(1)", "select pg_catalog.lower('A')", "select x.main.lower('A')", "select no_such_function(1)",
  "select sum(getenv('x')) over ()", "select list_transform(['a'], x -> getenv(x))", "select * from a.b order by getenv('x')", "select * from a.b limit (select getenv('x'))", "select * from a.b qualify getenv('x') = 1",
  "select * from a.b where getenv('x') = 1", "select * from a.b group by getenv('x')", "select * from a.b join c.d on getenv('x') = 1", "select any_value(x order by getenv('y')) from a.b", "select any_value(x) filter (where getenv('x') = 1) from a.b",
  "select case when getenv('x') = 1 then 1 end", "values (getenv('x'))", "select {'a': getenv('x')}", "select * replace (getenv('x') as y) from a.b", "select columns(c -> getenv(c) = '') from a.b", "with x as (select getenv('a')) select 1",
  // Shape.
  "select $1", "select ?", "select $name", "show tables", "show all tables", "select * from a.b at (version => x)", "select * from a.b at (version => 1 + 1)", "select * from a.b at (version => 1.5)", "select * from a.b at (timestamp => now())", "select * from a.b at (timestamp => 'yesterday')", "select * from a.b at (version => (select max(x) from a.b))", "select * from topics.orders at (version => 1)", "with x as (select 1) select * from x at (version => 1)", `select ${"1+".repeat(300)}1`, `select 1${" union all select 1".repeat(300)}`,
  `select ${"(".repeat(300)}1${")".repeat(300)}`, `select '${"x".repeat(65_536)}'`, `select ${"[".repeat(300)}${"]".repeat(300)}`, `select ${Array.from({ length: 300 }, () => "(select 1)").join(", ")}`, `select ${"not ".repeat(900)}true`,
];

test("what is not a plain read of tables is refused", async () => {
  for (const sql of refused) expect([sql, await judged(sql)]).toEqual([sql, "MR-SQL-002"]);
});

test("what is no statement is said to be none", async () => {
  for (const sql of ["", "  ", "-- nothing", ";", "selec", "select 1 +", "select 'open", 'select "a\u0000b"', "select \u0007", "select '\ud800'", "'; drop table t;--", "select * from topics.a.b.c", "select * from a.b where"]) {
    expect([sql, await judged(sql)]).toEqual([sql, "MR-SQL-001"]);
  }
});

test("other databases and the engine's own catalog do not exist", async () => {
  expect(await judged("select * from memory.main.x")).toBe("MR-SQL-003");
  expect(await judged("select * from system.information_schema.tables")).toBe("MR-SQL-003");
  // Those with two parts or one are references like others, which nobody resolves.
  expect(await judged("select * from information_schema.tables")).toEqual(["information_schema.tables"]);
  expect(await judged("select * from sqlite_master")).toEqual(["sqlite_master"]);
});

test("every function on the list is one that the engine has", async () => {
  const known = new Set(await query("select distinct lower(function_name) from duckdb_functions()"));
  const missing = [...allowedFunctions, ...allowedTableFunctions].filter((name) => !known.has(name) && !syntaxFunctions.has(name));
  expect(missing).toEqual([]);
});

test("no function on the list looks like one that reads, sets or runs", () => {
  const suspicious = /^(read_|write|query|pragma|duckdb_|pg_(?!typeof)|current_(setting|user|query|schema|database|role)|getvar|getenv|sleep|glob$|sniff|copy|export|import|load|install|enable|disable|checkpoint|secret|nextval|currval|setseed|error$)|_sql$|secret|variable/;
  expect([...allowedFunctions, ...allowedTableFunctions].filter((name) => suspicious.test(name))).toEqual([]);
});
