import fc from "fast-check";
import { afterAll, expect, test } from "vitest";
import { z } from "zod";
import { sql, stage, table, topic, within } from "../index.ts";
import { SqlRunner } from "../sql/sql-runner.ts";
import type { Sql, SqlValue } from "./sql-tag.ts";

const runner = new SqlRunner();
afterAll(() => runner.close());
const rowOf = async ({ text }: Sql): Promise<unknown[]> => (await runner.run({ sql: text, resolve: async () => ({ sources: [], known: [] }) })).rows[0];
/** Values that the types refuse, as plain JavaScript could give them. */
const js = (value: unknown) => value as SqlValue;

const Row = z.object({ at: z.iso.datetime(), n: z.int() });
const orders = topic("orders.large", { schema: Row, eventTime: "at" });
const interval = { start: "2001-01-01T05:00:00.000Z", end: "2001-01-02T05:00:00.000Z" };

test("what stands in the statement comes back from the engine as it was", async () => {
  const values = ["it's; drop table x --", "\\", "\\'", "", "line\nbreak /* ' */", "😀", 0, 1, -1, 1.5, -1.5, 1e21, -1e-7, Number.MAX_SAFE_INTEGER, true, false, null, [1, 2], [], [["a'"], []], { a: 1, "b'c\"": [null, "x"] }];
  expect(await rowOf(sql`select ${sql.join(values)}`)).toEqual(values);
  expect(await rowOf(sql`select 5 -${-1}, 5 -${-1.5}, 5 -${-2n}, ${10n ** 20n}, ${-0} = 0, ${Number.NaN}, ${-Infinity}`)).toEqual([6, 6.5, 7, "100000000000000000000", true, "NaN", "-Infinity"]);
});

test("no text and no name can become more than that", async () => {
  const words = fc.array(fc.constantFrom("'", '"', "\\", ";", "--", "/*", "*/", "$$", "select", " ", "\n", "é", "{", "}", "${", "E'", "x"), { maxLength: 12 }).map((parts) => parts.join(""));
  const cases = fc.sample(fc.tuple(words, words, fc.string({ unit: "grapheme" })), 200).filter((texts) => !texts.join("").includes("\0"));
  const columns = cases.map(([text, name, other], i) => sql`${text} as ${sql.id(`${i}${name}`)}, ${[other]} as ${sql.id(`b${i}`)}`);
  expect(await rowOf(sql`select ${sql.join(columns)}`)).toEqual(cases.flatMap(([text, , other]) => [text, [other]]));
});

test("points in time are timestamps, and what only looks like one is a text", async () => {
  const times = ["2001-01-01T06:00:00Z", "2001-01-01T06:00:00.5Z", "2001-01-01T08:00:00+02:00", new Date(0)];
  const texts = ["2001-01-01", "2001-02-30T06:00:00Z", "2001-01-01T06:00:00", "2001-01-01T06:00:00Z'", " 2001-01-01T06:00:00Z"];
  const types = [...times, ...texts, sql.text("2001-01-01T06:00:00Z")].map((value) => sql`typeof(${value})`);
  expect(await rowOf(sql`select ${sql.join(types)}`)).toEqual([...times.map(() => "TIMESTAMP WITH TIME ZONE"), ...texts.map(() => "VARCHAR"), "VARCHAR"]);
  expect(await rowOf(sql`select ${sql.join([...times, ...texts])}`)).toEqual(["2001-01-01T06:00:00Z", "2001-01-01T06:00:00.500Z", "2001-01-01T06:00:00Z", "1970-01-01T00:00:00Z", ...texts]);
});

test("lists are what a column can be in", async () => {
  expect(await rowOf(sql`select 1 in ${[1, 2]}, 3 in ${[]}, 'a' not in ${["b"]}, (select sum(r.x) from unnest(${[{ x: 1 }, { x: 2 }]}) as t(r))`)).toEqual([true, false, true, 3]);
});

