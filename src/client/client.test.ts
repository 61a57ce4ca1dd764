import { type } from "arktype";
import { afterAll, beforeAll, expect, expectTypeOf, test } from "vitest";
import { z } from "zod";
import { startTestServer, type TestServer } from "../../test/support/test-server.ts";
import { connect, type LakeClient, sql } from "./index.ts";

let server: TestServer;
let lake: LakeClient;

beforeAll(async () => {
  server = await startTestServer();
  // The statements of the test's control plane are two words of its own; here the real ones run.
  server.control.sql = (request, signal) => server.control.queries.sql(request, signal) as never;
  lake = connect(server);
});

afterAll(() => server.close());

test("rows come with the type that is said of them", async () => {
  const rows = await lake.sql<{ n: number; t: string }>`select 1 as n, 'x' as t union all select 2, 'y' order by n`;
  expectTypeOf(rows).toEqualTypeOf<{ n: number; t: string }[]>();
  expect(rows).toEqual([{ n: 1, t: "x" }, { n: 2, t: "y" }]);
});

test("a value is a value, whatever is in it", async () => {
  const hostile = `'; drop table x; -- "${"\\"}' $$`;
  expect(await lake.sql`select ${hostile} as t, ${[1, null]} as l, ${{ a: "b" }} as s, ${9007199254740993n} as n, ${new Date(0)} as at, ${null} as z where ${hostile} = ${hostile} ${sql`and ${true}`}`).toEqual([{ t: hostile, l: [1, null], s: { a: "b" }, n: "9007199254740993", at: "1970-01-01T00:00:00Z", z: null }]);
  expect(() => lake.sql`select '${hostile}'`).toThrow(expect.objectContaining({ code: "MR-MODEL-001" }));
});

test("rows are checked by a schema of any library, and are what it makes of them", async () => {
  const Row = z.object({ day: z.iso.date().transform((day) => new Date(day)), n: z.number() });
  const [row] = await lake.sql`select date '2026-01-01' as day, 1 as n`.as(Row);
  expectTypeOf(row).toEqualTypeOf<{ day: Date; n: number }>();
  expect(row).toEqual({ day: new Date("2026-01-01"), n: 1 });
  expect(await lake.sql`select 1 as n`.as(type({ n: "number" }))).toEqual([{ n: 1 }]);
  await expect(lake.sql`select 1 as n, 2 as n`.as(type({ n: "number", n_2: "string" }))).rejects.toMatchObject({ code: "MR-DATA-001", message: expect.stringContaining("n_2") });
});

test("a result of any size is read page by page", async () => {
  let total = 0;
  for await (const { n } of lake.sql<{ n: number }>`select range as n from range(25000)`.with({ pageRows: 10_000 })) total += n;
  expect(total).toBe((25_000 * 24_999) / 2);
  expect((await lake.sql`select range from range(12345)`).length).toBe(12_345);
});

const endless = sql`select count(*) from range(100000000) a, range(100000000) b where a.range + b.range < 0`;

test("a signal ends the statement, wherever it runs", async () => {
  const stop = new AbortController();
  const reading = (async () => { for await (const _ of lake.sql`${endless}`.with({ signal: stop.signal })); })();
  const failed = expect(reading).rejects.toMatchObject({ message: "enough" });
  await expect.poll(() => server.control.queries.list({ states: ["running"], limit: 10 }).length).toBe(1);
  stop.abort(new Error("enough"));
  await failed;
  await expect.poll(() => server.control.queries.list({ states: ["cancelled"], limit: 10 }).length).toBe(1);
  const quick = new AbortController();
  const waiting = expect(lake.sql`${endless}`.with({ signal: quick.signal })).rejects.toMatchObject({ message: "enough" });
  quick.abort(new Error("enough"));
  await waiting;
});

test("errors are those of the service", async () => {
  await expect(lake.sql`select nothing`).rejects.toMatchObject({ code: "MR-SQL-003" });
  await expect(connect({ ...server, token: "x" }).sql`select 1`).rejects.toMatchObject({ code: "MR-HTTP-001" });
  await expect(connect({ url: "http://127.0.0.1:1", token: "x" }).sql`select 1`).rejects.toMatchObject({ code: "MR-CLI-002", retryable: true });
});
