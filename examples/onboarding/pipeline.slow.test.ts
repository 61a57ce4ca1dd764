import { readFileSync } from "node:fs";
import { appendFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { ReleasePlan, RunDetail, RunView } from "../../src/server/dag-control.ts";
import { MillraceProcess, until } from "../../test/support/millrace-process.ts";
import { type TemporaryProject, temporaryProject } from "../../test/support/temporary-project.ts";
import { grow } from "./grow.ts";

/* The shop's folders grow, change and break while Millrace runs; its tables are held against DuckDB reading the raw files. */

const here = fileURLToPath(new URL(".", import.meta.url));
let project: TemporaryProject;
let millrace: MillraceProcess;
let raw: string;
const duckdb = await DuckDBInstance.create(":memory:");
const connection = await duckdb.connect();

beforeAll(async () => {
  // It runs when the test says so.
  project = temporaryProject(Object.fromEntries(["pipeline.ts", "models.pipeline.ts", "millrace.config.ts"].map((file) => [file, readFileSync(join(here, file), "utf8").replace('every: "1m",', "")])));
  raw = join(project.folder, "raw");
  await grow(raw, 1);
  millrace = await MillraceProcess.start(project.folder, project.data);
});
afterAll(async () => {
  await millrace?.stop();
  project?.remove();
  connection.closeSync();
});

const json = async <T>(answer: Promise<Response>): Promise<T> => {
  const response = await answer;
  const text = await response.text();
  if (!response.ok) throw new Error(text);
  return JSON.parse(text) as T;
};
const sql = async (text: string) => (await json<{ rows: unknown[][] }>(millrace.post("/api/v1/sql", { sql: text }))).rows;
const plan = () => json<ReleasePlan>(millrace.post("/api/v1/releases/apply", { dryRun: true }));

async function run(dag: string): Promise<RunDetail> {
  const { id } = await json<RunView>(millrace.post(`/api/v1/dags/${dag}/runs`, {}));
  const look = () => json<RunDetail>(millrace.request(`/api/v1/runs/${id}`));
  await until(async () => !["queued", "running"].includes((await look()).state));
  return look();
}
const ends = ({ tasks }: RunDetail) => tasks.map(({ task, state, error }) => `${task}: ${error ? `${error.code} ${error.what}` : state}`).sort();

async function expected(text: string): Promise<unknown[][]> {
  const csv = `read_csv('${raw}/orders/*.csv', delim = ';', decimal_separator = ',', union_by_name = true, ignore_errors = true)`;
  const ndjson = `read_json('${raw}/visits/*', format = 'newline_delimited', columns = {id: 'BIGINT', user: 'STRUCT(id BIGINT, country VARCHAR)', spent: 'DOUBLE', items: 'STRUCT(sku VARCHAR, units BIGINT)[]'})`;
  const parquet = `read_parquet('${raw}/stock/*/*.parquet', hive_partitioning = true)`;
  return (await connection.runAndReadAll(text.replaceAll("shop.orders", csv).replaceAll("shop.visits", ndjson).replaceAll("shop.stock", parquet))).getRowsJson();
}
const texts = (rows: unknown[][]) => rows.map((row) => row.map(String));

const questions = [
  "select count(*), sum(amount)::decimal(18, 2)::varchar, min(placed)::varchar, max(placed)::varchar, count(distinct customer) from shop.orders",
  "select \"user\".country, count(*), sum(spent), sum(len(items)) from shop.visits group by all order by 1",
  "select day::varchar, sku, units from shop.stock order by all",
];

async function same(): Promise<void> {
  for (const question of questions) expect(texts(await sql(question)), question).toEqual(texts(await expected(question)));
}

test("a plan shows what would be found and loaded, and nothing is there before it is", async () => {
  const [source] = (await plan()).sources;
  expect(source).toMatchObject({ name: "shop", at: "raw", error: null });
  expect(source.tables.map(({ into, format, files, partitionColumns, load }) => [into, format, files, partitionColumns, load.newFiles])).toEqual([
    ["shop.orders", "csv", 1, [], 1],
    ["shop.stock", "parquet", 1, ["day: date"], 1],
    ["shop.visits", "json in gzip", 1, [], 1],
  ]);
  expect(source.tables[0].columns.map(({ name, type }) => `${name} ${type}`)).toEqual(["_file string", "order long", "customer string", "country string", "amount double", "placed date"]);
  expect((await json<{ entries?: unknown[] }>(millrace.request("/api/v1/crawls"))) as unknown).toMatchObject({ crawls: [] });
});

test("folders that grow, change and break become tables that hold what DuckDB reads from them", async () => {
  expect(ends(await run("shop"))).toEqual(["changes: success", "crawl: success", "tables.load: success", "tables.load: success", "tables.load: success"]);
  await same();
  await grow(raw, 2);
  await grow(raw, 3);
  await appendFile(join(raw, "orders/2026-01-01.csv"), "1999;late;NL;9,99;2026-01-01\n");
  const change = (await plan()).sources[0].tables[0];
  expect(change.load).toMatchObject({ newFiles: 2, changedFiles: 1 });
  expect(change.columns.filter(({ change }) => change !== null)).toEqual([{ name: "coupon", type: "string", change: "added" }]);
  await run("shop");
  await same();
  expect(await sql("select coupon, count(*) from shop.orders group by all order by all")).toEqual([["WINTER", 8], [null, 113]]);
  // A file that breaks keeps what was loaded of it.
  const before = await sql("select count(*) from shop.visits");
  await writeFile(join(raw, "visits/2026-01-03.ndjson.gz"), "not packed at all\u0000");
  await run("shop");
  expect(await sql("select count(*) from shop.visits")).toEqual(before);
  await grow(raw, 3);
  await run("shop");
  await same();
  const idle = await run("shop");
  expect(ends(idle)).toEqual(["changes: success", "crawl: success", "tables.load: skipped"]);
});

test("models read the loaded tables, nested ones among them, and are built when these are loaded", async () => {
  await until(async () => (await sql("select sum(orders)::int from marts.revenue").catch(() => []))[0]?.[0] === 121);
  expect(texts(await sql("select country, orders, amount::varchar from marts.revenue order by 1"))).toEqual(texts(await expected("select country, count(*), sum(amount)::decimal(18, 2)::varchar from shop.orders group by all order by 1")));
  await until(async () => (await sql("select sum(visits)::int from marts.visitors").catch(() => []))[0]?.[0] === 90);
  expect(texts(await sql("select country, visits, spent from marts.visitors order by 1"))).toEqual(texts(await expected("select \"user\".country, count(*), round(sum(spent), 2) from shop.visits group by all order by 1")));
  const looked = "select unnested.sku, sum(unnested.units)::int from (select unnest(items) as unnested from shop.visits) group by all order by 1";
  await until(async () => JSON.stringify(await sql("select sku, wanted::int from marts.wanted order by 1").catch(() => [])) === JSON.stringify((await expected(looked)).map(([sku, units]) => [sku, Number(units)])));
  expect((await sql("select in_stock from marts.wanted where sku = 'lamp'"))[0][0]).toBe(97);
});