test("pieces nest, raw text goes as it is", () => {
  const where = sql`n > ${1}`;
  expect(sql`select * from t where ${where} and ${sql.raw("m is null")} order by ${sql.id('odd "name"')}`.text).toBe('select * from t where n > 1 and m is null order by "odd ""name"""');
  expect(sql.join([where, where], sql` or `).text).toBe("n > 1 or n > 1");
});

test("datasets are their quoted names, and within an interval the rows of it", () => {
  expect(sql`from ${orders}`.text).toBe('from topics."orders.large"');
  const rows = table("lake.rows-1", { schema: Row, interval: "at" });
  expect(sql`from ${rows}`.text).toBe('from "lake"."rows-1"');
  const span = "TIMESTAMPTZ '2001-01-01T05:00:00.000Z' and \"at\" < TIMESTAMPTZ '2001-01-02T05:00:00.000Z')";
  expect(within(rows, interval).text).toBe(`(select * from "lake"."rows-1" where "at" >= ${span}`);
  expect(within(orders, interval).text).toBe(`(select * from topics."orders.large" where "at" >= ${span}`);
  expect(within(table("lake.orders", { from: orders }), interval).text).toContain('"at" >=');
  expect(within(topic("plain", { schema: Row }), interval).text).toContain('"_event_time" >=');
  expect(() => within(table("lake.all", { schema: Row }), interval)).toThrow(/table "lake.all" has no time of its own/);
});

test("no value can stand where its quotes would end others", () => {
  const x = " or 1 = 1 --";
  const refused = [
    () => sql`select '${x}'`, () => sql`select 'a ${x} b'`, () => sql`select "${x}"`, () => sql`select 1 -- ${x}`, () => sql`select 1 /* ${x} */`, () => sql`select $$ ${x} $$`, () => sql`select $a$ ${x} $a$`,
    () => sql`select 'it''s ${x}'`, () => sql`select e'\\' ${x}'`, () => sql`select '${x}`, () => sql`select ${x}'`, () => sql`select /* /* */ ${x} */ 1`, () => sql`select '\0' ${x}`, () => sql`select '${sql`a`}'`,
  ];
  for (const write of refused) expect(write, write.toString()).toThrow(/inside of quotes or a comment/);
  expect(sql`select 'it''s', "a ""b""", '$', e'\\'', ${x} -- 'done
    , 'x' /* " */, $$ ' $$, '--', ${1}`.text).toContain("' or 1 = 1 --' -- 'done");
  expect(sql`select '$ ' -- without values anything goes`.text).toContain("anything");
});

test.each<[string, unknown, RegExp]>([
  ["undefined", undefined, /type undefined[^]*write null/],
  ["a function", () => 1, /type function/],
  ["a date that is none", new Date(Number.NaN), /no date/],
  ["a map", new Map([[1, 2]]), /without fields|class Map/],
  ["an object of a class", Object.assign(new (class Order {})(), { n: 1 }), /class Order/],
  ["an object without fields", {}, /without fields/],
  ["a stage", stage("s", { from: orders, to: orders, run: () => {} }), /a stage cannot stand/],
  ["NUL", "a\0b", /NUL/],
  ["half a character", "a\ud800", /lone surrogate/],
  ["an imitation of SQL", { text: "drop table x", raw: true }, /^$/],
])("%s is refused or a value", (_, value, expected) => {
  if (expected.source === "^$") return expect(sql`${js(value)}`.text).toBe("{'text': 'drop table x', 'raw': TRUE}");
  expect(() => sql`select ${js(value)}`).toThrow(expected);
  expect(() => sql`select ${js([value])}`).toThrow(expected);
});

test("the statement of an ephemeral model may end in a comment", async () => {
  const one = table("a.one", { materialize: "ephemeral", sql: sql`select 1 as x -- that is all` });
  expect(await rowOf(sql`select x + 1 from ${one} where x = 1`)).toEqual([2]);
});
