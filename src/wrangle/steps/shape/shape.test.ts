import fc from "fast-check";
import { expect, test } from "vitest";
import type { Rows } from "../../../model/nested.ts";
import { sqlText } from "../../../lake/duckdb.ts";
import { sql } from "../../../model/sql-tag.ts";
import { apply, complete, derive, drop, fill, filterRows, nest, pivotLonger, pivotWider, rename, reorder, required, select, separate, summarise, topRows, transform, trim, unite, unnest, wrangle } from "../../index.ts";
import { withJsonTypes } from "../../nested/read-type.ts";
import { TestEngine } from "../../nested/nested-for-tests.ts";
import type { Row } from "../cells.ts";
import { compileSteps } from "../compile-steps.ts";
import { readSteps } from "../read-steps.ts";
import { type AnyStep, bothForms, type Columns, holdChains, inMemory } from "../steps-for-tests.ts";

const columns: Columns = { a: "VARCHAR", b: "VARCHAR", n: "BIGINT", x: "DOUBLE", day: "DATE", at: "TIMESTAMP", yes: "BOOLEAN" };
const any = (...steps: AnyStep[]): AnyStep[] => steps;

async function hold(chains: readonly AnyStep[][], numRuns: number): Promise<void> {
  await holdChains(await TestEngine.open(), columns, chains, numRuns);
}

test("separate and unite do the same in both forms", async () => {
  const into = ["p", "q"] as const;
  await hold(
    [
      [separate("a", { into, separator: " " })],
      [separate("a", { into, separator: ",", few: "null", many: "merge", keep: true })],
      [separate("a", { into: ["a", "q"], separator: "n", few: "null", many: "drop" }), trim("a")],
      [separate("b", { into, pattern: "(\\d+)[./-](.*)" }), required("q")],
      [separate("b", { into, pattern: "(\\p{Lu})?(.*)", few: "null" })],
      [separate("a", { into: ["p", "q", "r"], positions: [1, 3], few: "null" })],
      [separate("a", { into, positions: [3], many: "merge" })],
      [unite("all", { columns: ["a", "n", "x", "b", "yes"] })],
      [unite("b", { columns: ["a", "b", "day", "at"], separator: "", nulls: "null" })],
      [unite("all", { columns: ["b", "a"], separator: "'", keep: true })],
    ],
    12,
  );
});

test("columns are chosen, named, ordered; rows are filtered", async () => {
  await hold(
    [
      [select(["x", "a"]), rename({ x: "a", a: "x" })],
      [rename({ a: "b", b: "c" }), drop(["n", "c"]), reorder(["yes", "day"])],
      [filterRows([["n", ">=", 0], ["x", "<", 2]])],
      [filterRows([["a", "in", ["", "a", "it's"]], ["b", "is null"], ["yes", "=", true]], { match: "any" }), required("a")],
      [filterRows([["a", ">", "N"], ["a", "!=", "😀 b"]])],
      [filterRows([["day", "<=", "2020-02-29"], ["at", ">", "1999-12-31 23:59:58.5"]], { match: "any" })],
      [filterRows([["x", "not in", [0.1, 2]], ["n", "in", []], ["x", "is not null"]], { match: "any" }), trim("b")],
    ],
    12,
  );
});

test("groups become rows, values become columns", async () => {
  const orderBy = ["-n", "a", "b"];
  await hold(
    [
      [summarise("yes", { rows: { count: "*" }, a: { count: "a" }, kinds: { distinct: "a" }, sum: { sum: "n" }, mean: { mean: "x" }, middle: { median: "n" }, least: { min: "a" }, most: { max: "day" } })],
      [summarise([], { sum: { sum: "x" }, often: { mode: "b" }, all: { list: "a" }, middle: { median: "x" } })],
      [summarise(["a", "yes"], { first: { first: "b" }, last: { last: "x" }, all: { list: "n" }, often: { mode: "n" }, until: { max: "at" } }, { orderBy })],
      [pivotWider({ namesFrom: "b", valuesFrom: "n", values: ["a", "N/A", "it's"], aggregate: "sum", by: ["yes"] })],
      [pivotWider({ namesFrom: "yes", valuesFrom: "x", values: [true, false], aggregate: "mean", by: ["a"] })],
      [pivotWider({ namesFrom: "n", valuesFrom: "a", values: [1, 0, -1], aggregate: "max", by: [] })],
      [select(["n", "a", "yes"]), pivotWider({ namesFrom: "n", valuesFrom: "a", values: [2, 3], aggregate: "count" })],
    ],
    12,
  );
});

