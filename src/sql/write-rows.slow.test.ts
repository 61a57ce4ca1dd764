import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { MillraceError } from "../errors.ts";
import { folderFiles } from "../files/folder.ts";
import { Lake } from "../lake/lake.ts";
import type { Table } from "../lake/table.ts";
import type { Column } from "../model/manifest.ts";
import { sqliteState } from "../state/sqlite.ts";
import type { StateStore } from "../state/store.ts";
import { SqlRunner } from "./sql-runner.ts";
import { batchOf, datasetsOf, flights, resolveFrom, scratchFolder } from "./sql-for-tests.ts";
import { tableNow, tableSource } from "./table-source.ts";
import { writeColumns } from "./write-columns.ts";
import type { WriteRequest, WriteResult } from "./write-request.ts";

const runner = new SqlRunner({ concurrencyMax: 2, statementsPerProcess: 1_000 });
let scratch: Awaited<ReturnType<typeof scratchFolder>>;
let state: StateStore;
let lake: Lake;

beforeAll(async () => {
  scratch = await scratchFolder();
  await writeFile(join(scratch.folder, "secret.txt"), "hunter2");
  state = await sqliteState(join(scratch.folder, "state.db"));
  lake = new Lake({ files: folderFiles(join(scratch.folder, "lake")), state });
});
afterAll(async () => {
  await runner.close();
  await lake.close();
  await state.close();
  await scratch.remove();
});

const resolve = (references: Parameters<WriteRequest["resolve"]>[0]) =>
  resolveFrom(datasetsOf({ "main.flights": flights }, { tables: async () => ["main.flights", ...(await lake.tables())], openTable: async (name) => (name === "main.flights" ? flights : tableSource(await tableNow(lake, name))) }))(references);

const interval: Column = { name: "interval_start", type: "timestamp", nullable: false };
const partitionBy = [{ column: "interval_start", transform: "identity" as const }];
const micros = (day: number) => BigInt(Date.UTC(2001, 0, day)) * 1000n;

let tables = 0;
const newTable = (columns: Column[], name = `t.t${tables++}`) => lake.createTable({ name, columns: [interval, ...columns], partitionBy });

async function write(table: Table, declared: Column[], sql: string, more: Partial<WriteRequest> = {}): Promise<WriteResult> {
  return runner.write({ sql, resolve, columns: await writeColumns(table, [interval, ...declared]), constants: { interval_start: micros(1) }, folder: await table.stage(), ...more });
}

/** What a task does: the rows of one day, in the place of those that were there. */
async function fill(table: Table, declared: Column[], day: number, attempt: string, sql: string): Promise<WriteResult> {
  const folder = await table.stage();
  const written = await write(table, declared, sql, { constants: { interval_start: micros(day) }, folder });
  await (await table.replaceRows({ where: { op: "=", column: "interval_start", value: micros(day) }, files: written.files, attempt })).publish();
  await rm(folder, { recursive: true });
  return written;
}

const rows = async (sql: string) => (await runner.run({ sql, resolve })).rows;

async function failureOf(promise: Promise<unknown>): Promise<MillraceError> {
  const error = await promise.then(() => new Error("it did not fail"), (reason: unknown) => reason);
  expect(error).toBeInstanceOf(MillraceError);
  return error as MillraceError;
}

const staged = async (): Promise<string[]> => (await readdir(join(scratch.folder, "lake", ".staging"), { recursive: true })).filter((name) => name.endsWith(".parquet"));

const daily: Column[] = [
  { name: "origin", type: "string", nullable: false },
  { name: "flights", type: "integer", nullable: false },
  { name: "delay", type: "number", nullable: true },
];

test("an interval is filled from a query, filled again, emptied; sums are those of the files", async () => {
  const table = await newTable(daily, "sales.daily");
  const sql = (day: number) => `select avg(delay) as DELAY, count(*) as flights, origin from flights where date >= '2001-01-0${day}' and date < '2001-01-0${day + 1}' group by origin; -- that is all;`;
  const first = await fill(table, daily, 1, "a1", sql(1));
  await fill(table, daily, 2, "a2", sql(2));
  expect(first.rows).toBeGreaterThan(100);
  expect(first.files).toHaveLength(1);
  const expected = (await rows("select date::date, count(*), round(sum(delay)) from flights where date < '2001-01-03' group by 1 order by 1")) as [string, number, number][];
  const filled = "select interval_start::date, sum(flights)::bigint, round(sum(delay * flights)) from sales.daily group by 1 order by 1";
  expect(await rows(filled)).toEqual(expected);
  await fill(table, daily, 1, "a3", sql(1));
  expect(await rows(filled)).toEqual(expected);
  expect((await fill(table, daily, 1, "a4", `${sql(1).replace("group by", "and false group by")}`)).files).toEqual([]);
  expect(await rows(filled)).toEqual(expected.slice(1));
  expect((await table.files()).map(({ bounds }) => [bounds.interval_start, bounds.origin.nulls])).toEqual([[{ lower: micros(2), upper: micros(2), nulls: 0, bytes: expect.any(Number) }, 0]]);
  for (const file of await table.files()) await table.verify(file);
  expect(await staged()).toEqual([]);
});

