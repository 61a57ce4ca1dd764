import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../test/support/test-server.ts";
import { SqlRunner } from "../sql/sql-runner.ts";
import { stallMs } from "../../test/support/stall.ts";

/*
 * Statements that took down, filled or stalled an engine, and those that read past what they may, sent over REST. Each is
 * answered with a code in its time, tells nothing of this machine, and leaves the service as it was.
 */

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer({ runner: new SqlRunner({ statementsPerProcess: 1_000 }) });
  server.control.sql = (request, signal) => server.control.queries.sql(request, signal) as never;
});
afterAll(() => server.close());

/** What crashes or is refused takes the time that it takes. */
const timeoutMs = stallMs;
const shortMs = 1_000;

const refused: [sql: string, ...codes: string[]][] = [
  // Reading and writing past the tables.
  ["copy (select 1) to 'x.csv'", "MR-SQL-002"],
  ["select * from read_text('/etc/passwd')", "MR-SQL-002"],
  ["select * from '/etc/passwd'", "MR-SQL-002"],
  ["select * from read_csv('http://169.254.169.254/latest/meta-data')", "MR-SQL-002"],
  ["call enable_logging('QueryLog', storage='file', storage_config={'path':'x'})", "MR-SQL-002"],
  ["select * from query('select 1')", "MR-SQL-002"],
  ["select * from query_table('pii')", "MR-SQL-002"],
  ["select * from json_execute_serialized_sql(json_serialize_sql('select 1'))", "MR-SQL-002"],
  ["create or replace macro lower(x) as 'pwned'", "MR-SQL-002"],
  ["pragma version", "MR-SQL-002"],
  ["select error('secret')", "MR-SQL-002"],
  ["attach ':memory:' as m; create table m.b (a int)", "MR-SQL-002"],
  ["select * from duckdb_columns()", "MR-SQL-002"],
  ["select * from duckdb_secrets()", "MR-SQL-002"],
  ["select getenv('HOME')", "MR-SQL-002"],
  ["set memory_limit = '100GB'", "MR-SQL-002"],
  ["'; drop table t;--", "MR-SQL-001"],
  [`select "a\u0000b"`, "MR-SQL-001"],
  ["select * from pii at (version => (select 1))", "MR-SQL-002"],
  ["select * from information_schema.tables", "MR-SQL-003"],
  ["table pii", "MR-SQL-003"],
  ["summarize pii", "MR-SQL-003"],
  ["select p from pii p", "MR-SQL-003"],
  // Statements that are too large or too deep.
  [`select ${"1+".repeat(900)}1`, "MR-SQL-002"],
  [`select 1${" union all select 1".repeat(3_000)}`, "MR-SQL-002"],
  [`select ${"(".repeat(5_000)}1${")".repeat(5_000)}`, "MR-SQL-002"],
  // Those that take what there is.
  ["select length(repeat('a', 4000000000))", "MR-SQL-004"],
  ["select list_sum(range(0, 2000000000))", "MR-SQL-004"],
  ["select len(range(0, 200000000))", "MR-SQL-004"],
  ["with recursive t(n) as (select 1 union all select n + 1 from t) select max(n) from t", "MR-SQL-004"],
  ["select count(*) from range(10000000) a, range(10000000) b where a.range + b.range < 0", "MR-SQL-004"],
  ["select json_structure(repeat('[', 100000) || repeat(']', 100000))", "MR-SQL-002"],
  ["select (repeat('[', 100000) || repeat(']', 100000))::json::variant", "MR-SQL-005"],
];

/** What only this machine knows. */
const leak = /\/(tmp|etc|home|root|work|usr)\/|node_modules|millrace-sql-|\.ts:\d/;

test("each hostile statement is answered with a code, in its time, and tells nothing of this machine", async () => {
  for (const [sql, ...codes] of refused) {
    const started = performance.now();
    // What takes all there is ends with its time.
    const time = codes.includes("MR-SQL-004") ? shortMs : timeoutMs;
    const { status, text, body } = await server.call("POST", "/api/v1/sql", { sql, timeout: `${time}ms` });
    expect([sql.slice(0, 80), body.error?.code]).toEqual([sql.slice(0, 80), expect.toBeOneOf(codes)]);
    expect(status).toBeLessThan(500);
    expect(body.error.mend).not.toBe("");
    // What stands in the statement itself may stand in the answer.
    if (!leak.test(sql)) expect(text).not.toMatch(leak);
    // It is killed two seconds after its time.
    expect(performance.now() - started).toBeLessThan(time + 2_000 + stallMs);
  }
  expect((await server.call("GET", "/api/v1/status")).status).toBe(200);
  expect((await server.call("POST", "/api/v1/sql", { sql: "select lower('A') as a" })).body.rows).toEqual([["a"]]);
});

test("others are answered while a hostile statement runs", async () => {
  const hostile = server.call("POST", "/api/v1/queries", { sql: "select list_sum(range(0, 2000000000))", timeout: "5s", wait: 60 });
  for (let n = 0; n < 20; n++) expect((await server.call("GET", "/api/v1/status")).status).toBe(200);
  expect((await server.call("POST", "/api/v1/sql", { sql: "select 1 as a" })).body.rows).toEqual([[1]]);
  expect((await hostile).body).toMatchObject({ state: "failed", error: { code: "MR-SQL-004" } });
});

test("a result with hostile names and values comes through as it is", async () => {
  const { body } = await server.call("POST", "/api/v1/queries", { sql: `select 1 as "__proto__", 2 as "constructor", '<img src=x onerror=alert(1)>' as "<b>", chr(27) || ']8;;x' as e`, wait: 20 });
  const page = (await server.call("GET", `/api/v1/queries/${body.id}/results`)).body;
  expect(page.columns.map(({ name }: { name: string }) => name)).toEqual(["__proto__", "constructor", "<b>", "e"]);
  expect(page.rows).toEqual([[1, 2, "<img src=x onerror=alert(1)>", "\u001b]8;;x"]]);
});
