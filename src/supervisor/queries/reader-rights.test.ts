import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type DuckDBConnection, DuckDBInstance } from "@duckdb/node-api";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { makeMartTables, martsProject } from "../../../test/support/marts-bed.ts";
import { MillraceError } from "../../errors.ts";
import { EmbeddedLog } from "../../log/embedded/embedded-log.ts";
import { directPort } from "../../log/embedded/port.ts";
import { LogService } from "../../log/embedded/service.ts";
import type { Manifest } from "../../model/manifest.ts";
import { tablesOfReader } from "../../model/marts/mart-decl.ts";
import { readByCalls } from "../../sql/reshaping-calls.ts";
import { checkSqlText } from "../../sql/sql-text.ts";
import { gateStatement, parseTree } from "../../sql/statement-gate.ts";
import { sqliteState } from "../../state/sqlite.ts";
import { ProjectData } from "../project-data.ts";

/* What statements of readers can name: the gate and the resolver as they stand before the engine, without its process. */

let data: ProjectData;
let manifest: Manifest;
let connection: DuckDBConnection;
const undo: (() => unknown)[] = [];

beforeAll(async () => {
  const folder = mkdtempSync(join(tmpdir(), "millrace-rights-"));
  const service = new LogService({ folder });
  const log = new EmbeddedLog(directPort(service, { name: "control", reads: ["*"], writes: ["*"], admin: true }));
  const state = await sqliteState(join(folder, "state.db"));
  data = new ProjectData({ log, state, dataFolder: folder, projectFolder: folder });
  manifest = martsProject(folder);
  await log.ensureTopic({ name: "orders", partitions: 1 });
  await makeMartTables(data.lake);
  const instance = await DuckDBInstance.create(":memory:");
  connection = await instance.connect();
  undo.push(() => log.close(), () => service.close(), () => data.lake.close(), () => state.close(), () => instance.closeSync(), () => rmSync(folder, { recursive: true }));
});
afterAll(async () => {
  for (const step of undo) await step();
});

async function textOf(sql: string, value: string): Promise<string> {
  const statement = await connection.prepare(sql);
  statement.bindVarchar(1, value);
  return String((await (await statement.run()).getRows())[0][0]);
}
const trees = { parse: async (sql: string) => parseTree(await textOf("select json_serialize_sql($1::varchar)", sql), true), print: (json: string) => textOf("select json_deserialize_sql($1::json)", json) };

interface Named {
  /** Null for a name that means nothing. */
  opened: (string | null)[];
  known: string[];
  error?: string;
}

/** What a statement of a reader finds. */
async function named(sql: string, audience = "finance-team"): Promise<Named> {
  try {
    checkSqlText(sql);
    const references = gateStatement(sql, await readByCalls(sql, await trees.parse(sql), trees));
    const { sources, known } = await data.resolver({ declared: manifest, only: tablesOfReader(manifest, audience) })(references, {});
    return { opened: sources.map((source) => (source === undefined ? null : source.kind === "result" ? "a result" : (source.dataset ?? "?"))), known };
  } catch (error) {
    if (error instanceof MillraceError) return { opened: [], known: [], error: `${error.code} ${error.parts.what}` };
    throw error;
  }
}
const mine = ["finance.bound", "finance.broken", "finance.copied", "finance.monthly", "finance.people", "finance.regions"];

test("names of the mart are found as any name is, those of others not", async () => {
  expect(await named("select * from finance.people, monthly, \"FINANCE\".\"Regions\"")).toEqual({ opened: ["finance.people", "finance.monthly", "finance.regions"], known: mine });
  expect(await named("from costs", "desk")).toEqual({ opened: ["desk.costs"], known: ["desk.costs"] });
  expect(await named("from finance.people", "desk")).toEqual({ opened: [null], known: ["desk.costs"] });
  expect(await named("from finance.people", "nobody")).toEqual({ opened: [null], known: [] });
});

test("what views of a mart read is found for them, and not for the statement", async () => {
  const resolve = data.resolver({ declared: manifest, only: tablesOfReader(manifest, "finance-team") });
  const reference = { namespace: "sales", name: "orders", parts: ["sales", "orders"], where: "line 1" };
  expect((await resolve([reference], {})).sources).toEqual([undefined]);
  expect((await resolve([reference], { inViews: true })).sources).toMatchObject([{ kind: "table", dataset: "sales.orders" }]);
});