test("values of every type come back as they were, found by name", async () => {
  const columns: Column[] = [
    { name: "text", type: "string", nullable: true },
    { name: "flag", type: "boolean", nullable: true },
    { name: "whole", type: "integer", nullable: true },
    { name: "ratio", type: "number", nullable: true },
    { name: "at", type: "timestamp", nullable: true },
    { name: "day", type: "date", nullable: true },
    { name: "extra", type: "json", nullable: true },
    { name: 'odd "name\'', type: "string", nullable: true },
    { name: "maybe", type: "string", nullable: true, optional: true },
  ];
  const table = await newTable(columns, "every.type");
  await fill(
    table,
    columns,
    1,
    "a",
    `select 'it''s ü 𝄞' as "odd ""name'", to_json({'a': [1, null]}) as extra, date_trunc('day', timestamp '2001-02-03 04:05:06') as day, timestamp '1969-12-31 23:59:59.999999' as at,
       sum(12.5::decimal(10, 2)) as ratio, sum(9007199254740993::bigint) as whole, true as flag, 'x' as text
     union all by name select 7.0 as whole, null as text, null as flag, '{"b": 1}'::json as extra, 'nan'::float as ratio, timestamptz '2001-01-01 02:00:00+02' as at
     union all by name select 'third' as text`,
  );
  expect(await rows(`select text, flag, whole, ratio, "at", day, extra, "odd ""name'", maybe from every.type order by text`)).toEqual([
    ["third", null, null, null, null, null, null, null, null],
    ["x", true, "9007199254740993", 12.5, "1969-12-31T23:59:59.999999Z", "2001-02-03", '{"a":[1,null]}', "it's ü 𝄞", null],
    [null, null, 7, "NaN", "2001-01-01T00:00:00Z", null, '{"b": 1}', null, null],
  ]);
  // Nulls without a type fit everywhere; other kinds of values become text and JSON.
  await fill(table, columns, 1, "b", `select null as text, null as flag, null as whole, null as ratio, null as at, null as day, null as extra, null as "odd ""name'"`);
  await fill(table, columns, 2, "c", `select 1.5 as text, null as flag, 3::utinyint as whole, 2 as ratio, date '2001-01-01' as at, date '2001-01-01' as day, [1, 2] as extra, uuid '00000000-0000-0000-0000-000000000001' as "odd ""name'"`);
  expect(await rows("select * exclude (interval_start) from every.type order by interval_start")).toEqual([
    [null, null, null, null, null, null, null, null, null],
    ["1.5", null, 3, 2, "2001-01-01T00:00:00Z", "2001-01-01", "[1,2]", "00000000-0000-0000-0000-000000000001", null],
  ]);
});

test("what does not fit is an error that names the column, and nothing stays", async () => {
  const table = await newTable(daily);
  for (const [sql, column, what] of [
    ["select 'ATL' as origin, 1 as flights", "delay", "the statement does not give it"],
    ["select 'ATL' as origin, 1 as flights, 'late' as delay", "delay", "it is VARCHAR in the statement and double in the table"],
    // After rows that fit, some of which are in the file by then.
    ["select origin, case when delay = 60 then null else delay end as flights, 0.5 as delay from flights", "flights", "it is null, and the table takes none"],
    ["select origin, case when delay = 60 then 0.5 else delay end as flights, null as delay from flights", "flights", "its value 0.5 does not fit long"],
  ]) {
    const { code, parts } = await failureOf(write(table, daily, sql));
    expect([sql, code, parts.what, parts.where]).toEqual([sql, "MR-LAKE-003", `column "${column}": ${what}`, `the statement, column "${column}"`]);
  }
  expect(await staged()).toEqual([]);
  expect(await table.snapshots()).toEqual([]);
});

