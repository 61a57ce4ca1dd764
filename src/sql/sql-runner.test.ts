import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, readdir, rm, writeFile } from "node:fs/promises";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, expect, onTestFinished, test } from "vitest";
import { MillraceError } from "../errors.ts";
import type { QueryLimits, QueryProgress, QueryResult, TableSource } from "./query-request.ts";
import { runQuery } from "./run-query.ts";
import { SqlRunner } from "./sql-runner.ts";
import { datasetsOf, flights, flightsFile, resolveFrom, scratchFolder } from "./sql-for-tests.ts";

// The folders of SQL processes go where this says: into one that no other test looks at.
const scratch = await scratchFolder();
const tmpdirBefore = process.env.TMPDIR;
process.env.TMPDIR = scratch.folder;

const runner = new SqlRunner({ statementsPerProcess: 1_000 });
afterAll(async () => {
  await runner.close();
  await scratch.remove();
  if (tmpdirBefore === undefined) delete process.env.TMPDIR;
  else process.env.TMPDIR = tmpdirBefore;
});

const resolve = resolveFrom(datasetsOf({ "main.flights": flights, "sales.daily": flights, "sales.empty": { ...flights, files: [] }, "a.twin": flights, "b.twin": flights }));
const query = (sql: string, limits: Partial<QueryLimits> = {}): Promise<QueryResult> => runner.run({ sql, resolve, limits });