test("columns are computed, groups stand beside their rows, the first rows stay", async () => {
  const orderBy = ["n", "-x", "a", "b", "day", "at", "yes"];
  await hold(
    [
      [derive("sum", { plus: ["n", "x", 0.5] }), derive("x", { divide: ["x", "n"] }), derive("p", { times: ["n", "n", "sum"] }), derive("d", { minus: [1, "x"] })],
      [derive("due", { addDays: ["day", "n"] }), derive("day", { addDays: ["day", "x"] }), derive("made", { date: [2024, "n", "x"] }), derive("feb", { date: [1900, 2, 29] })],
      [transform({ share: { share: "n" }, z: { z: "x" }, total: { sum: "n" }, often: { mode: "a" }, rows: { count: "*" } }, { by: ["yes"] })],
      [required("a"), transform({ rank: { rank: "-n" }, dense: { denseRank: "a" }, running: { cumulative: "x" }, middle: { median: "x" } }, { orderBy: ["n"] })],
      [transform({ lag: { lag: "a" }, lead: { lead: "day" }, running: { cumulative: "n" } }, { by: ["yes"], orderBy })],
      [topRows(2, { orderBy: ["-n"], by: ["yes"] })],
      [topRows(1, { orderBy, by: ["a"], ties: "cut" }), required("a")],
    ],
    12,
  );
});

test("missing rows are made, rows are packed into lists, and out of them", async () => {
  await hold(
    [
      [select(["n", "yes", "x"]), complete(["n", "yes"])],
      [filterRows([["day", "<", "2024-01-01"]]), complete<Record<string, unknown>, "day" | "n">(["day", "n"], { steps: { day: 7, n: 2 } })],
      [complete(["yes", "a"])],
      [select(["a", "n", "yes"]), nest("all", ["n", "a"], { orderBy: ["-n"] })],
      [nest("list", ["a", "b", "x", "day", "at"]), unnest("list", { empty: "keep" })],
      [select(["n", "a"]), summarise("a", { list: { list: "n" } }), unnest("list", { empty: "keep" })],
      [select(["n", "a"]), summarise("a", { list: { list: "n" } }), unnest("list")],
      [required("n"), fill("a", { orderBy: ["n", "x", "day", "at", "b", "yes", "a"], flag: "filled" })],
    ],
    12,
  );
});

test("lists in JSON text open as lists do, as the schema says what is in them", async () => {
  const engine = await TestEngine.open();
  const items = [{ n: 1, tags: ["a"], in: { x: 1.5 } }, null, { n: 2, tags: null, in: null }];
  await engine.relation(`select 1 as id, ${sqlText(JSON.stringify(items))} as items, '["p"]' as names union all select 2, null, '[]' union all select 3, '[]', null`);
  const input = await engine.describe("input");
  const opened = { ...input, fields: withJsonTypes(input.fields, { items: "list<struct<n: long, tags: list<string>, in: struct<x: double>>>", names: "list<string>" }, "the test") };
  const rowsOf = async (...steps: AnyStep[]) => engine.rows(compileSteps(readSteps(steps), opened, "rows"), "order by all");
  expect(await rowsOf(unnest("items"))).toEqual([{ id: 1, names: '["p"]', n: "1", tags: '["a"]', in: '{"x":1.5}' }, { id: 1, names: '["p"]', n: "2", tags: "null", in: "null" }, { id: 1, names: '["p"]', n: null, tags: null, in: null }]);
  expect(await rowsOf(drop("names"), unnest("items", { empty: "keep" }), drop(["in", "n"]), unnest("tags"))).toEqual([{ id: 1, tags: "a" }]);
  expect(await rowsOf(select(["id", "names"]), unnest("names", { empty: "keep" }))).toEqual([{ id: 1, names: "p" }, { id: 2, names: null }, { id: 3, names: null }]);
  expect(await rowsOf(select(["id", "names"]), nest("all", ["names"]))).toHaveLength(3);
});

test("what undoes what: longer and wider, nest and unnest, separate and unite", async () => {
  const key = fc.uniqueArray(fc.integer({ min: 0, max: 9 }), { maxLength: 6 });
  const cell = fc.option(fc.integer({ min: 0, max: 3 }));
  const sorted = (rows: readonly Row[]): string[] => rows.map((row) => JSON.stringify(Object.entries(row).sort(([a], [b]) => (a < b ? -1 : 1)))).sort();
  await fc.assert(
    fc.property(key, fc.array(cell, { minLength: 18, maxLength: 18 }), (ids, cells) => {
      const wide = ids.map((id, i): Row => ({ id, p: cells[i * 3], q: cells[i * 3 + 1], r: cells[i * 3 + 2] }));
      const [longer, wider] = [pivotLonger(["p", "q", "r"]) as AnyStep, pivotWider({ namesFrom: "name", valuesFrom: "value", values: ["p", "q", "r"] }) as AnyStep];
      expect(sorted(inMemory(wide, longer, wider))).toEqual(sorted(wide));
      const long = inMemory(wide, longer);
      expect(sorted(inMemory(long, wider, longer))).toEqual(sorted(long));
      expect(sorted(inMemory(wide, nest("list", ["p", "q"]), unnest("list")))).toEqual(sorted(wide));
      const texts = wide.map(({ id, p, q }): Row => ({ id, p: String(p), q: String(q) }));
      expect(sorted(inMemory(texts, unite("pq", { columns: ["p", "q"] }), separate("pq", { into: ["p", "q"], separator: "_" })))).toEqual(sorted(texts));
    }),
    { numRuns: 50 },
  );
});

