import { existsSync } from "node:fs";
import { readdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { QueryLimits } from "./query-request.ts";
import { SqlRunner } from "./sql-runner.ts";
import { datasetsOf, flights, resolveFrom, scratchFolder } from "./sql-for-tests.ts";
import { stallMs } from "../../test/support/stall.ts";

/*
 * Statements that took down, filled or stalled a fully locked engine. Each runs as a user would run it; afterwards this
 * process is alive, its memory has not grown with the statement's, and nothing was written where it should not be.
 */

const runner = new SqlRunner({ concurrencyMax: 1, statementsPerProcess: 1_000 });
/** What crashes or is refused takes the time that it takes. */
const timeoutMs = stallMs;
const limits: Partial<QueryLimits> = { timeoutMs, memoryBytes: 256 * 1024 * 1024 };
/** Of statements that end with the time or the memory that they have: less of it shows the same. */
const shortMs = 1_000;
const resolve = resolveFrom(datasetsOf({ "main.flights": flights }));
let scratch: Awaited<ReturnType<typeof scratchFolder>>;

beforeAll(async () => {
  scratch = await scratchFolder();
  await writeFile(join(scratch.folder, "secret.txt"), "hunter2");
});
afterAll(async () => {
  await runner.close();
  await scratch.remove();
});

/** The rows as JSON, or the error's code. */
async function outcome(sql: string, time = timeoutMs): Promise<string> {
  return runner.run({ sql, resolve, limits: { ...limits, timeoutMs: time } }).then(
    ({ rows }) => JSON.stringify(rows),
    (error) => (error.code as string) ?? `no code: ${error}`,
  );
}

const deepList = "repeat('[', 100000) || repeat(']', 100000)";
const deepObject = `repeat('{"a":', 100000) || '1' || repeat('}', 100000)`;

const costly: [sql: string, ...codes: string[]][] = [
  ["select length(repeat('a', 4000000000))", "MR-SQL-004"],
  ["select list_sum(range(0, 2000000000))", "MR-SQL-004"],
  ["select len(range(0, 200000000))", "MR-SQL-004"],
  ["select string_agg(repeat('x', 1000), '') from range(10000000)", "MR-SQL-004"],
  ["select lpad('a', 2000000000, 'b')", "MR-SQL-004"],
  ["select printf('%1000000000d', 1)", "MR-SQL-004"],
  ["select repeat('a', 1000000000)", "MR-SQL-004"],
  ["select repeat('a', 1000000) from range(1000)", "MR-SQL-004"],
  ["select bitstring('1', 2000000000)", "MR-SQL-004"],
  ["select regexp_replace(repeat('a', 100000000), 'a', 'bbbbbbbbbbbbbbbbbbbb', 'g')", "MR-SQL-004"],
  ["with recursive t(n) as (select 1 union all select n + 1 from t) select max(n) from t", "MR-SQL-004"],
  ["select count(*) from range(10000000) a, range(10000000) b where a.range + b.range = 1", "MR-SQL-004"],
  ["select max(a.range) from range(100000000) a group by a.range", "MR-SQL-004"],
  // Crashes of the engine: only its own process goes.
  [`select (${deepObject})::json::variant`, "MR-SQL-005"],
  [`select (${deepList})::json::variant`, "MR-SQL-005"],
];

for (const [sql, ...codes] of costly) {
  test(`${sql.slice(0, 60)} ends with a code, in time, and without our memory`, async () => {
    const started = performance.now();
    const before = process.memoryUsage().rss;
    // A crash takes the time that it takes.
    const time = codes.includes("MR-SQL-005") ? timeoutMs : shortMs;
    expect(codes).toContain(await outcome(sql, time));
    expect(performance.now() - started).toBeLessThan(time + 2_000 + stallMs);
    expect(process.memoryUsage().rss - before).toBeLessThan(200 * 1024 * 1024);
  });
}

test("documents of any depth are read or refused, and the next query runs", async () => {
  for (const sql of [
    `select json_structure(${deepList})`,
    `select length(json_extract(d, '$[0]')) + len(json_extract(d, '$..a')) + length(d::json::varchar) + length(to_json(d::json)) from (select ${deepList} as d)`,
    `select len(json_keys(${deepObject}))`,
    `select (${deepList})::int[]`,
    `select count(*) from json_each(${deepList})`,
    `select (${deepObject})::json::struct(a json)`,
  ]) {
    expect([sql, await outcome(sql)]).toEqual([sql, expect.stringMatching(/^(\[\[\d*("ARRAY"|"OBJECT")?\]\]|\[\[.*\]\]|MR-SQL-00[245])$/s)]);
  }
  expect(await outcome("select 1")).toBe("[[1]]");
});

test("long statements are refused before they are planned", async () => {
  for (const sql of [`select ${"1+".repeat(900)}1`, `select 1${" union all select 1".repeat(3_000)}`, `select ${"(".repeat(20_000)}1${")".repeat(20_000)}`, `select 1 from ${Array.from({ length: 400 }, (_, i) => `(select 1) t${i}`).join(", ")}`]) {
    expect(await outcome(sql)).toBe("MR-SQL-002");
  }
  expect(await outcome(`select 1 in (${"1,".repeat(30_000)}1)`)).toBe("[[true]]");
  expect(await outcome(`select 1 where ${"1 = 1 or ".repeat(6_000)}1 = 1`)).toBe("[[1]]");
});

test("nothing is read or written past the tables", async () => {
  const secret = join(scratch.folder, "secret.txt");
  const out = join(scratch.folder, "out.csv");
  for (const sql of [
    `copy (select 1) to '${out}'`,
    `select * from read_text('${secret}')`,
    `select * from "${secret}"`,
    `call enable_logging('QueryLog', storage='file', storage_config={'path': '${out}'})`,
    `select * from query('select * from read_text(''${secret}'')')`,
    `select * from topics."${secret}"`,
  ]) {
    expect([sql, await outcome(sql)]).toEqual([sql, expect.stringMatching(/^MR-SQL-00[23]$/)]);
  }
  expect(existsSync(out)).toBe(false);
  expect(await readdir(scratch.folder)).toEqual(["secret.txt"]);
});

test("the process of a query sees none of our environment", async () => {
  process.env.MILLRACE_TEST_CANARY = "hunter2";
  const stream = await runner.stream({ sql: "select range from range(100000000)", resolve, limits });
  const { execFileSync } = await import("node:child_process");
  if (process.platform === "linux") {
    const { readFileSync } = await import("node:fs");
    const pids = execFileSync("ps", ["-o", "pid=", "--ppid", String(process.pid)]).toString().trim().split(/\s+/);
    const environments = pids.map((pid) => { try { return readFileSync(`/proc/${pid}/environ`, "utf8"); } catch { return ""; } }).filter((text) => text.includes("millrace-sql-"));
    expect(environments.length).toBeGreaterThan(0);
    for (const text of environments) expect(text).not.toMatch(/hunter2|PATH=|TOKEN/);
  }
  for await (const _ of stream.rows) break;
  delete process.env.MILLRACE_TEST_CANARY;
});

test.runIf(process.platform === "linux")("where prlimit is missing, the shell's limit holds", async () => {
  const other = new SqlRunner({ limiter: "ulimit", standbyMs: 0 });
  const run = (sql: string): Promise<unknown> => other.run({ sql, resolve, limits }).then(({ rows }) => rows, (error) => error.code);
  expect(await run("select count(*) from flights")).toEqual([[3_000_000]]);
  expect(await run("select list_sum(range(0, 2000000000))")).toBe("MR-SQL-004");
  await other.close();
});