const nameless = (told: unknown): string => JSON.stringify(told).replaceAll(/salez/gi, "sales").replaceAll(/orderz/gi, "orders");
test.each([
  ["select * from sales.orders", "select * from salez.orders"],
  ["select * from orders", "select * from orderz"],
  ['select * from "Sales"."ORDERS"', 'select * from "Salez"."ORDERS"'],
  ["select * from sales.orders at (version => 1)", "select * from salez.orders at (version => 1)"],
  ["select * from sales.orders at (timestamp => now())", "select * from salez.orders at (timestamp => now())"],
  ["from flatten(table sales.orders)", "from flatten(table salez.orders)"],
  ["describe sales.orders", "describe salez.orders"],
  ["summarize sales.orders", "summarize salez.orders"],
])("%s is told as what does not exist", async (forbidden, unknown) => {
  const [a, b] = await Promise.all([named(forbidden), named(unknown)]);
  expect(nameless(a)).toBe(nameless(b));
  expect(a.opened).toEqual(a.error ? [] : [null]);
});

test.each([
  "with people as (select * from sales.orders) select * from people",
  "with orders as (select 1 as a) select * from orders, sales.orders",
  "with recursive r as (select 1 as n union all select n + 1 from r, sales.orders where n < 3) select * from r",
  "select * from finance.people where id in (select id from sales.orders)",
  "select (select max(margin) from sales.orders) from finance.people",
  "select * from finance.people p, lateral (select * from sales.costs c where c.id = p.id)",
  "select * from finance.people union all select id, margin from sales.orders",
  "select * from finance.people, memory.sales.orders",
  "select * from main.orders",
  'select * from "sales.orders"',
  "pivot sales.orders on region using count(*)",
  'select * from topics."orders"',
  "select * from topics.orders",
  "select * from raw.files",
  "select * from desk.costs",
  "select * from information_schema.tables",
  "select * from pg_catalog.pg_views",
  "select * from sqlite_master",
  "select * from duckdb_views()",
  "select * from duckdb_columns()",
  "from query('select * from sales.orders')",
  "from query_table('sales.orders')",
  "select * from read_parquet('/**/*.parquet')",
  "select * from '/etc/passwd'",
  "select getenv('HOME')",
  "show tables",
  "show all tables",
  "attach '/tmp/x.db'",
  "copy finance.people to '/tmp/x.csv'",
])("%s finds nothing of others", async (statement) => {
  const { opened, known, error } = await named(statement);
  expect(opened.filter((dataset) => dataset !== null && !mine.includes(dataset))).toEqual([]);
  expect(error ?? opened.includes(null), statement).toBeTruthy();
  expect(known).toEqual(error ? [] : mine);
});

test("a statement of a reader names nothing but the mart, however it is put together", async () => {
  const name = fc.constantFrom("finance.people", "finance.monthly", "people", "finance.copied", "monthly", "Finance.People", 'finance."people"', '"Finance"."MONTHLY"', "finance.regions", "sales.orders", "orders", '"sales"."orders"', "SALES.Costs", "desk.costs", "costs", 'topics."orders"', "raw.files", "files", "main.orders", "memory.sales.orders", "information_schema.tables", "c", "d");
  const { statement } = fc.letrec<{ statement: string; from: string }>((tie) => ({
    from: fc.oneof(
      { maxDepth: 3 },
      { arbitrary: name, weight: 8 },
      name.map((each) => `${each} at (version => 1)`),
      { arbitrary: tie("statement").map((inner) => `(${inner})`), weight: 2 },
      fc.tuple(tie("from"), tie("from")).map(([a, b]) => `${a} as l cross join ${b} as r`),
      name.map((each) => `flatten(table ${each})`),
      name.map((each) => `query_table('${each.replaceAll("'", "")}')`),
    ),
    statement: fc.oneof(
      { maxDepth: 3 },
      { arbitrary: tie("from").map((from) => `select count(*) as n from ${from}`), weight: 3 },
      tie("from").map((from) => `from ${from}`),
      fc.tuple(fc.constantFrom("c", "d", "orders", "people", "costs"), tie("statement"), tie("statement")).map(([as, a, b]) => `with ${as} as (${a}) ${b}`),
      fc.tuple(tie("statement"), tie("statement")).map(([a, b]) => `(${a}) union all (${b})`),
      fc.tuple(name, tie("statement")).map(([from, inner]) => `select (select count(*) from (${inner})) as n from ${from}`),
    ),
  }));
  const kinds = { found: 0, missing: 0, refused: 0 };
  await fc.assert(
    fc.asyncProperty(statement, async (text) => {
      const { opened, known, error } = await named(text);
      expect(opened.filter((dataset) => dataset !== null && !mine.includes(dataset))).toEqual([]);
      expect(known.filter((name) => !mine.includes(name))).toEqual([]);
      kinds[error !== undefined ? "refused" : opened.includes(null) ? "missing" : "found"]++;
    }),
    { numRuns: 500, seed: 20261121 },
  );
  expect(Math.min(...Object.values(kinds)), JSON.stringify(kinds)).toBeGreaterThan(20);
}, 60_000);