test("a function of one's own makes rows of groups, in memory and in no statement", async () => {
  const rows = [{ g: "a", n: 1 }, { g: "b", n: 2 }, { g: "a", n: 3 }];
  const step = apply<{ g: string; n: number }, { g: string; top: number }>((group) => [{ g: group[0].g, top: Math.max(...group.map(({ n }) => n)) }], { by: ["g"] });
  const tops = wrangle(sql`select 'a' as g, 1 as n` as Rows<{ g: string; n: number }>, step);
  expect(tops.apply(rows).rows).toEqual([{ g: "a", top: 3 }, { g: "b", top: 2 }]);
  expect(tops.text).toContain("a function");
  const input = await (await TestEngine.open()).relation("select 'a' as g");
  expect(() => compileSteps(readSteps([{ kind: "apply", run: "a function" }]), input, "rows")).toThrow(/cannot run inside of a statement/);
});

test("grids beyond all bounds are refused before they are made", async () => {
  expect(() => inMemory([{ n: 0 }, { n: 1e9 }], complete<Record<string, unknown>, "n">(["n"], { steps: { n: 1 } }))).toThrow(/more than 1000000 steps/);
  const engine = await TestEngine.open();
  const input = await engine.relation("select unnest([0, 1000000000]) as n");
  await expect(engine.rows(compileSteps(readSteps([complete<{ n: number }, "n">(["n"], { steps: { n: 1 } })]), input, "rows"))).rejects.toThrow(/more than 1000000 steps/);
  expect(await engine.rows(compileSteps(readSteps([complete<{ n: number }, "n">(["n"], { steps: { n: 500_000_000 } })]), input, "rows"))).toHaveLength(3);
});

test("a place of a pivot with two rows fails by name, in both forms, where nothing else is said", async () => {
  const engine = await TestEngine.open();
  const step: AnyStep = pivotWider({ namesFrom: "a", valuesFrom: "n", values: ["p", "q"] });
  const one = [{ a: "p", b: "k", n: 1 }, { a: "q", b: "k", n: 2 }, { a: "other", b: "l", n: 3 }];
  const abn: Columns = { a: "VARCHAR", b: "VARCHAR", n: "BIGINT" };
  expect((await bothForms(engine, abn, one, any(step))).rows).toEqual([{ b: "k", p: 1, q: 2 }, { b: "l", p: null, q: null }]);
  const two = [...one, { a: "p", b: "k", n: null }];
  expect(() => inMemory(two, step)).toThrow(/two rows for one place/);
  await engine.relation("select 'p' as a, 'k' as b, unnest([1, null]) as n");
  await expect(engine.rows(compileSteps(readSteps([step]), await engine.describe("input"), "rows"))).rejects.toThrow(/two rows for one place/);
});

test("what the forms would read differently is refused", async () => {
  const refused = (step: AnyStep, said: RegExp): void => expect(() => inMemory([{ a: "x" }], step)).toThrow(said);
  for (const pattern of ["(a)\\b(b)", "(?=a)(b)(c)", "((a)|b)*", "(?:(a)|(b)){2}", "([[:alpha:]])(x)", "(a{2000})(b)", "(a)(\\1)"]) refused(separate("a", { into: ["p", "q"], pattern }), /^MR-WRANGLE-001: pattern/);
  refused(separate("a", { into: ["p", "q"], pattern: "(a" }), /cannot be read/);
  refused(separate("a", { into: ["p", "q"], separator: "" }), /separator is empty/);
  refused(separate("a", { into: ["p", "q"], positions: [2, 1] }), /do not go up/);
  refused({ kind: "separate", column: "a", into: ["p"] }, /in no way/);
  refused({ kind: "filterRows", conditions: [["a", "~", 1]] }, /no condition/);
  refused(summarise([], { n: { summ: "a" } } as never), /no aggregate/);
  refused(summarise([], { n: { first: "a" } }), /order/);
  const engine = await TestEngine.open();
  const mixed = await engine.relation("select 'x' as t, 1 as n, 1.5::double as x");
  expect(() => compileSteps(readSteps([pivotLonger(["n", "t"]) as AnyStep]), mixed, "rows")).toThrow(/of one type/);
  expect(await engine.rows(compileSteps(readSteps([pivotLonger(["n", "x"]) as AnyStep]), mixed, "rows"))).toHaveLength(2);
  expect(() => inMemory([{ a: [1] }], unite("u", { columns: ["a"] }))).toThrow(/holds a list/);
});
