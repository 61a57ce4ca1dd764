import { tableFromIPC } from "@uwdata/flechette";
import { afterAll, beforeAll, expect, test } from "vitest";
import { startTestServer, type TestServer } from "../../test/support/test-server.ts";

let server: TestServer;
beforeAll(async () => {
  server = await startTestServer();
});
afterAll(() => server.close());

const submit = (sql: string, more: object = { wait: 30 }) => server.call("POST", "/api/v1/queries", { sql, ...more });
const get = (path: string) => server.call("GET", `/api/v1/queries${path}`);
const download = (path: string): Promise<Response> => fetch(`${server.url}/api/v1/queries${path}`, { headers: { authorization: `Bearer ${server.token}` } });

/** One that runs until it is stopped. */
const endless = "select count(*) from range(100000000) a, range(100000000) b where a.range + b.range < 0";

test("a query has a record, and its result is read by pages", async () => {
  const { status, body } = await submit("select range as n, 'x' as k from range(2500)", { wait: 30, by: "ada" });
  expect([status, body.state, body.by, body.error]).toEqual([200, "succeeded", "ada", null]);
  expect(body.cost).toMatchObject({ rows: 2_500, filesRead: 0 });
  expect(Date.parse(body.resultUntil)).toBeGreaterThan(Date.now());
  const rows: unknown[] = [];
  for (let next: string | null = "0"; next !== null; ) {
    const page: { columns: unknown; rows: unknown[]; next: string | null } = (await get(`/${body.id}/results?limit=1000&page=${next}`)).body;
    expect(page.columns).toEqual([{ name: "n", type: "BIGINT" }, { name: "k", type: "VARCHAR" }]);
    rows.push(...page.rows);
    next = page.next;
  }
  expect(rows).toEqual(Array.from({ length: 2_500 }, (_, n) => [n, "x"]));
  expect((await get(`/${body.id}`)).body).toEqual(body);
  expect((await get("?limit=1")).body.queries[0].id).toBe(body.id);
});

test("a result comes back with the values and names that it had, in each form", async () => {
  const sql = `select sum(9223372036854775807::bigint) as big, 1 as a, 2 as a, 1.50::decimal(9,2) as d, [1, null] as l, {'x': 'y'} as s, map {'k': 1} as m, 'é,"' as t, null as n,
    timestamptz '2026-01-02 03:04:05.678901+00' as at, date '1969-12-31' as day, 'ab'::blob as b, 'nan'::double as f, true as y, interval 1 day as i, (-3)::tinyint as z, 12345678901234567890123.45::decimal(38,2) as w`;
  const { body } = await submit(sql);
  expect(body.state, JSON.stringify(body.error)).toBe("succeeded");
  const direct = await server.control.queries.sql({ sql, limit: 10, timeoutMs: 30_000 }, new AbortController().signal);
  const page = (await get(`/${body.id}/results`)).body;
  expect(page.columns).toEqual(direct.columns);
  expect(page.rows).toEqual(JSON.parse(JSON.stringify(direct.rows)));

  const csv = await download(`/${body.id}/results?format=csv`);
  expect(csv.headers.get("content-type")).toContain("text/csv");
  expect((await csv.text()).split("\r\n").slice(0, 2)).toEqual(["big,a,a,d,l,s,m,t,n,at,day,b,f,y,i,z,w", '9223372036854775807,1,2,1.5,"[1,null]","{""x"":""y""}","[[""k"",1]]","é,""",,2026-01-02T03:04:05.678901Z,1969-12-31,YWI=,NaN,true,1 day,-3,12345678901234567890123.45']);

  const arrow = tableFromIPC(new Uint8Array(await (await download(`/${body.id}/results?format=arrow`)).arrayBuffer()), { useBigInt: true, useDecimalInt: true });
  const value = (name: string): unknown => arrow.getChild(name).at(0);
  expect([value("d"), value("at"), value("day"), value("y"), value("z"), value("w")]).toEqual([150n, Date.parse("2026-01-02T03:04:05.678Z") + 0.901, Date.parse("1969-12-31"), true, -3, 1234567890123456789012345n]);
  expect([Array.from(value("l") as Iterable<number | null>), { ...(value("s") as object) }, value("t"), value("n"), value("f")]).toEqual([[1, null], { x: "y" }, 'é,"', null, Number.NaN]);

  const parquet = await download(`/${body.id}/results?format=parquet`);
  const bytes = Buffer.from(await parquet.arrayBuffer());
  expect([bytes.subarray(0, 4).toString(), bytes.subarray(-4).toString(), bytes.byteLength]).toEqual(["PAR1", "PAR1", body.cost.resultBytes]);
});