test("a statement's own errors have their place in its text", async () => {
  const table = await newTable(daily);
  expect(await failureOf(write(table, daily, "select 1,\n  2 from sales.dialy"))).toMatchObject({ code: "MR-SQL-003", parts: { where: "line 2, column 10" } });
  expect(await failureOf(write(table, daily, "select dellay from flights"))).toMatchObject({ code: "MR-SQL-003", parts: { where: "line 1, column 8" } });
  expect(await failureOf(write(table, daily, "select 'é',\n 'ü' fro flights where"))).toMatchObject({ code: "MR-SQL-001", parts: { where: "line 2, column 10" } });
  expect(await failureOf(write(table, daily, "select 'é' as origin,\n 1 as flights, cast(origin as integer) as delay from flights"))).toMatchObject({ code: "MR-SQL-005", parts: { where: "line 2, column 16" } });
});

test("statements of every form that is read from can be written from", async () => {
  const columns: Column[] = [{ name: "a", type: "integer", nullable: true }];
  const table = await newTable(columns);
  for (const sql of [
    "values (1) ; ; ",
    "from (select 1 as a)",
    "with t as (select 1 as a) select * from t order by a limit 1;",
    "with recursive t(a) as (select 1 union all select a + 1 from t where a < 3) select max(a) as a from t -- ; )",
    "(select 1 as a) union all (select 2 as a) /* ; */;",
    "select ';)' = ';' as b, 1 as a from (select 1) where $$;$$ = ';'",
    "pivot (select 1 as n, 'a' as k) on k in ('a') using sum(n)",
    "select 1 as a\n--",
  ]) {
    const folder = await table.stage();
    const outcome = await write(table, columns, sql, { folder }).finally(() => rm(folder, { recursive: true, force: true })).then(({ rows }) => (rows > 0 ? "rows" : "none"), (error) => (error as MillraceError).parts.what);
    expect([sql, outcome]).toEqual([sql, sql.startsWith("values") ? 'column "col0": the statement gives it, but the table does not have it' : sql.includes("as b") ? 'column "b": the statement gives it, but the table does not have it' : "rows"]);
  }
});

test("what is refused when it is read from is refused when it is written from", async () => {
  const columns: Column[] = [{ name: "a", type: "integer", nullable: true }];
  const table = await newTable(columns);
  const secret = join(scratch.folder, "secret.txt");
  const out = join(scratch.folder, "out.parquet");
  for (const sql of [
    `copy (select 1) to '${out}'`,
    `attach '${out}' as other`,
    `select 1 as a; copy (select 1) to '${out}'`,
    `select 1 as a) to '${out}' (format parquet); --`,
    `select 1 as a) as r(c0)) to '${out}'; select (1`,
    `select * from read_text('${secret}')`,
    `select * from "${secret}"`,
    `select * from read_parquet('${flights.files[0].path}')`,
    `select * from glob('${scratch.folder}/*')`,
    "select error('x') as a",
    "insert into sales.daily values (1)",
    "create table x as select 1 as a",
    "set memory_limit = '1TB'",
    "select getenv('PATH') as a",
    "select 1 as a union all select 2 as a from query('select 1')",
    ";select 1 as a",
  ]) {
    expect([sql, (await failureOf(write(table, columns, sql))).code]).toEqual([sql, expect.stringMatching(/^MR-SQL-00[123]$/)]);
  }
  expect(existsSync(out)).toBe(false);
  expect(await staged()).toEqual([]);
  // The engine itself is locked but for the files of the snapshot and the folder.
  const folder = await table.stage();
  expect((await write(table, columns, "select 1 as a", { folder })).files[0].path.startsWith(`${folder}/`)).toBe(true);
  expect((await failureOf(write(table, columns, "select 1 as a", { folder }))).code).toBe("MR-FILES-002");
  expect(await readdir(folder)).toHaveLength(1);
});

test("time, size, and the caller's signal end it, and leave nothing behind", async () => {
  const columns: Column[] = [{ name: "a", type: "integer", nullable: true }];
  const table = await newTable(columns);
  const endless = "select hash(range)::hugeint % 1000000000000 as a from range(100000000000)";
  const before = await staged();
  expect((await failureOf(write(table, columns, endless, { limits: { timeoutMs: 1_500 } }))).code).toBe("MR-SQL-004");
  const large = await failureOf(write(table, columns, endless, { limits: { resultBytesMax: 8 << 20 } }));
  expect([large.code, large.parts.what]).toEqual(["MR-SQL-004", expect.stringContaining("8388608 bytes")]);
  const controller = new AbortController();
  const folder = await table.stage();
  const running = write(table, columns, endless, { signal: controller.signal, folder });
  running.catch(() => undefined);
  while (!existsSync(folder) || (await readdir(folder)).length === 0) await wait(20);
  controller.abort(new Error("the task was cancelled"));
  await expect(running).rejects.toThrow("was cancelled");
  expect(existsSync(folder)).toBe(false);
  expect(await staged()).toEqual(before);
  expect((await failureOf(write(table, columns, "select len(range(0, 200000000)) as a", { limits: { memoryBytes: 256 << 20 } }))).code).toBe("MR-SQL-004");
});

