import { afterAll, beforeAll, expect, test } from "vitest";
import { distribution } from "../../model/quality/dataset-checks.ts";
import { sql } from "../../model/sql-tag.ts";
import { psi } from "../../statistics/distance/psi.ts";
import { kolmogorovSmirnov } from "../../statistics/distance/kolmogorov-smirnov.ts";
import { chiSquareTwoSamples } from "../../statistics/distance/chi-square-test.ts";
import { type LakeTable, lakeTable } from "../checks-for-tests.ts";

/* The engine's counts give what the statistics say of the values themselves. */

const wave = (i: number, shift: number): number => Math.round((Math.sin(i * 12.9898) * 43758.5453 % 1) * 1_000) / 100 + shift;
const values = (count: number, shift: number): number[] => Array.from({ length: count }, (_, i) => wave(i, shift));
const rowsSql = (numbers: number[], code: (i: number) => string): string => `select * from (values ${[...numbers.map((x, i) => `(${x}::double, '${code(i)}')`), "('nan'::double, null)", "(null, 'A')"].join(", ")}) as t(x, code)`;
const [before, now] = [values(400, 0), values(500, 6)];
const [oldCode, newCode] = [(i: number) => "ABC"[i % 3], (i: number) => "AABC"[i % 4]];

let table: LakeTable;
beforeAll(async () => {
  table = await lakeTable("sales.amounts", rowsSql(before, oldCode));
});
afterAll(() => table.close());

test("without a version before there is nothing to be held against", async () => {
  expect((await table.judge([distribution("x", { method: "ks" })]))[0]).toMatchObject({ state: "passed", tier: 0, value: null });
});

test("KS, PSI and chi-square of two versions are those of their values", async () => {
  await table.table.createTag("first");
  await table.replace(rowsSql(now, newCode));
  const results = await table.judge([distribution("x", { method: "ks" }), distribution("x", { method: "psi" }, { name: "psi" }), distribution("code", { method: "chi-square", max: 0.01 }), distribution("code", { method: "psi" }, { name: "codes" }), distribution("x", { method: "ks", max: 1 }, { name: "wide" })]);
  const counts = (code: (i: number) => string, of: number[]): number[] => ["A", "B", "C"].map((each) => of.filter((_, i) => code(i) === each).length + (each === "A" ? 1 : 0));
  const { statistic } = chiSquareTwoSamples(counts(newCode, now), counts(oldCode, before));
  expect(results[0].value).toBeCloseTo(kolmogorovSmirnov(Float64Array.from(now), Float64Array.from(before)).statistic, 10);
  expect(results[1].value).toBeCloseTo(psi(Float64Array.from(before), Float64Array.from(now)).value, 9);
  expect(results[2].value).toBeCloseTo(Math.sqrt(statistic / 902), 10);
  expect(results.map(({ state, tier }) => [state, tier])).toEqual([["failed", 2], ["failed", 2], ["failed", 2], ["passed", 2], ["passed", 2]]);
});

test("against a tag, with a condition; a version that is the same is at no distance", async () => {
  await table.replace(rowsSql(before, oldCode));
  const results = await table.judge([distribution("x", { method: "ks", against: "first" }), distribution("code", { method: "psi", against: "first" }), distribution("x", { method: "ks" }, { name: "some", where: sql`code = 'A'` })]);
  expect(results.map(({ state, value }) => [state, value])).toEqual([["passed", 0], ["passed", 0], ["failed", expect.any(Number)]]);
});

test("PSI of the engine has the bins of PSI of values: repeated ones, steps, infinities, one value, other values", async () => {
  const { NaN: missing, POSITIVE_INFINITY: infinity } = Number;
  const mostlyZero = Array.from({ length: 100 }, (_, i) => (i < 80 ? 0 : i / 8));
  const columns: [before: number[], now: number[]][] = [
    [mostlyZero, mostlyZero.map((x) => (x === 0 ? 0.5 : x))],
    [mostlyZero, mostlyZero.map((x, i) => (i % 4 === 0 ? -1e-12 : x))],
    [Array.from({ length: 200 }, (_, i) => i % 3), Array.from({ length: 170 }, (_, i) => (i * i) % 3)],
    [new Array<number>(50).fill(3), new Array<number>(50).fill(3 + 1e-9)],
    [[-infinity, -infinity, ...mostlyZero, ...new Array<number>(40).fill(infinity)], [...mostlyZero, infinity, -infinity]],
    [[...new Array<number>(60).fill(-infinity), 1, 2, 3], [1, 2, 3, 4]],
    [[infinity, infinity], [1, missing]],
    [[1], [1, 2]],
  ];
  for (const [old, next] of columns) {
    for (const rows of [old, next]) await table.replace(`select x::double as x, null::varchar as code from unnest([${rows.map((x) => `'${x}'`).join(", ")}]) as t(x)`);
    const expected = psi(Float64Array.from(old), Float64Array.from(next)).value;
    expect(expected).not.toBe(0);
    expect((await table.judge([distribution("x", { method: "psi" })]))[0].value, `${old.slice(0, 5)}`).toBeCloseTo(expected, 9);
  }
});

test("a difference that comes by chance, and values that were not there before", async () => {
  await table.replace(rowsSql([1, 2, 3], oldCode));
  await table.replace(rowsSql([2, 3, 4], oldCode));
  expect((await table.judge([distribution("x", { method: "ks", max: 0.1 })]))[0]).toMatchObject({ state: "passed", value: expect.closeTo(1 / 3, 6) });
  await table.replace("select null::double as x, null::varchar as code from range(3)");
  expect((await table.judge([distribution("x", { method: "psi" }), distribution("code", { method: "chi-square" })])).map(({ state, value }) => [state, value])).toEqual([["failed", "there are no values"], ["failed", "there are no values"]]);
  expect((await table.judge([distribution("code", { method: "ks" })]))[0].error?.code).toBe("MR-QUALITY-002");
});