test("CSV and Arrow name the next page in a header", async () => {
  const { body } = await submit("select range as n from range(5)");
  const first = await download(`/${body.id}/results?format=csv&limit=3`);
  expect([await first.text(), first.headers.get("millrace-next-page")]).toEqual(["n\r\n0\r\n1\r\n2\r\n", "3"]);
  const last = await download(`/${body.id}/results?format=csv&limit=3&page=3`);
  expect([await last.text(), last.headers.get("millrace-next-page")]).toEqual(["n\r\n3\r\n4\r\n", null]);
});

test("a query is answered for before it has ended, and cancelled", async () => {
  const { status, body } = await submit(endless, {});
  expect(status).toBe(202);
  expect(["queued", "running"]).toContain(body.state);
  expect((await get(`/${body.id}/results`)).body.error.code).toBe("MR-HTTP-005");
  const cancelled = (await server.call("POST", `/api/v1/queries/${body.id}/cancel`)).body;
  expect([cancelled.state, cancelled.error.code]).toEqual(["cancelled", "MR-SQL-006"]);
  expect((await get("?state=cancelled")).body.queries.map(({ id }: { id: string }) => id)).toEqual([body.id]);
  const after = await get(`/${body.id}/results`);
  expect([after.status, after.body.error.code]).toEqual([409, "MR-SQL-006"]);
});

test("what fails keeps its error, and a wrong request is refused", async () => {
  const { body } = await submit("select * from nowhere");
  expect([body.state, body.error.code]).toEqual(["failed", "MR-SQL-003"]);
  expect((await get(`/${body.id}/results`)).body.error.code).toBe("MR-SQL-003");
  expect((await get("/q0")).status).toBe(404);
  for (const path of ["?state=done", "?limit=0", "?limit=1e9", "?before=..", `/${body.id}/results?format=xml`, `/${body.id}/results?page=-1`, `/${body.id}/results?limit=100001`, `/${body.id}/results?page=1e3`]) expect([path, (await get(path)).status]).toEqual([path, 400]);
  for (const bad of [{}, { sql: "" }, { sql: "x".repeat(65_537) }, { sql: "select 1", wait: 61 }, { sql: "select 1", timeout: "25h" }, { sql: "select 1", role: "admin" }]) expect((await server.call("POST", "/api/v1/queries", bad)).status).toBe(400);
});

test("of a result as wide as it is long only what is looked at is read, and long values are cut there alone", async () => {
  const wide = Array.from({ length: 3_000 }, (_, i) => `range+${i} c${i}`).join();
  const { body } = await submit(`select ${wide} from range(50)`);
  expect(body.state, JSON.stringify(body.error)).toBe("succeeded");
  const { columns, rows, rowCount } = (await get(`/${body.id}/results?page=40&limit=2&columnsFrom=2998&columns=10`)).body;
  expect([columns.map(({ name }: { name: string }) => name), rows, rowCount]).toEqual([["c2998", "c2999"], [[3_038, 3_039], [3_039, 3_040]], 50]);
  expect((await get(`/${body.id}/results?columnsFrom=3000`)).body.error.code).toBe("MR-HTTP-006");
});

test("a result is ordered by the values of a column, page by page, nulls last and equal ones as they came", async () => {
  const { body } = await submit("select range as n, range * 7 % 10 as t, nullif(range % 3, 1) as some, (range::hugeint - 5) * 100000000000000000000 as big, ['x' || range % 2] as l, range as file_row_number, -range as k from range(30)");
  expect(body.state, JSON.stringify(body.error)).toBe("succeeded");
  const n = Array.from({ length: 30 }, (_, i) => i);
  const read = async (orderBy: number, more = ""): Promise<number[]> => {
    const pages = await Promise.all([0, 20].map(async (page) => (await get(`/${body.id}/results?limit=20&page=${page}&columns=1&orderBy=${orderBy}${more}`)).body.rows));
    return pages.flat(2);
  };
  const by = (value: (i: number) => number | null, sign: number): number[] => n.toSorted((a, b) => Number(value(a) === null) - Number(value(b) === null) || sign * ((value(a) ?? 0) - (value(b) ?? 0)) || a - b);
  expect(await read(1)).toEqual(by((i) => (i * 7) % 10, 1));
  expect(await read(1, "&descending=true")).toEqual(by((i) => (i * 7) % 10, -1));
  expect(await read(2, "&descending=true")).toEqual(by((i) => (i % 3 === 1 ? null : i % 3), -1));
  // As numbers, though the file has them as text.
  expect(await read(3)).toEqual(n);
  expect(await read(4)).toEqual(by((i) => i % 2, 1));
  expect(await read(5, "&descending=true")).toEqual(n.toReversed());
  const csv = await download(`/${body.id}/results?format=csv&limit=2&orderBy=6&columnsFrom=5&columns=2&cellChars=20`);
  expect(await csv.text()).toBe("file_row_number,k\r\n29,-29\r\n28,-28\r\n");
  expect((await get(`/${body.id}/results?orderBy=7`)).body.error).toMatchObject({ code: "MR-HTTP-006", what: "the result has 7 columns" });
  for (const bad of ["orderBy=-1", "orderBy=n", "orderBy=1&descending=maybe"]) expect((await get(`/${body.id}/results?${bad}`)).status).toBe(400);
});

