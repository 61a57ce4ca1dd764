import { expect, test } from "vitest";
import { complete, derive, drop, fill, filterRows, generalise, impute, imputeFrom, imputeNearest, interpolate, kAnonymity, mask, nest, pivotLonger, pivotWider, rename, reorder, select, separate, summarise, topRows, transform, truncate, unite, unnest } from "../index.ts";
import { TestEngine } from "../nested/nested-for-tests.ts";
import { type AnyStep, bothForms, type Columns } from "./steps-for-tests.ts";

/* Names and values that would be SQL if they were pasted into it. */
const text = `a"b'; --`;
const number = "select";
const other = `\\x{41} %s $1 {x} "_input"."n"`;
const made = `new" as '`;
const columns: Columns = { [text]: "VARCHAR", [number]: "DOUBLE", [other]: "BIGINT" };
const rows = [{ [text]: `p'q"r`, [number]: 1.5, [other]: 1 }, { [text]: "p'", [number]: null, [other]: 2 }, { [text]: null, [number]: 3, [other]: 4 }];

test("names and values of any signs are names and values in both forms", async () => {
  const engine = await TestEngine.open();
  const chains: AnyStep[][] = [
    [separate(text, { into: [made, "q"], separator: `'`, few: "null" }), unite(text, { columns: [made, "q"], separator: `"';` })],
    [separate(text, { into: [made], pattern: `(p'.*)`, few: "null", keep: true }), drop(made)],
    [rename({ [text]: made, [number]: text }), reorder([text]), select([text, made])],
    [filterRows([[text, "in", [`p'q"r`, `'; select`]], [number, ">", -1]], { match: "any" }), derive(made, { plus: [number, other] })],
    [summarise([text], { [made]: { sum: other }, list: { list: number } }), unnest("list", { empty: "keep" })],
    [transform({ [made]: { rank: `-${other}` }, s: { share: number }, l: { lag: text } }, { by: [text], orderBy: [other] }), topRows(2, { orderBy: [`-${other}`], by: [text] })],
    [complete([text, other]), nest(made, [text, number])],
    [pivotLonger([number, other], { namesTo: made, valuesTo: text + text }), pivotWider({ namesFrom: made, valuesFrom: text + text, values: [number, other], aggregate: "sum", by: [text] })],
    [impute(number, { with: "mean", by: [text], flag: made }), fill(text, { orderBy: [other], flag: `${made}2` }), imputeFrom(text, { by: [other], values: [{ [other]: 4, value: `'"; --` }] })],
    [imputeNearest(number, { near: [other], flag: made }), interpolate(number, { along: other, by: [text] })],
    [mask(text, { with: "'" }), generalise(other, { edges: [2] }), kAnonymity({ quasi: [text, other], sensitive: [number], k: 2 })],
    [truncate(text, { keep: 2 }), generalise(text, { hierarchy: { "p'": `it's "` }, otherwise: `';` })],
  ];
  for (const chain of chains) expect((await bothForms(engine, columns, rows, chain)).rows.length).toBeGreaterThan(0);
});
