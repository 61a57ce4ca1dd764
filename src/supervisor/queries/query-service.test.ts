import { existsSync } from "node:fs";
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { folderFiles } from "../../files/folder.ts";
import { Lake } from "../../lake/lake.ts";
import type { Column } from "../../model/manifest.ts";
import type { QueryView } from "../../server/query-control.ts";
import { type Datasets, resolveDatasets } from "../../sql/resolve-datasets.ts";
import { batchOf } from "../../sql/sql-for-tests.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import { tableNow, tableSource } from "../../sql/table-source.ts";
import { sqliteState } from "../../state/sqlite.ts";
import type { StateStore } from "../../state/store.ts";
import { QueryHistory } from "./query-history.ts";
import { QueryService } from "./query-service.ts";
import { ResultFiles } from "./result-files.ts";
import { smallDisks } from "../../../test/support/small-disks.ts";

const smallDisk = smallDisks();
const columns: Column[] = [{ name: "id", type: "integer", nullable: false }, { name: "day", type: "date", nullable: false }];
const logger = { warn: (fields: object): void => void warned.push(fields) };

let folder: string;
let state: StateStore;
let lake: Lake;
let service: QueryService;
let history: QueryHistory;
let now: number;
let warned: object[];
let views: Record<string, string>;

beforeEach(async () => {
  warned = [];
  views = {};
  now = Date.parse("2026-01-01T00:00:00Z");
  folder = await mkdtemp(join(tmpdir(), "millrace-queries-"));
  state = await sqliteState(join(folder, "state.db"));
  lake = new Lake({ files: folderFiles(join(folder, "lake")), state });
  await open();
});

afterEach(async () => {
  await service.close();
  await lake.close();
  await state.close();
  await rm(folder, { recursive: true, force: true });
});

async function open(resultsFolder = join(folder, "query-results"), pages?: SqlRunner): Promise<void> {
  const clock = (): number => now;
  history = await QueryHistory.open(state, logger, clock);
  const results = new ResultFiles(resultsFolder, clock);
  await results.open(history.all().flatMap(({ id, cost, resultUntil }) => (resultUntil === null ? [] : [{ id, file: { path: results.pathOf(id), bytes: cost.resultBytes as number, until: Date.parse(resultUntil) } }])));
  const openTable: Datasets["openTable"] = async (name, at, asked) => (name in views ? { kind: "view", sql: views[name] } : tableSource(await tableNow(lake, name), at, asked?.conditions));
  const datasets: Datasets = { tables: async () => [...(await lake.tables()), ...Object.keys(views)], topics: async () => [], openTable, openTopic: () => Promise.reject(new Error("there are no topics here")) };
  service = new QueryService({ runner: new SqlRunner({ statementsPerProcess: 1_000 }), pages, resolve: (references) => resolveDatasets(references, datasets), history, results, logger, clock });
}

async function append(...ids: number[]): Promise<bigint> {
  const table = await lake.createTable({ name: "sales.daily", columns, partitionBy: [] });
  const writer = await table.writer();
  await writer.add(batchOf(columns, ids.map((id) => ({ id, day: "2026-01-01" }))));
  await writer.commit();
  await writer.close();
  return (await table.currentSnapshot())?.["snapshot-id"] as bigint;
}

const ask = (sql: string, limit = 100): ReturnType<QueryService["sql"]> => service.sql({ sql, limit, timeoutMs: 30_000 }, new AbortController().signal);

async function recorded(): Promise<QueryView> {
  // A record is made after its answer.
  await new Promise(setImmediate);
  return service.list({ limit: 1 })[0];
}

async function run(sql: string): Promise<QueryView> {
  return service.wait((await service.submit({ sql, timeoutMs: 30_000 })).id, 30_000);
}

