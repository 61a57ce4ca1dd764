import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { DuckDBInstance } from "@duckdb/node-api";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startMillrace } from "../../supervisor/up.ts";
import { Client } from "../client.ts";
import { runCliProcess } from "../testing.ts";

/**
 * Needs `dbt` with dbt-duckdb; MILLRACE_DBT names it. A project is built by dbt and, imported, by Millrace, and every table
 * is compared row by row: once from nothing, once after its data has changed.
 */
const dbt = process.env.MILLRACE_DBT ?? "dbt";
const repository = fileURLToPath(new URL("../../../", import.meta.url));

let root: string;
const shop = (): string => join(root, "shop");
const imported = (): string => join(root, "imported");
const database = (): string => join(root, "shop.duckdb");

beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), "millrace-dbt-"));
  await cp(join(repository, "test/fixtures/dbt-shop"), shop(), { recursive: true });
  const { code, stderr } = await runCliProcess(["import", "dbt", shop(), "--into", imported()]);
  expect(code, stderr).toBe(0);
  await mkdir(join(imported(), "node_modules"));
  await symlink(repository, join(imported(), "node_modules/millrace"));
});
afterAll(() => rm(root, { recursive: true, force: true }));

async function runDbt(...args: string[]): Promise<void> {
  const env = { ...process.env, DBT_SHOP_DATABASE: database(), DBT_SEND_ANONYMOUS_USAGE_STATS: "false", DO_NOT_TRACK: "1" };
  await promisify(execFile)(dbt, [...args, "--profiles-dir", shop(), "--project-dir", shop(), "--quiet"], { env, cwd: shop() }).catch((error: { stdout: string }) => {
    throw new Error(error.stdout);
  });
}

/** Both build: seeds first, for dbt does not know that they fill the sources. */
async function buildBoth(): Promise<void> {
  await runDbt("seed");
  await runDbt("build", "--exclude", "resource_type:seed");
  const { code, stdout, stderr } = await runCliProcess(["run", "*.*"], { cwd: imported() });
  expect(code, stdout + stderr).toBe(0);
}

interface Relation {
  name: string;
  columns: string[];
}

/** Columns of snapshots that say when they were made, and digests of these. */
const ofTheirMaking = ["dbt_scd_id", "dbt_updated_at"];

/** A statement whose rows compare as texts. Times without a zone are in UTC; those after the data are the builds' own. */
function rowsSql({ name, columns }: Relation): string {
  const text = (column: string): string => `regexp_replace(cast("${column}" as varchar), '\\+00$', '')`;
  const texts = columns.map((column) => (column.startsWith("dbt_valid") ? `case when "${column}" > timestamp '2026-02-01' then 'now' else ${text(column)} end` : text(column)));
  return `select ${texts.join(", ")} from ${name} order by all`;
}

async function dbtRelations(): Promise<[Relation, unknown[][]][]> {
  const instance = await DuckDBInstance.create(database(), { access_mode: "READ_ONLY" });
  const connection = await instance.connect();
  try {
    const all = async (sql: string): Promise<unknown[][]> => (await connection.runAndReadAll(sql)).getRowsJson();
    const tables = await all("select table_schema, table_name, list(column_name order by ordinal_position) from information_schema.columns where table_catalog = 'shop' group by all order by all");
    const relations: [Relation, unknown[][]][] = [];
    for (const [schema, table, columns] of tables) {
      const relation = { name: `"${schema}"."${table}"`, columns: (columns as string[]).filter((column) => !ofTheirMaking.includes(column)) };
      relations.push([relation, await all(rowsSql(relation))]);
    }
    return relations;
  } finally {
    connection.closeSync();
    instance.closeSync();
  }
}

async function compareAll(): Promise<string[]> {
  const millrace = await startMillrace({ projectFolder: imported(), dataFolder: join(imported(), ".millrace"), port: 0, inProcess: true, stages: false, dags: "asked" });
  try {
    const client = new Client(millrace);
    const relations = await dbtRelations();
    for (const [relation, rows] of relations) {
      const { rows: ours } = await client.sql({ sql: rowsSql(relation) });
      expect(ours, relation.name).toEqual(rows);
    }
    return relations.map(([{ name }]) => name.replaceAll('"', ""));
  } finally {
    await millrace.close();
  }
}

/** In both projects. */
async function change(file: string, edit: (text: string) => string): Promise<void> {
  for (const folder of [shop(), imported()]) {
    const path = join(folder, file);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, edit(await readFile(path, "utf8")));
  }
}

const tables = ["main.customer_channels", "main.daily_totals", "main.latest_orders", "main.order_log", "main.order_totals", "main_history.customer_versions", "main_history.product_versions", "main_people.dim_customers", "main_raw.customers", "main_raw.order_lines", "main_raw.orders", "main_raw.products", "main_staging.orders_clean", "main_staging.stg_customers", "main_staging.stg_products"];

test("an imported project builds the rows that dbt builds, from nothing and upon what is there", { timeout: 300_000 }, async () => {
  await buildBoth();
  expect(await compareAll()).toEqual(tables);
  await change("seeds/customers.csv", (text) => `${text.replace("New York,2026-01-01 09:30:00", "Boston,2026-01-04 12:00:00").replace(/^5,.*\n/m, "")}6,Mary Shelley,London,2026-01-05 07:00:00\n`);
  await change("seeds/orders.csv", (text) => `${text.replace(/^101,.*\n/m, "")}106,2,2026-01-03 15:00:00,store,placed\n107,6,2026-01-04 10:00:00,web,placed\n`);
  await change("seeds/order_lines.csv", (text) => `${text}106,1,120,50,105\n107,1,012,1,999\n`);
  await change("seeds/products.csv", (text) => `${text.replace("007,Kettle", "007,Blue kettle").replace("012,Cup,0.3\n", "")}200,Plate,0.4\n`);
  await buildBoth();
  expect(await compareAll()).toEqual(tables);
});
