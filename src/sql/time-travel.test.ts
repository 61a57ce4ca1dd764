import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { folderFiles } from "../files/folder.ts";
import { Lake } from "../lake/lake.ts";
import type { Column } from "../model/manifest.ts";
import { sqliteState } from "../state/sqlite.ts";
import type { StateStore } from "../state/store.ts";
import { batchOf, datasetsOf, resolveFrom, scratchFolder } from "./sql-for-tests.ts";
import { SqlRunner } from "./sql-runner.ts";
import { tableNow, tableSource } from "./table-source.ts";

const columns: Column[] = [{ name: "id", type: "integer", nullable: false }];
const wider: Column[] = [...columns, { name: "extra", type: "string", nullable: true }];

let scratch: Awaited<ReturnType<typeof scratchFolder>>;
let state: StateStore;
let lake: Lake;
const runner = new SqlRunner({ statementsPerProcess: 1_000 });
const versions: { id: bigint; at: number }[] = [];

const resolve = resolveFrom(datasetsOf({}, { tables: () => lake.tables(), openTable: async (name, at) => tableSource(await tableNow(lake, name), at) }));
const query = async (sql: string): Promise<unknown> => (await runner.run({ sql, resolve })).rows;
const codeOf = (sql: string): Promise<string> => query(sql).then(() => "", ({ code }) => code);

async function append(declared: Column[], records: object[]): Promise<void> {
  const table = await lake.createTable({ name: "sales.daily", columns: declared, partitionBy: [] });
  const writer = await table.writer();
  await writer.add(batchOf(declared, records));
  await writer.commit();
  await writer.close();
  const snapshot = await table.currentSnapshot();
  versions.push({ id: snapshot?.["snapshot-id"] as bigint, at: snapshot?.["timestamp-ms"] as number });
}

beforeAll(async () => {
  scratch = await scratchFolder();
  state = await sqliteState(join(scratch.folder, "state.db"));
  lake = new Lake({ files: folderFiles(join(scratch.folder, "lake")), state });
  await append(columns, [{ id: 1 }]);
  await append(wider, [{ id: 2, extra: "x" }]);
  await append(wider, [{ id: 3, extra: "y" }]);
});

afterAll(async () => {
  await runner.close();
  await lake.close();
  await state.close();
  await scratch.remove();
});

test("a version is read by its id, under the columns that it had", async () => {
  expect(await query(`from sales.daily at (version => ${versions[0].id})`)).toEqual([[1]]);
  expect(await query(`from sales.daily at (version => '${versions[1].id}') order by id`)).toEqual([[1, null], [2, "x"]]);
  expect(await query(`select sales.daily.id from sales.daily at (version => ${versions[0].id})`)).toEqual([[1]]);
});

test("a version is read by the time at which it was current", async () => {
  const iso = (ms: number): string => new Date(ms).toISOString();
  expect(await query(`select count(*) from sales.daily at (timestamp => timestamp '${iso(versions[1].at)}')`)).toEqual([[2]]);
  expect(await query(`select count(*) from sales.daily at (timestamp => '${iso(versions[2].at - 1).replace("Z", "+00:00")}')`)).toEqual([[2]]);
  expect(await query("select count(*) from sales.daily at (timestamp => date '2999-01-01')")).toEqual([[3]]);
  expect(await codeOf("select count(*) from sales.daily at (timestamp => date '1999-01-01')")).toBe("MR-LAKE-001");
});

test("a branch is read by its name", async () => {
  expect(await query("select count(*) from sales.daily at (version => 'main')")).toEqual([[3]]);
  expect(await codeOf("from sales.daily at (version => 'no such tag')")).toBe("MR-LAKE-001");
  expect(await codeOf("from sales.daily at (version => 1)")).toBe("MR-LAKE-001");
});

test("several versions stand beside one another, with constants that are kept to their last digit", async () => {
  const [first, second] = versions;
  expect(await query(`select id, 9223372036854775807 as big from sales.daily except select id, 9223372036854775807 from sales.daily at (version => ${second.id})`)).toEqual([[3, "9223372036854775807"]]);
  expect(await query(`select a.id, b.id from sales.daily as a at (version => ${first.id}) join sales.daily as b at (version => ${second.id}) on a.id < b.id`)).toEqual([[1, 2]]);
  expect(await query(`with daily as (from sales.daily at (version => ${first.id})) select count(*) from daily union all select count(*) from sales.daily`)).toEqual([[1], [3]]);
});

test("a view that reads a version and a statement that reads the table as it is each read their own", async () => {
  const first = `sales.daily at (version => ${versions[0].id})`;
  const views: Record<string, string> = { "v.then": `select id from ${first}`, "v.now": "select id from sales.daily", "v.full": `select sales.daily.id from ${first}` };
  const withViews = resolveFrom(datasetsOf({}, { tables: async () => [...(await lake.tables()), ...Object.keys(views)], openTable: async (name, at) => (Object.hasOwn(views, name) ? { kind: "view", sql: views[name] } : tableSource(await tableNow(lake, name), at)) }));
  const counts = async (...of: string[]) => (await runner.run({ sql: of.map((from) => `select count(*) from ${from}`).join(" union all "), resolve: withViews })).rows.flat();
  expect(await counts("sales.daily", "v.then")).toEqual([3, 1]);
  expect(await counts("v.then", "v.now", "v.then")).toEqual([1, 3, 1]);
  expect(await counts(first, "v.now")).toEqual([1, 3]);
  // Called by the whole name in the view, the version keeps that: then no other may stand under it.
  expect(await counts("v.full", first)).toEqual([1, 1]);
  await expect(counts("v.full", "sales.daily")).rejects.toMatchObject({ code: "MR-SQL-002", parts: { what: expect.stringContaining("two versions") } });
  const { lineage } = await runner.run({ sql: "select a.id, b.id as now from v.then a join v.now b on a.id = b.id", resolve: withViews, lineage: true });
  expect(lineage).toMatchObject({ known: true, outputs: [{ name: "id", inputs: [{ dataset: "sales.daily", column: "id" }] }, { name: "now", inputs: [{ dataset: "sales.daily", column: "id" }] }] });
});
