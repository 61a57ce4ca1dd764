import { afterAll, beforeAll, expect, test } from "vitest";
import type { PostgresDecl } from "../../model/external-decl.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import type { QueryResult, TableReference } from "../../sql/query-request.ts";
import { resolveDatasets } from "../../sql/resolve-datasets.ts";
import { PostgresMount } from "./mount.ts";
import { type PostgresServer, startPostgres } from "../../../scripts/engines/postgres.ts";

/** Needs PostgreSQL; MILLRACE_POSTGRES_BIN names the folder of its programs. */
const schema = `
create role reader login password 'reader-secret';
create type mood as enum ('sad', 'happy');
create domain positive as int4 check (value > 0);
create domain small_positive as positive check (value < 100);
create type place as (street text, number int4);
create table things (
  id int8 primary key, small int2, whole int4, real4 float4, real8 float8, exact numeric(12, 3), loose numeric, wide numeric(60, 2),
  yes boolean, words text, short varchar(10), padded char(6), day date, moment timestamp, zoned timestamptz(3), clock time, span interval,
  key uuid, doc json, docb jsonb, bytes bytea, feeling mood, count small_positive, address place, spread int4range, net inet,
  numbers int4[], texts text[], matrix int4[][], prices numeric(8, 2)[], moods mood[], "odd ""name" text, "Zoë" int4
);
comment on table things is 'All that there is.';
comment on column things.exact is 'To the tenth of a cent.';
insert into things values
  (1, -5, 7, 1.5, 0.1, 123456789.125, 1e30, 1.5, true, E'a,"b"\\nc\\r\\n\\\\N', 'short', 'pad', '2024-02-29', '2024-02-29 12:34:56.789012', '2024-02-29 12:34:56.789+02', '23:59:59.5', '1 year 2 months 3 days 04:05:06',
   'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '{"a": [1, null]}', '{"b": "x"}', '\\x00ff5c', 'happy', 42, row('Main', 7), '[1,5)', '10.0.0.1/8',
   '{1,NULL,3}', '{"a,b","c\\"d",NULL,"null"}', '{{1,2},{3,4}}', '{1.10,2.20}', '{sad,happy}', 'odd', 9),
  (2, null, null, 'NaN', '-Infinity', null, 'NaN', null, false, '', '', null, 'infinity', 'infinity', '-infinity', null, null,
   null, null, null, '', null, null, null, null, null, '{}', null, null, null, null, null, null);
insert into things (id) values (3);
create table lone (value text);
insert into lone values (null), (''), ('x'), (null);
create table many as select i as id, i % 1000 as part, repeat('value ', 5) || i as text, timestamptz '2024-01-01 00:00:00Z' + i * interval '1 second' as at from generate_series(1, 200000) i;
create index on many (id);
create view seen as select id, words from things;
create materialized view kept as select count(*) as n from things;
create table parted (id int4, day date) partition by range (day);
create table parted_1 partition of parted for values from ('2024-01-01') to ('2025-01-01');
insert into parted values (1, '2024-05-05');
create table nobodys (id int4);
create schema other;
create table other.things (only_here int4);
insert into other.things values (77);
create table "Mixed Case" ("Column One" int4);
insert into "Mixed Case" values (5);
create view slow as select pg_sleep(30)::text as nothing;
create view wrong as select 1 / (id - 1) as bad from things;
create table notnumber (n numeric(5, 2));
insert into notnumber values ('NaN');
create table no_columns ();
insert into no_columns default values; insert into no_columns default values;
grant usage on schema public, other to reader;
grant select on all tables in schema public to reader;
grant select on all tables in schema other to reader;
revoke all on nobodys from reader;
`;

let server: PostgresServer;
const runner = new SqlRunner({ concurrencyMax: 2 });

beforeAll(async () => {
  server = await startPostgres();
  server.run(schema);
});
afterAll(async () => {
  await runner.close();
  await server?.stop();
});

const secrets = /reader-secret|pass word/g;

function mountOf(more: Partial<PostgresDecl> = {}, connection: PostgresDecl["connection"] = {}): PostgresMount {
  const decl: PostgresDecl = { kind: "postgres", connection: { host: "127.0.0.1", port: server.port, database: "postgres", user: "reader", password: "reader-secret", ...connection }, schema: "public", statementTimeoutMs: 60_000, rowsMax: 1_000_000, ...more };
  return new PostgresMount({ name: "shop", decl, mask: (text) => text.replaceAll(secrets, "***") });
}

function run(sql: string, mount = mountOf(), limits = {}): Promise<QueryResult> {
  const resolve = (references: TableReference[]) =>
    resolveDatasets(references, { tables: async () => (await mount.tables()).map(({ name }) => `shop.${name}`), topics: async () => [], openTable: (name, _, asked) => mount.source(name.slice(5), asked), openTopic: () => Promise.reject(new Error("there are no topics here")) });
  return runner.run({ sql, resolve, limits: { timeoutMs: 60_000, ...limits } });
}