test("a statement's record says what it read, where its columns come from, and its cost", async () => {
  const snapshot = String(await append(1, 2, 3));
  expect((await ask("select day, count(*) as n from sales.daily where id > 1 group by day")).rows).toEqual([["2026-01-01", 2]]);
  const view = await recorded();
  expect(view).toMatchObject({
    kind: "sql",
    state: "succeeded",
    cached: false,
    reads: [{ dataset: "sales.daily", kind: "table", snapshot, files: 1, filesPruned: 0 }],
    cost: { rows: 1, filesRead: 1 },
    lineage: { known: true, outputs: [{ name: "day", inputs: [{ dataset: "sales.daily", column: "day", kind: "identity" }] }, { name: "n", inputs: [] }], indirect: [{ dataset: "sales.daily", column: "id", kind: "filter" }, { dataset: "sales.daily", column: "day", kind: "group" }] },
  });
  expect(view.cost.bytesScanned).toBeGreaterThan(300);
  await history.settled();
  expect((await state.get("queries", view.id))?.value).toEqual(view);
});

test("the same statement over the same versions is not run again", async () => {
  await append(1, 2);
  const first = await ask("select id from sales.daily order by id");
  expect((await ask("select id from sales.daily order by id")).rows).toEqual(first.rows);
  expect(await recorded()).toMatchObject({ cached: true, cost: { bytesScanned: 0, filesRead: 0, rows: 2 } });
  await ask("SELECT  id FROM sales.daily /* the same */ ORDER BY id");
  expect((await recorded()).cached).toBe(true);
  await ask("select id from sales.daily order by id", 1);
  expect((await recorded()).cached).toBe(false);
  await append(3);
  expect((await ask("select id from sales.daily order by id")).rows).toEqual([[1], [2], [3]]);
  expect((await recorded()).cached).toBe(false);
});

test("a column that is renamed, and another table of the same name, have other results", async () => {
  await append(1);
  const first = await ask("select * from sales.daily");
  await (await lake.table("sales.daily")).changeSchema([{ op: "rename", path: ["id"], to: "number" }]);
  const renamed = await ask("select * from sales.daily");
  expect([first, renamed].map(({ columns }) => columns.map(({ name }) => name))).toEqual([["id", "day"], ["number", "day"]]);
  for (const [name, column] of [["sales.empty", "a"], ["sales.empty", "b"]] as const) {
    await lake.openOrCreate(name, [{ id: 1, name: column, required: false, type: "long" }], []);
    expect((await ask("select * from sales.empty")).columns.map((one) => one.name)).toEqual([column]);
    await lake.catalog.drop(name, true);
  }
});

test("a statement over views is not run again while they, and what they read, are as before", async () => {
  await append(1, 2);
  views = { "v.plain": "select id from sales.daily where id > 0", "v.upon": "select max(id) as most from v.plain", "v.timed": "select id, now() as at from sales.daily" };
  const cached = async (sql: string): Promise<unknown> => {
    const { rows } = await ask(sql);
    return [rows, (await recorded()).cached];
  };
  expect(await cached("select most from v.upon")).toEqual([[[2]], false]);
  expect(await cached("select most from v.upon")).toEqual([[[2]], true]);
  expect(await cached("SELECT  most FROM v.upon")).toEqual([[[2]], true]);
  await append(3);
  expect(await cached("select most from v.upon")).toEqual([[[3]], false]);
  views["v.plain"] = "select id from sales.daily where id < 3";
  expect(await cached("select most from v.upon")).toEqual([[[2]], false]);
  expect((await run("select most from v.upon")).cached).toBe(false);
  expect((await run("select most from v.upon")).cached).toBe(true);
  for (let n = 0; n < 2; n++) expect(await cached("select id from v.timed order by id")).toEqual([[[1], [2], [3]], false]);
});

test("what gives another result each time is run each time", async () => {
  await append(1);
  for (const sql of ["select random()", "select now() from sales.daily", "select current_date", "select uuid()", "select id from sales.daily using sample 1", "select id, Today() from sales.daily"]) {
    await ask(sql);
    await ask(sql);
    expect([sql, (await recorded()).cached]).toEqual([sql, false]);
  }
});

test("a query shares the kept result of the same one before", async () => {
  await append(1, 2);
  const first = await run("select id from sales.daily order by id");
  const second = await run("select id from sales.daily order by id");
  expect([first.cached, second.cached, second.resultOf]).toEqual([false, true, first.id]);
  expect((await service.page(second.id, { from: 1, limit: 5 }, new AbortController().signal)).rows).toEqual([[2]]);
});