test("a disk that fills up is an error that can be retried, and has its space back", async (context) => {
  const disk = join(scratch.folder, "disk");
  await mkdir(disk);
  const mounted = process.platform === "linux" && process.getuid?.() === 0 && spawnSync("mount", ["-t", "tmpfs", "-o", "size=24m", "tmpfs", disk]).status === 0;
  context.skip(!mounted, "no right to mount a disk");
  try {
    const columns: Column[] = [{ name: "text", type: "string", nullable: false }];
    const table = await newTable(columns);
    const error = await failureOf(write(table, columns, "select md5(range::varchar) as text from range(5000000)", { folder: join(disk, "rows") }));
    expect([error.code, error.retryable]).toEqual(["MR-FILES-002", true]);
    expect(await readdir(disk)).toEqual([]);
  } finally {
    spawnSync("umount", ["-l", disk]);
  }
});

test("a large result comes in files of about the size asked for, all in one snapshot", async () => {
  const columns: Column[] = [
    { name: "n", type: "integer", nullable: false },
    { name: "text", type: "string", nullable: false },
  ];
  const table = await newTable(columns, "large.rows");
  const written = await write(table, columns, "select range as n, md5(range::varchar) as text from range(1500000)", { fileBytesMax: 8 << 20, limits: { memoryBytes: 512 << 20 } });
  expect(written.rows).toBe(1_500_000);
  expect(written.files.length).toBeGreaterThan(2);
  for (const { bytes } of written.files) expect(bytes).toBeLessThan(24 << 20);
  await (await table.replaceRows({ where: { op: "=", column: "interval_start", value: micros(1) }, files: written.files, attempt: "large" })).publish();
  expect((await table.currentSnapshot())?.summary).toMatchObject({ "added-records": "1500000", "added-data-files": String(written.files.length), "added-files-size": String(written.bytes) });
  expect(await rows("select count(*), count(distinct n), min(interval_start) from large.rows")).toEqual([[1_500_000, 1_500_000, "2001-01-01T00:00:00Z"]]);
});

test("a table that another release has widened is written by the older one, and read as one", async () => {
  const narrow: Column[] = [{ name: "a", type: "integer", nullable: false }];
  const wide: Column[] = [...narrow, { name: "b", type: "string", nullable: true }];
  const table = await newTable(narrow, "wide.narrow");
  await newTable(wide, "wide.narrow");
  await fill(table, narrow, 1, "old", "select 1 as a");
  await fill(table, wide, 2, "new", "select 2 as a, 'x' as b");
  expect(await rows("select a, b from wide.narrow order by a")).toEqual([[1, null], [2, "x"]]);
  const missing = await failureOf(writeColumns(table, [...wide, { name: "c", type: "date", nullable: true }]));
  expect([missing.code, missing.parts.where]).toEqual(["MR-LAKE-003", 'table "wide.narrow", column "c"']);
  const constant = await failureOf(write(table, wide, "select 1 as a, 'x' as b", { constants: { start: 1n } }));
  expect([constant.code, constant.parts.where]).toEqual(["MR-LAKE-003", 'column "start"']);
});

test("rows of stages and of tasks are read and written in one statement", async () => {
  const columns: Column[] = [{ name: "n", type: "integer", nullable: false }];
  const source = await lake.createTable({ name: "from_stage.rows", columns, partitionBy: [] });
  const writer = await source.writer();
  await writer.add(batchOf(columns, [{ n: 1 }, { n: 2 }]));
  await writer.commit();
  await writer.close();
  const table = await newTable(columns, "out.rows");
  await fill(table, columns, 1, "a", "select n from from_stage.rows");
  await fill(table, columns, 2, "b", "select o.n + i.n as n from out.rows o, from_stage.rows i");
  expect(await rows("select n from out.rows order by n")).toEqual([[1], [2], [2], [3], [3], [4]]);
});
