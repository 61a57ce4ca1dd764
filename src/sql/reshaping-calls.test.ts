import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DuckDBInstance } from "@duckdb/node-api";
import { icebergTypeOf } from "../lake/duckdb-type.ts";
import { afterAll, beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { applyMapping, flatten, pivot, relationalize, resolveChoice, type Sql, sql, table, unpivot } from "../index.ts";
import { required, trim, wrangle } from "../wrangle/index.ts";
import { datasetsOf, resolveFrom } from "./sql-for-tests.ts";
import { SqlRunner } from "./sql-runner.ts";

const runner = new SqlRunner({ statementsPerProcess: 1_000 });
let folder: string;
let resolve: ReturnType<typeof resolveFrom>;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "millrace-reshaping-"));
  const path = join(folder, "orders.parquet");
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  await connection.run(`copy (select * from (values
    (1, {'name': 'ann', 'at': {'city': 'Oslo'}}, [{'sku': 'a', 'n': 2}, {'sku': 'b', 'n': 1}], '5'),
    (2, {'name': 'bob', 'at': null}, [], '"x"')) as t(id, buyer, lines, mixed)) to '${path}' (format parquet)`);
  connection.closeSync();
  instance.closeSync();
  const columns = [
    { name: "id", type: icebergTypeOf("INTEGER") },
    { name: "buyer", type: icebergTypeOf("STRUCT(name VARCHAR, at STRUCT(city VARCHAR))") },
    { name: "lines", type: icebergTypeOf("STRUCT(sku VARCHAR, n INTEGER)[]") },
    { name: "mixed", type: icebergTypeOf("VARCHAR") },
  ];
  resolve = resolveFrom(datasetsOf({ "raw.orders": { kind: "table", columns, files: [{ path }] }, "raw.flat": { kind: "view", sql: "select * from flatten(raw.orders)" } as never }));
});
afterAll(() => Promise.all([runner.close(), rm(folder, { recursive: true })]));

const Order = z.object({ id: z.int(), buyer: z.object({ name: z.string(), at: z.object({ city: z.string() }).nullable() }), lines: z.array(z.object({ sku: z.string(), n: z.int() })), mixed: z.unknown() });
const orders = table("raw.orders", { schema: Order, writtenBy: "tasks" });
const rowsOf = async (statement: Sql | string) => (await runner.run({ sql: typeof statement === "string" ? statement : statement.text, resolve })).rows;

test("what is written in TypeScript and what is written in SQL are one", async () => {
  const expected = [[1, "ann", "Oslo"], [2, "bob", null]];
  expect(await rowsOf(sql`select id, "buyer.name", "buyer.at.city" from ${flatten(orders)} order by id`)).toEqual(expected);
  expect(await rowsOf('select id, buyer_name, buyer_at_city from flatten(raw.orders, separator := \'_\') order by id')).toEqual(expected);
  const lines = relationalize(orders, { key: ["id"] });
  expect(await rowsOf(sql`select r.id, l."lines.val.sku", l.index from ${lines} as r join ${lines.table("lines")} as l on r.lines = l.id order by all`)).toEqual([[1, "a", 0], [1, "b", 1]]);
  expect(await rowsOf(sql`select * from ${applyMapping(orders, [["id", "int", "order.id", "long"], { from: "buyer.at.city", to: "place" }])} order by all`)).toEqual([[{ id: 1 }, "Oslo"], [{ id: 2 }, null]]);
  expect(await rowsOf(sql`select mixed_long, mixed_string from ${resolveChoice(orders, { mixed: { makeColumns: ["long", "string"] } })} order by id`)).toEqual([[5, null], [null, "x"]]);
});

test("steps run over rows, with their rejects and their report", async () => {
  const clean = wrangle(flatten(orders), trim("buyer.name"), required("buyer.at.city"));
  expect(await rowsOf(sql`select id, "buyer.at.city" from ${clean}`)).toEqual([[1, "Oslo"]]);
  expect(await rowsOf(sql`select step, rule, reason, row->>'id' from ${clean.rejected}`)).toEqual([[2, "required", '"buyer.at.city" is missing', "2"]]);
  expect(await rowsOf(sql`select rule, rows_in, rows_out, rejected from ${clean.report} where "column" is null order by step`)).toEqual([["trim", 2, 2, 0], ["required", 2, 1, 1]]);
  expect(await rowsOf("select id from wrangle(raw.orders, [{'kind': 'required', 'columns': ['buyer']}], part := 'rows') order by id")).toEqual([[1], [2]]);
});

test("calls nest, read SELECTs and common table expressions, and stand in them", async () => {
  expect(await rowsOf(sql`select "lines.val.n" from ${relationalize(sql`select * from ${orders} where id = ${1}`).table("lines")} order by 1`)).toEqual([[1], [2]]);
  const flat = flatten(orders, { depth: 1 });
  expect(await rowsOf(sql`select * from ${unpivot(flat, { columns: ["id"], name: "what" })} where what = 'id' order by value`)).toHaveLength(2);
  expect(await rowsOf(sql`with one as (select id, buyer from ${orders}), two as (from flatten(one)) select * from (select * from flatten(two)) as x(a, b, c) where a = 1`)).toEqual([[1, "ann", "Oslo"]]);
  expect(await rowsOf(sql`select * from ${pivot(orders, { names: "id", values: [1, 3], value: "mixed", aggregate: "count", rows: [] })}`)).toEqual([[1, 0]]);
  expect(await rowsOf("select * from pivot_table((select 'a' as k, 1 as v, 2 as r), 'k', 'v', ['a', 'b'], 'sum')")).toEqual([[2, 1, null]]);
  expect(await rowsOf("select 2e0, typeof(2e0), id from flatten(raw.orders) where id > 1e0")).toEqual([[2, "DOUBLE", 2]]);
  expect(await rowsOf(sql`select count(*) from flatten((select 9223372036854775807 as big, 0.1::decimal(38,20) as small, 1e300 as far)) where big = 9223372036854775807`)).toEqual([[1]]);
});