test("cut values are one character longer than asked for, in whatever type they are", async () => {
  const { body } = await submit("select repeat('é', 100) as t, 'short' as s, range(100) as l, {'a': repeat('x', 100)} as o, 'abc'::blob as b, [170141183460469231731687303715884105727::hugeint] as h, null::varchar as n, '' as e, 9223372036854775807 as i, 1.5::decimal(9,2) as d");
  expect(body.state, JSON.stringify(body.error)).toBe("succeeded");
  const { rows } = (await get(`/${body.id}/results?cellChars=10`)).body;
  expect(rows).toEqual([["é".repeat(11), "short", "[0,1,2,3,4,", '{"a":"xxxxx', "YWJj", "[1701411834", null, "", "9223372036854775807", 1.5]]);
  expect((await get(`/${body.id}/results`)).body.rows[0][0]).toBe("é".repeat(100));
});

test("a plan says what would be done, or what it took, and where files lie is not in it", async () => {
  const plan = (sql: string, measured: boolean) => server.call("POST", "/api/v1/sql/plan", { sql, measured });
  const names = (steps: { name: string; steps: any[] }[]): string[] => steps.flatMap(({ name, steps: below }) => [name, ...names(below)]);
  const { body: guessed } = await plan("select range % 3 as k, count(*) from range(1000) group by k order by k", false);
  expect(guessed.ms).toBeNull();
  expect(names(guessed.steps)).toEqual(expect.arrayContaining(["ORDER_BY", "HASH_GROUP_BY"]));
  const { body: measured } = await plan("select range % 3 as k, count(*) from range(1000) group by k order by k;", true);
  expect(measured.ms).toBeGreaterThan(0);
  expect(measured.steps[0]).toMatchObject({ rows: 3, ms: expect.any(Number) });
  expect((await plan("select 1; drop table x", true)).body.error.code).toBe("MR-SQL-002");
  expect((await plan("select nothing", false)).body.error).toMatchObject({ code: "MR-SQL-003", where: "line 1, column 8" });
  expect((await plan("select * from read_csv('/etc/passwd')", false)).body.error.code).toBe("MR-SQL-002");
});

test("a query is saved, changed by who has seen its last change alone, and removed", async () => {
  const path = "/api/v1/saved-queries";
  const { body: saved } = await server.call("POST", path, { name: "orders by day", sql: "select 1;\nselect", by: "ada" });
  expect(saved).toMatchObject({ name: "orders by day", sql: "select 1;\nselect", by: "ada", version: 1 });
  const { body: changed } = await server.call("PUT", `${path}/${saved.id}`, { name: "orders by week", sql: "select 2", version: 1 });
  expect(changed).toMatchObject({ id: saved.id, name: "orders by week", by: null, version: 2 });
  const late = await server.call("PUT", `${path}/${saved.id}`, { name: "mine", sql: "select 3", version: 1 });
  expect([late.status, late.body.error.code]).toEqual([409, "MR-HTTP-012"]);
  expect((await server.call("GET", `${path}/${saved.id}`)).body).toEqual(changed);
  const { sql: _, ...head } = changed;
  expect((await server.call("GET", path)).body.saved).toEqual([head]);
  await server.call("POST", `${path}/${saved.id}/remove`);
  expect((await server.call("GET", `${path}/${saved.id}`)).status).toBe(404);
  expect((await server.call("PUT", `${path}/${saved.id}`, { name: "x", sql: "y", version: 2 })).status).toBe(404);
});