async function failure(promise: Promise<unknown>): Promise<{ code: string; what: string; where: string; text: string }> {
  const error = await promise.then(() => undefined, (thrown) => thrown);
  return { code: error?.code, what: error?.parts.what, where: error?.parts.where, text: String(error) };
}

test("values of all types come as they are, and nulls as nulls", async () => {
  const { columns, rows } = await run("select * from shop.things order by id");
  const named = (row: unknown[]) => Object.fromEntries(row.map((value, i) => [columns[i].name, value]));
  expect(Object.fromEntries(columns.map(({ name, type }) => [name, type]))).toMatchObject({
    ...{ id: "BIGINT", small: "SMALLINT", whole: "INTEGER", real4: "FLOAT", real8: "DOUBLE", exact: "DECIMAL(12,3)", loose: "DOUBLE", wide: "DOUBLE", yes: "BOOLEAN", padded: "VARCHAR" },
    ...{ day: "DATE", moment: "TIMESTAMP", zoned: "TIMESTAMP WITH TIME ZONE", clock: "TIME", span: "INTERVAL", key: "UUID", bytes: "BLOB", feeling: "VARCHAR", count: "INTEGER", spread: "VARCHAR", net: "VARCHAR" },
    ...{ numbers: "INTEGER[]", texts: "VARCHAR[]", matrix: "INTEGER[][]", prices: "DECIMAL(8,2)[]", moods: "VARCHAR[]" },
  });
  expect(named(rows[0])).toMatchObject({
    ...{ id: 1, small: -5, whole: 7, real4: 1.5, real8: 0.1, exact: 123456789.125, loose: 1e30, wide: 1.5, yes: true, words: 'a,"b"\nc\r\n\\N', short: "short", padded: "pad" },
    ...{ day: "2024-02-29", moment: "2024-02-29T12:34:56.789012", zoned: "2024-02-29T10:34:56.789Z", clock: "23:59:59.5" },
    ...{ key: "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", doc: '{"a": [1, null]}', docb: '{"b": "x"}', bytes: "AP9c", feeling: "happy", count: 42, address: '{"street":"Main","number":7}', spread: "[1,5)", net: "10.0.0.1/8" },
    ...{ numbers: [1, null, 3], texts: ["a,b", 'c"d', null, "null"], matrix: [[1, 2], [3, 4]], prices: [1.1, 2.2], moods: ["sad", "happy"], 'odd "name': "odd", Zoë: 9 },
  });
  expect((await run("select extract(year from span) * 12 + extract(month from span) as months, extract(day from span) as days, extract(hour from span) as hours from shop.things where id = 1")).rows).toEqual([[14, 3, 4]]);
  expect(named(rows[1])).toMatchObject({ small: null, real4: "NaN", real8: "-Infinity", exact: null, loose: "NaN", words: "", short: "", padded: null, bytes: "", numbers: [], texts: null, doc: null });
  expect((await run("select isinf(day), isinf(moment), isinf(zoned) from shop.things where id = 2")).rows).toEqual([[true, true, true]]);
  expect(rows[2].slice(1).every((value) => value === null)).toBe(true);
  expect((await run("select value from shop.lone order by value nulls first")).rows).toEqual([[null], [null], [""], ["x"]]);
});

test("tables have their types and comments; views and partitioned tables count, another schema is another mount", async () => {
  const tables = await mountOf().tables();
  expect(tables).toContainEqual({ name: "things", description: "All that there is." });
  expect(tables.map(({ name }) => name)).toEqual(expect.arrayContaining(["kept", "parted", "seen"]));
  expect(tables.map(({ name }) => name)).not.toContain("parted_1");
  expect((await mountOf().columns("things"))?.find(({ name }) => name === "exact")).toMatchObject({ declared: "numeric(12,3)", description: "To the tenth of a cent.", required: false });
  expect((await run("select s.words, p.id, k.n from shop.seen s join shop.parted p using (id) cross join shop.kept k")).rows).toEqual([['a,"b"\nc\r\n\\N', 1, 3]]);
  expect((await run("from shop.things", mountOf({ schema: "other" }))).rows).toEqual([[77]]);
  expect((await run('select "column one" from shop."mixed case"')).rows).toEqual([[5]]);
  expect((await run("select count(*) from shop.no_columns")).rows).toEqual([[2]]);
  expect(await failure(run("from shop.things", mountOf({ tables: ["lone"] })))).toMatchObject({ code: "MR-SQL-003" });
});