async function failureOf(promise: Promise<unknown>): Promise<MillraceError> {
  const error = await promise.then(
    () => new Error("it did not fail"),
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(MillraceError);
  return error as MillraceError;
}

test("figures over real Parquet are those of the file", async () => {
  const { rows, columns, rowCount, truncated } = await query(
    "select origin, count(*) as flights, max(delay) as worst from flights where delay > 15 group by all order by flights desc, origin limit 3",
  );
  expect(columns).toEqual([
    { name: "origin", type: "VARCHAR" },
    { name: "flights", type: "BIGINT" },
    { name: "worst", type: "INTEGER" },
  ]);
  expect([rowCount, truncated]).toEqual([3, false]);
  expect(rows.every(([origin, count, worst]) => typeof origin === "string" && Number(count) > 10_000 && Number(worst) > 15)).toBe(true);
  const total = await query("select count(*), count(distinct origin), min(date), max(date) from main.flights");
  expect(total.rows[0][0]).toBe(3_000_000);
  expect(String(total.rows[0][2])).toMatch(/^2001-01-01T\d\d:\d\d:\d\d$/);
});

test("a table without files has its columns and no rows", async () => {
  const { columns, rows } = await query("select * from sales.empty");
  expect(columns.map(({ name }) => name)).toEqual(["date", "delay", "distance", "origin", "destination"]);
  expect(rows).toEqual([]);
});

test("tables join, nest and are found whatever the case of their letters", async () => {
  const sql = `with recent as (select * from SALES.Daily where delay > 600), worst as (select origin, max(delay) as d from recent group by all)
    select count(*) > 0 from worst join main.FLIGHTS f on f.origin = worst.origin and f.delay = worst.d where exists (select 1 from recent)`;
  expect((await query(sql)).rows).toEqual([[true]]);
});

test("a common table expression hides a table only where it is seen", async () => {
  expect((await query("with flights as (select 7 as x) select x from flights")).rows).toEqual([[7]]);
  expect((await query("with flights as (select count(*) as n from flights) select n from flights")).rows).toEqual([[3_000_000]]);
  expect((await query("select (with flights as (select 1 as x) select x from flights), count(*) from flights")).rows).toEqual([[1, 3_000_000]]);
  expect((await query("with recursive t(n) as (select 1 union all select n + 1 from t where n < 5) select sum(n) from t")).rows).toEqual([[15]]);
});

test("every type comes as JSON can say it, exactly", async () => {
  const values: [string, unknown][] = [
    ["null", null],
    ["true", true],
    ["42::utinyint", 42],
    ["9007199254740991", 9007199254740991],
    ["9007199254740993", "9007199254740993"],
    ["170141183460469231731687303715884105727::hugeint", "170141183460469231731687303715884105727"],
    ["12.30::decimal(10,2)", 12.3],
    ["12345678901234567.89::decimal(20,2)", "12345678901234567.89"],
    ["1.5::float", 1.5],
    ["'nan'::double", "NaN"],
    ["1e400", "Infinity"],
    ["-1e400", "-Infinity"],
    ["'naïve 😀'", "naïve 😀"],
    ["date '2001-02-28'", "2001-02-28"],
    ["timestamp '2001-02-28 12:00:00'", "2001-02-28T12:00:00"],
    ["timestamp '1969-12-31 23:59:59.5'", "1969-12-31T23:59:59.500"],
    ["timestamptz '2001-01-01 00:00:00.123456+02'", "2000-12-31T22:00:00.123456Z"],
    ["timestamp 'infinity'", "infinity"],
    ["time '12:34:56'", "12:34:56"],
    ["interval 90 minute", "01:30:00"],
    ["'ab'::blob", "YWI="],
    ["uuid '00000000-0000-0000-0000-000000000001'", "00000000-0000-0000-0000-000000000001"],
    ["[1, null, 3]", [1, null, 3]],
    ["{'constructor': 1, 'b': [{'c': 'x'}]}", { constructor: 1, b: [{ c: "x" }] }],
    ["map{'a': 1}", [["a", 1]]],
    ["'a'::enum('a', 'b')", "a"],
    ["union_value(k := 5)", 5],
    ["array_value(1, 2)", [1, 2]],
    ["'{\"a\":1}'::json ->> '$.a'", "1"],
  ];
  const { rows } = await query(`select ${values.map(([sql], i) => `${sql} as c${i}`).join(", ")}`);
  expect(JSON.parse(JSON.stringify(rows[0]))).toEqual(values.map(([, value]) => value));
});

test("names that JavaScript has a meaning for, and names that repeat, are kept", async () => {
  const { columns, rows } = await query('select 1 as "__proto__", 2 as "constructor", 3 as a, 4 as a, \'x\' as "na""me"');
  expect(columns.map(({ name }) => name)).toEqual(["__proto__", "constructor", "a", "a", 'na"me']);
  expect(rows).toEqual([[1, 2, 3, 4, "x"]]);
  expect((await failureOf(query("select {'__proto__': 1}"))).code).toBe("MR-SQL-005");
});

test("a result is cut at rowsMax and says so", async () => {
  const { rowCount, truncated } = await query("select * from range(5000)", { rowsMax: 3000 });
  expect([rowCount, truncated]).toEqual([3000, true]);
  expect((await query("select * from range(3000)", { rowsMax: 3000 })).truncated).toBe(false);
  expect((await query("select * from range(3)", { rowsMax: 0 })).truncated).toBe(true);
});

test("a large result streams at the pace of its reader", async () => {
  const stream = await runner.stream({ sql: "select range as n, repeat('x', 100) as t from range(300000)", resolve });
  let count = 0;
  let sum = 0;
  for await (const rows of stream.rows) {
    count += rows.length;
    for (const [n] of rows) sum += n as number;
  }
  expect([count, sum, (await stream.finished).truncated]).toEqual([300_000, (300_000 * 299_999) / 2, false]);
});

test("leaving a stream early ends its process", async () => {
  const before = children();
  const stream = await runner.stream({ sql: "select range from range(100000000)", resolve });
  for await (const rows of stream.rows) {
    expect(rows.length).toBeGreaterThan(0);
    break;
  }
  await expect(stream.finished).rejects.toThrow("not read to their end");
  await expect.poll(() => children() - before).toBeLessThanOrEqual(1);
});

test("an unknown name is answered with the nearest one and its place", async () => {
  const error = await failureOf(query("select 1,\n  2 from sales.dialy"));
  expect(error.code).toBe("MR-SQL-003");
  expect(error.parts).toMatchObject({ what: 'table "sales.dialy" does not exist', where: "line 2, column 10", mend: "correct the name (nearest: sales.daily)" });
  expect((await failureOf(query("select * from topics.flights"))).parts.what).toBe('topic "topics.flights" does not exist');
  const column = await failureOf(query("select dellay from flights"));
  expect([column.code, column.parts.where, column.parts.mend]).toEqual(["MR-SQL-003", "line 1, column 8", "correct the name (nearest: delay, date, destination, distance)"]);
});

test("a name alone is a table when it can be only one", async () => {
  expect((await query("select count(*) from Daily")).rows).toEqual([[3_000_000]]);
  const error = await failureOf(query("select * from twin"));
  expect([error.code, error.parts.what, error.parts.where]).toEqual(["MR-SQL-003", '"twin" could be "a.twin" or "b.twin"', "line 1, column 15"]);
});

test("a syntax error has its line and column, counted in characters", async () => {
  const error = await failureOf(query("select 'é',\n 'ü' fro flights where"));
  expect([error.code, error.parts.where]).toEqual(["MR-SQL-001", "line 2, column 10"]);
});

test("what fails while it runs says where, and shows no path of this machine", async () => {
  const error = await failureOf(query("select cast(origin as integer) from flights"));
  expect([error.code, error.parts.where]).toEqual(["MR-SQL-005", "line 1, column 8"]);
  const missing = await failureOf(runner.run({ sql: "select * from a.b", resolve: resolveFrom(datasetsOf({ "a.b": { ...flights, files: [{ path: "/nowhere/at/all.parquet" }] } })) }));
  expect(missing.message).not.toContain("/nowhere");
});

test("a data file that is not what was written is refused, each time until it is mended", async () => {
  const path = join(scratch.folder, "f.parquet");
  await copyFile(flightsFile, path);
  const sha256 = createHash("sha256").update(readFileSync(path)).digest("hex");
  const source: TableSource = { ...flights, files: [{ path, sha256 }] };
  const count = (): Promise<QueryResult> => runner.run({ sql: "select count(*) from a.b", resolve: resolveFrom(datasetsOf({ "a.b": source })) });
  expect((await count()).rows).toEqual([[3_000_000]]);
  const bytes = readFileSync(path);
  bytes[1_000_000] ^= 1;
  await writeFile(path, bytes);
  for (let i = 0; i < 2; i++) {
    const error = await failureOf(count());
    expect([error.code, error.parts.where]).toEqual(["MR-LAKE-004", "f.parquet"]);
  }
  await copyFile(flightsFile, path);
  expect((await count()).rows).toEqual([[3_000_000]]);
  await rm(path);
  expect((await failureOf(count())).code).toBe("MR-LAKE-004");
});

test("the time is kept, and the process is gone after it", async () => {
  const started = performance.now();
  const error = await failureOf(query("select count(*) from range(10000000) a, range(10000000) b where a.range + b.range = 1", { timeoutMs: 700 }));
  expect(error.code).toBe("MR-SQL-004");
  expect(performance.now() - started).toBeLessThan(700 + 2_000 + 1_500);
});

test("time spent in resolving counts, and nothing is left waiting", async () => {
  const error = await failureOf(runner.run({ sql: "select * from flights", resolve: () => new Promise(() => undefined), limits: { timeoutMs: 100 } }));
  expect(error.code).toBe("MR-SQL-004");
});

test("what resolve throws is what the caller gets", async () => {
  const denied = new MillraceError("MR-LOG-008", { what: "no", where: "here", mend: "ask" });
  await expect(runner.run({ sql: "select * from flights", resolve: () => Promise.reject(denied) })).rejects.toBe(denied);
});

test("an abort ends the query at once, before and while it runs", async () => {
  const reason = new Error("the user left");
  const controller = new AbortController();
  const running = runner.run({ sql: "select count(*) from range(10000000) a, range(10000000) b where a.range + b.range = 1", resolve, signal: controller.signal, onProgress: () => controller.abort(reason) });
  const started = performance.now();
  await expect(running).rejects.toBe(reason);
  expect(performance.now() - started).toBeLessThan(5_000);
  await expect(runner.run({ sql: "select 1", resolve, signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
});

test("a process killed from outside is one failed query, and a clear one", async () => {
  const running = runner.run({
    sql: "select count(*) from range(10000000) a, range(10000000) b, flights where a.range + b.range = 1",
    resolve,
    onProgress: () => {
      for (const pid of childPids()) process.kill(pid, "SIGKILL");
    },
  });
  const error = await failureOf(running);
  expect([error.code, error.retryable]).toEqual(["MR-SQL-005", true]);
  expect((await query("select 1")).rows).toEqual([[1]]);
});

test("a statement whose engine crashes is run once more, and no third time", async () => {
  // Without one in waiting, which would be among those that are killed.
  const alone = new SqlRunner({ standbyMs: 0 });
  onTestFinished(() => alone.close());
  const crashAt = (times: number) => {
    let resolved = 0;
    const crash: typeof resolve = (references) => {
      if (++resolved <= times) for (const pid of childPids()) process.kill(pid, "SIGSEGV");
      return resolve(references);
    };
    return alone.run({ sql: "select count(*) from flights", resolve: crash }).then(({ rows }) => [resolved, rows], (error) => [resolved, error.code]);
  };
  expect(await crashAt(1)).toEqual([2, [[3_000_000]]]);
  expect(await crashAt(2)).toEqual([2, "MR-SQL-005"]);
});

test("queries at once do not disturb each other, and more than the most wait", async () => {
  const small = new SqlRunner({ concurrencyMax: 2 });
  const [count, crash, sum] = await Promise.allSettled([
    small.run({ sql: "select count(*) from flights", resolve }),
    small.run({ sql: `select (repeat('{"a":',100000) || '1' || repeat('}',100000))::json::variant`, resolve }),
    small.run({ sql: "select sum(range) from range(1000)", resolve }),
  ]);
  expect(count).toMatchObject({ status: "fulfilled", value: { rows: [[3_000_000]] } });
  expect(crash).toMatchObject({ status: "rejected", reason: { code: "MR-SQL-005" } });
  expect(sum).toMatchObject({ status: "fulfilled", value: { rows: [[499_500]] } });
  await small.close();
});

test("waiting for a turn ends with the signal", async () => {
  const one = new SqlRunner({ concurrencyMax: 1, standbyMs: 0 });
  const busy = await one.stream({ sql: "select range from range(100000000)", resolve });
  const controller = new AbortController();
  const waiting = one.run({ sql: "select 1", resolve, signal: controller.signal });
  controller.abort(new Error("enough"));
  await expect(waiting).rejects.toThrow("enough");
  for await (const _ of busy.rows) break;
  expect((await one.run({ sql: "select 1", resolve })).rows).toEqual([[1]]);
  await one.close();
});

test("progress is told while the statement runs", async () => {
  const seen: QueryProgress[] = [];
  const enough = new AbortController();
  const onProgress = (progress: QueryProgress): void => {
    if (seen.push(progress) === 3) enough.abort(new Error("enough was told"));
  };
  const endless = "select count(*) from flights a, flights b where a.delay + b.delay = 123456";
  await expect(runner.run({ sql: endless, resolve, limits: { timeoutMs: 60_000 }, signal: enough.signal, onProgress })).rejects.toThrow("enough was told");
});

test("limits that make no sense are refused", async () => {
  for (const limits of [{ timeoutMs: 0 }, { memoryBytes: 1024 }, { rowsMax: -1 }, { rowsMax: 1.5 }, { timeoutMs: Number.NaN }]) expect((await failureOf(query("select 1", limits))).code).toBe("MR-SQL-002");
});

test("nothing stays behind: no process, no folder", async () => {
  expect((await runQuery({ sql: "select count(*) from flights", resolve })).rows).toEqual([[3_000_000]]);
  await runner.close();
  await expect.poll(children).toBe(0);
  expect(await readdir(scratch.folder)).toEqual([]);
  expect((await failureOf(runner.run({ sql: "select 1", resolve }))).retryable).toBe(true);
});

test("when the parent is killed, the process and its folder go too", async () => {
  const script = `
    const { SqlRunner } = await import(${JSON.stringify(new URL("./sql-runner.ts", import.meta.url).href)});
    const sql = "select count(*) from range(10000000) a, range(10000000) b where a.range + b.range = 1";
    await new SqlRunner().run({ sql, resolve: async () => ({ sources: [], known: [] }), onProgress: () => console.log("running") });`;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", script], { stdio: ["ignore", "pipe", "inherit"] });
  await once(parent.stdout, "data");
  const [pid] = childPids(parent.pid as number);
  expect(pid).toBeGreaterThan(0);
  parent.kill("SIGKILL");
  await expect.poll(() => isRunning(pid)).toBe(false);
  expect(await readdir(scratch.folder)).toEqual([]);
});

/** SQL processes of this test's process. */
function childPids(parent = process.pid): number[] {
  return execFileSync("ps", ["-e", "-o", "ppid=,pid=,args="])
    .toString()
    .split("\n")
    .map((line) => line.trim().split(/\s+/))
    .filter(([ppid, , ...args]) => Number(ppid) === parent && args.some((arg) => /sql\/child\.ts$/.test(arg)))
    .map(([, pid]) => Number(pid));
}

function children(): number {
  return childPids().length;
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