test("a call stands in a view, and reads one", async () => {
  expect(await rowsOf('select id, "buyer.at.city" from raw.flat order by id')).toEqual([[1, "Oslo"], [2, null]]);
  expect(await rowsOf("select count(*) from relationalize(raw.flat, 'lines')")).toEqual([[2]]);
});

test("the lineage goes through a call in a view", async () => {
  const { lineage } = await runner.run({ sql: 'select "buyer.name" as who, lines from flatten(raw.flat)', resolve, lineage: true });
  expect(lineage).toMatchObject({ known: true, outputs: [{ name: "who", inputs: [{ dataset: "raw.orders", column: "buyer" }] }, { name: "lines", inputs: [{ dataset: "raw.orders", column: "lines" }] }] });
});

test("what a call reads passes the gate, and a call that cannot be says where", async () => {
  const refused = [
    ["select * from flatten((select * from read_csv('/etc/passwd')))", "MR-SQL-002"],
    ["select * from flatten('/etc/passwd')", "MR-WRANGLE-001"],
    ["select * from flatten(\"/etc/passwd.csv\")", "MR-SQL-002"],
    ["select * from flatten()", "MR-WRANGLE-001"],
    ["select * from flatten(raw.none)", "MR-SQL-003"],
    ["select * from flatten(raw.orders, deepth := 1)", "MR-WRANGLE-001"],
    ["select * from flatten(raw.orders, depth := getenv('HOME'))", "MR-WRANGLE-001"],
    ["select * from flatten(raw.orders, depth := (select 1))", "MR-WRANGLE-001"],
    ["select * from relationalize(raw.orders, 'line')", "MR-WRANGLE-001"],
    ["select * from unpivot_table(raw.orders)", "MR-WRANGLE-001"],
  ];
  for (const [statement, code] of refused) await expect(rowsOf(statement), statement).rejects.toMatchObject({ code });
  await expect(rowsOf("select 1,\n * from flatten(raw.orders, deepth := 1)")).rejects.toMatchObject({ parts: { where: "flatten, line 2, column 9", mend: "write depth := …" } });
});

test("a cast that does not fit fails by the column's name, or stands in the report", async () => {
  const mapping = [["mixed", "string", "n", "long"]] as const;
  await expect(rowsOf(sql`select * from ${applyMapping(orders, mapping)}`)).rejects.toMatchObject({ code: "MR-SQL-005", parts: { what: expect.stringContaining('column "n" holds a value that is no long') } });
  expect(await rowsOf(sql`select * from ${applyMapping(orders, mapping, { misfits: "quarantine" })} order by n`)).toEqual([[5, null], [null, [{ column: "n", type: "long", value: '"x"' }]]]);
});

test("records with objects and lists in them, which stand in a table as JSON text, open by the schema of the table", async () => {
  const path = join(folder, "quakes.parquet");
  const instance = await DuckDBInstance.create(":memory:");
  const connection = await instance.connect();
  const records = [{ properties: { mag: 1.5, more: { felt: 3 } }, at: [{ lon: 1 }, { lon: 2 }] }, { properties: { mag: null, extra: true }, at: [] }];
  const rows = records.map(({ properties, at }, i) => `(${i}, '${JSON.stringify(properties)}', '${JSON.stringify(at)}')`);
  await connection.run(`copy (select * from (values ${rows.join(", ")}) as t(id, properties, "at")) to '${path}' (format parquet)`);
  connection.closeSync();
  instance.closeSync();
  const columns = ["id", "properties", "at"].map((name, i) => ({ name, type: icebergTypeOf(i === 0 ? "INTEGER" : "VARCHAR") }));
  const source = resolveFrom(datasetsOf({ "raw.quakes": { kind: "table", columns, files: [{ path }] } }));
  const quakes = table("raw.quakes", { schema: z.object({ id: z.int(), properties: z.object({ mag: z.number().nullable(), more: z.object({ felt: z.int() }).optional() }), at: z.array(z.object({ lon: z.int() })) }), writtenBy: "tasks" });
  const run = async ({ text }: Sql) => (await runner.run({ sql: text, resolve: source })).rows;
  expect(await run(sql`select "properties.mag", "properties.more.felt" from ${flatten(quakes)} order by id`)).toEqual([[1.5, 3], [null, null]]);
  const tables = relationalize(quakes, { key: ["id"] });
  expect(await run(sql`select q.id, l.index, l."at.val.lon" from ${tables} as q left join ${tables.table("at")} as l on q."at" = l.id order by all`)).toEqual([[0, 0, 1], [0, 1, 2], [1, null, null]]);
  expect(await run(sql`select "at.val.lon" from ${relationalize(flatten(quakes), { key: ["id"] }).table("at")} order by 1`)).toEqual([[1], [2]]);
  expect(await run(sql`select * from ${applyMapping(quakes, [["properties.more.felt", "long", "felt", "string"]])} order by 1`)).toEqual([["3"], [null]]);
});