test("only the columns and rows that a statement asks for are read, and what it gives is the same", async () => {
  const asked: { columns: string[]; rows: number }[] = [];
  const mount = mountOf();
  const counting = async (sql: string): Promise<unknown[][]> => {
    asked.length = 0;
    const resolve = (references: TableReference[]) =>
      resolveDatasets(references, {
        tables: async () => (await mount.tables()).map(({ name }) => `shop.${name}`),
        topics: async () => [],
        openTopic: () => Promise.reject(new Error("there are no topics here")),
        openTable: async (name, _, what) => {
          const source = await mount.source(name.slice(5), what);
          const entry = { columns: source.columns.map((column) => column.name), rows: 0 };
          asked.push(entry);
          const counted = async function* () {
            for await (const piece of source.rows) {
              for (const byte of piece) if (byte === 10) entry.rows++;
              yield piece;
            }
          };
          return { ...source, rows: counted() };
        },
      });
    return (await runner.run({ sql, resolve })).rows;
  };
  expect(await counting("select count(*) from shop.many")).toEqual([[200_000]]);
  expect(asked).toEqual([{ columns: [], rows: 200_000 }]);
  expect(await counting("select text from shop.many where id between 10 and 11 and part < 11")).toEqual([["value value value value value 10"]]);
  expect(asked).toEqual([{ columns: ["id", "part", "text"], rows: 1 }]);
  expect(await counting("select count(*) from shop.many where \"at\" >= timestamptz '2024-01-03 00:00:00+00' and text = 'none'")).toEqual([[0]]);
  expect(asked).toEqual([{ columns: ["text", "at"], rows: 0 }]);
  expect(await counting("select count(*) from shop.things where day = '2024-02-29' and key = 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11' and feeling = 'happy' and padded = 'pad' and exact > 5")).toEqual([[1]]);
  expect(asked[0].rows).toBe(1);
  expect(await counting("select count(*) from shop.things where feeling = 'nowhere'")).toEqual([[0]]);
  expect(await counting("select t.id from (select * from shop.many) t where t.id = 5")).toEqual([[5]]);
  expect(asked).toEqual([{ columns: ["id", "part", "text", "at"], rows: 200_000 }]);
});

test("what goes wrong is told with its mend, and no secret with it", async () => {
  expect(await failure(run("from shop.things", mountOf({}, { port: 1 })))).toMatchObject({ code: "MR-CONNECT-001", where: 'mount "shop"' });
  expect(await failure(run("from shop.things", mountOf({}, { host: "nowhere.invalid" })))).toMatchObject({ code: "MR-CONNECT-001" });
  const refused = await failure(run("from shop.things", mountOf({}, { password: "wrong-reader-secret" })));
  expect(refused).toMatchObject({ code: "MR-CONNECT-002" });
  expect(refused.text).not.toMatch(secrets);
  const url = `postgres://reader:reader-secret@127.0.0.1:${server.port}/nowhere`;
  expect(await failure(run("from shop.things", mountOf({ connection: { url } })))).toMatchObject({ code: "MR-CONNECT-002", what: expect.stringContaining("nowhere") });
  expect(await failure(run("from shop.nothing"))).toMatchObject({ code: "MR-SQL-003" });
  expect(await failure(run("from shop.nobodys"))).toMatchObject({ code: "MR-CONNECT-002", where: 'mount "shop", table "nobodys"' });
  expect(await failure(run("from shop.wrong"))).toMatchObject({ code: "MR-CONNECT-004", what: expect.stringContaining("division by zero") });
  expect(await failure(run("from shop.slow", mountOf({ statementTimeoutMs: 300 })))).toMatchObject({ code: "MR-CONNECT-003" });
  expect(await failure(run("select id from shop.many", mountOf({ rowsMax: 1_000 })))).toMatchObject({ code: "MR-CONNECT-003", what: expect.stringContaining("1000 rows") });
  expect(await failure(run("from shop.many", mountOf(), { spillBytesMax: 1_000_000 }))).toMatchObject({ code: "MR-SQL-004" });
  expect((await failure(run("from shop.notnumber"))).text).toMatch(/NaN/);
  expect(await failure(run("from shop.slow", mountOf(), { timeoutMs: 1_000 }))).toMatchObject({ code: "MR-SQL-004" });
});

test("nothing can be written, whoever the user is", async () => {
  const mount = mountOf({}, { user: server.user, password: server.password });
  server.run("create function sneak() returns int language sql volatile as 'insert into public.lone values (''sneaked''); select 1'; create view writes as select sneak() as n");
  expect(await failure(run("from shop.writes", mount))).toMatchObject({ code: "MR-CONNECT-004", what: expect.stringContaining("read-only") });
  expect(server.run("select count(*) from lone where value = 'sneaked'").trim()).toBe("0");
});

test("a large table passes in bounded memory", async () => {
  server.run("create table large as select i as id, repeat(md5(i::text), 8) as text from generate_series(1, 1000000) i; grant select on large to reader");
  let peak = 0;
  const before = process.memoryUsage.rss();
  const timer = setInterval(() => (peak = Math.max(peak, process.memoryUsage.rss() - before)), 20);
  try {
    const { rows } = await run("select count(*), max(length(text)), sum(id)::bigint from shop.large", mountOf({ rowsMax: 2_000_000 }));
    expect(rows).toEqual([[1_000_000, 256, 500_000_500_000]]);
    expect(peak).toBeLessThan(200 * 2 ** 20);
  } finally {
    clearInterval(timer);
  }
});
