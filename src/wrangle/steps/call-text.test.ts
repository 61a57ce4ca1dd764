import { expect, test } from "vitest";
import type { Rows } from "../../model/nested.ts";
import { sqlText } from "../../lake/duckdb.ts";
import { sql } from "../../model/sql-tag.ts";
import type { SqlTrees } from "../../sql/plain-statement.ts";
import { withCallsExpanded } from "../../sql/reshaping-calls.ts";
import { parseTree } from "../../sql/statement-gate.ts";
import { complete, derive, drop, fill, filterRows, generalise, impute, imputeFrom, imputeNearest, interpolate, kAnonymity, mask, nest, pivotLonger, pivotWider, rename, reorder, select, separate, summarise, topRows, transform, truncate, unite, unnest, wrangle } from "../index.ts";
import { TestEngine } from "../nested/nested-for-tests.ts";
import type { AnyStep } from "./steps-for-tests.ts";

test("steps stand in a statement as they were written: their text is read back to the same options", async () => {
  const engine = await TestEngine.open();
  await engine.relation("select 'a-1' as a, 'b' as b, 1 as n, null::double as x, date '2024-05-01' as day", "input");
  const done = async (...steps: AnyStep[]): Promise<number> => {
    const { text } = sql`select * from ${wrangle<Record<string, unknown>, unknown>(sql`select * from input` as Rows<never>, ...(steps as never[]))}`;
    const textOf = async (call: string): Promise<string> => String((await engine.plain(`select ${call} as text`))[0].text);
    const trees: SqlTrees = { parse: async (select) => parseTree(await textOf(`json_serialize_sql(${sqlText(select)}::varchar)`), true), print: (tree) => textOf(`json_deserialize_sql(${sqlText(tree)}::json)`) };
    return (await engine.plain((await withCallsExpanded({ sql: text, tree: await engine.tree(text) }, trees, engine.connection)).sql)).length;
  };
  expect(await done(separate("a", { into: ["p", "q"], pattern: "(\\w+)-(\\d+)", keep: true }), unite("u", { columns: ["p", "n"], separator: "'", keep: true }), fill("x", { orderBy: ["-n"], flag: "f" }), impute("x", { with: "mean", by: ["b"] }), imputeFrom("x", { by: ["b"], values: [{ b: "b", value: -1.5 }, { b: null, value: 2 }], otherwise: 0 }, { flag: "g" }))).toBe(1);
  expect(await done(filterRows([["n", ">=", -1], ["b", "in", ["b", "c"]], ["x", "is null"]], { match: "any" }), derive("m", { plus: ["n", -0.5] }), transform({ r: { rank: "-n" }, s: { share: "n" } }, { by: ["a"] }), interpolate("x", { along: "day" }), imputeNearest("x", { near: ["n"], k: 2 }), rename({ n: "number" }), reorder(["x"]), drop("m"))).toBe(1);
  expect(await done(generalise("n", { edges: [0, 0.5, 18] }), generalise("a", { hierarchy: { "a-1": "A", "": "none" }, otherwise: "other" }), mask("b", { show: 0 }), truncate("a", { keep: 2 }), topRows(1, { orderBy: ["x"] }), kAnonymity({ quasi: ["n"], k: 1 }))).toBe(1);
  expect(await done(complete<Record<string, unknown>, "day">(["day"], { steps: { day: 1 } }), summarise([], { all: { list: "n" }, days: { count: "*" } }), unnest("all"), select(["all"]))).toBe(1);
  expect(await done(select(["a", "n"]), pivotLonger(["n"], { namesTo: ["what"], namesPattern: "(n)" }), pivotWider({ namesFrom: "what", valuesFrom: "value", values: ["n"], aggregate: "sum" }), nest("list", ["n"]))).toBe(1);
});
