import { expect, test } from "vitest";
import { cast, changeCase, cluster, correct, extract, inRange, mapValues, moveMisfielded, normalize, nullify, parseBoolean, parseDate, parseMoney, parseNumber, parseTimestamp, parseUnit, replace, required, splitAddress, splitName, trim, wordKey } from "../../index.ts";
import { TestEngine } from "../../nested/nested-for-tests.ts";
import type { Row } from "../cells.ts";
import { compileSteps } from "../compile-steps.ts";
import { readSteps } from "../read-steps.ts";
import { bothForms, type Columns } from "../steps-for-tests.ts";
import { untyped } from "./clean-for-tests.ts";

const t = "text" as never;
/** Each kind of this family. */
const steps = [
  cast(t, "decimal(9,2)"), cast(t, "string"), changeCase(t, "title"), changeCase(t, "sentence"), cluster(t), cluster(t, { method: "ngram" }), correct(t, ["x"]), extract(t, "(?<a>x+)(?<b>.)?"), inRange(t, { min: "a" } as never),
  mapValues(t, { x: 1 }), moveMisfielded({ from: "text", to: "other", pattern: "x+" } as never), normalize(t, { accents: "strip" }), nullify(t), parseBoolean(t), parseDate(t, "MMM d yyyy"), parseMoney(t), parseNumber(t),
  parseTimestamp(t, "yyyy-MM-dd h:mm a", { zone: "Europe/Oslo" }), parseUnit(t, "kg"), replace(t, "x+$", "", { pattern: true }), required(t), splitAddress(t), splitName(t), trim(t), ...(["fingerprint", "ngram", "phonetic"] as const).map((method) => wordKey(t, { into: "key", method })),
].map(untyped);
const columns: Columns = { text: "VARCHAR", other: "VARCHAR" };
/** Long enough that a step whose time grows with the square of it would be noticed: it was, at a megabyte. */
const size = 6_000;
const texts = [null, "x", null, "x".repeat(size), `${" ".repeat(size)}x`, `x${"\u2003 ".repeat(size / 2)}x`, "é😀".repeat(size / 6), "1,234".repeat(size / 5), "\u0001\u001f"];

test("both forms agree on nulls, and on texts that go on and on", async () => {
  const engine = await TestEngine.open();
  for (const step of steps) {
    const { rows, rejected } = await bothForms(engine, columns, texts.map((text) => ({ text, other: null })), [step]);
    expect(rows.length + rejected.length, step.kind).toBe(texts.length);
    if (step.kind !== "required") expect((rows as Row[]).slice(0, 1).map(({ text }) => text), step.kind).toEqual([null]);
  }
});

test("columns that are not there or hold something else are refused by name", async () => {
  const engine = await TestEngine.open();
  const other = await engine.relation("select 1 as other", "without");
  const list = await engine.relation("select [1] as text, {'a': 1} as other", "lists");
  for (const step of steps) {
    expect(() => compileSteps(readSteps([step]), other, "rows"), step.kind).toThrow(/there is no column "text"/);
    if (!["cast", "nullify", "required"].includes(step.kind)) expect(() => compileSteps(readSteps([step]), list, "rows"), step.kind).toThrow(/holds INTEGER\[\]/);
  }
});

test("a new column does not take the name of another, case aside", async () => {
  const engine = await TestEngine.open();
  const input = await engine.relation("select '$5' as text, 'x' as \"Currency\"", "money");
  expect(() => compileSteps(readSteps([parseMoney(t)]), input, "rows")).toThrow(/two columns "currency"/);
  expect(() => compileSteps(readSteps([wordKey(t, { into: "CURRENCY" })]), input, "rows")).toThrow(/two columns/);
});