test("a page that is wanted no more is not read; one that is being read costs no process", async () => {
  const leaving = new AbortController();
  const pages = new SqlRunner({ concurrencyMax: 1, statementsPerProcess: 10 });
  const read = pages.run.bind(pages);
  let begun = 0;
  pages.run = (request) => read({ ...request, resolve: async (...asked) => {
    const found = await request.resolve(...asked);
    if (++begun === 1) leaving.abort();
    return found;
  } });
  await service.close();
  await open(undefined, pages);
  const { id } = await run("select 1 as x");
  expect((await service.page(id, { from: 0, limit: 5 }, leaving.signal)).rows).toEqual([[1]]);
  await expect(service.page(id, { from: 0, limit: 5 }, leaving.signal)).rejects.toBe(leaving.signal.reason);
  expect(begun).toBe(1);
});

test("results are kept for a day, also by the next process", async () => {
  const { id } = await run("select 1 as x");
  await service.close();
  await open();
  const rows = async (): Promise<unknown> => (await service.page(id, { from: 0, limit: 5 }, new AbortController().signal)).rows;
  expect(await rows()).toEqual([[1]]);
  now += 24 * 3_600_000;
  await expect(rows()).rejects.toMatchObject({ code: "MR-HTTP-005" });
  await service.close();
  await open();
  expect(existsSync(join(folder, "query-results", id))).toBe(false);
  expect(service.get(id).state).toBe("succeeded");
});

test("queries of a process that has gone have failed, and what they left is removed", async () => {
  const lost: QueryView = { ...(await run("select 1 as x")), id: "q000000000-lost", state: "running", endedAt: null, resultUntil: null };
  await state.put("queries", lost.id, lost);
  await service.close();
  await open();
  expect(service.get(lost.id)).toMatchObject({ state: "failed", error: { code: "MR-SQL-005", retryable: true } });
});

test("history is searched in all that is kept, in whatever case", async () => {
  for (const sql of ["select 1 as First", "select 2 as second", "select 3 as first"]) {
    await run(sql);
    now += 1_000;
  }
  const found = (text: string, limit: number, before?: string) => service.list({ text, limit, before });
  expect(found("FIRST", 10).map(({ sql }) => sql)).toEqual(["select 3 as first", "select 1 as First"]);
  const [{ id }] = found("first", 1);
  expect(found("first", 1, id).map(({ sql }) => sql)).toEqual(["select 1 as First"]);
  expect(found("third", 10)).toEqual([]);
});

test("history has an end", async () => {
  await ask("select 1");
  const old = await recorded();
  now += 31 * 24 * 3_600_000;
  await ask("select 2");
  await recorded();
  await history.settled();
  expect(service.list({ limit: 10 }).map(({ sql }) => sql)).toEqual(["select 2"]);
  expect(await state.get("queries", old.id)).toBeUndefined();
});

test("a store that refuses costs the record alone, and a query that cannot be recorded is not taken", async () => {
  await state.close();
  expect((await ask("select 1")).rows).toEqual([[1]]);
  await recorded();
  await history.settled();
  expect(warned.length).toBe(1);
  await expect(service.submit({ sql: "select 1", timeoutMs: 1_000 })).rejects.toThrow();
  state = await sqliteState(join(folder, "state.db"));
});

test("a statement fails alone when its result has no place", async () => {
  await rm(join(folder, "query-results"), { recursive: true });
  const view = await run("select 1 as x");
  expect([view.state, view.error?.code]).toEqual(["failed", "MR-FILES-002"]);
  expect((await ask("select 1")).rows).toEqual([[1]]);
});

test("a full disk costs the query alone, and nothing of it stays there", async ({ skip }) => {
  const disk = smallDisk();
  if (disk === undefined) return skip("this user may not make a file system");
  await service.close();
  await open(disk);
  const view = await run("select random() as x from range(3000000)");
  expect([view.state, view.error?.code]).toEqual(["failed", "MR-FILES-002"]);
  expect(await readdir(disk)).toEqual([]);
  expect((await run("select 1 as x")).state).toBe("succeeded");
});
