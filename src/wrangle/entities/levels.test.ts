import fc from "fast-check";
import { expect, test } from "vitest";
import { sqlText } from "../../lake/duckdb.ts";
import { TestEngine } from "../nested/nested-for-tests.ts";
import type { Cell } from "../steps/cells.ts";
import { dirtyText } from "../steps/steps-for-tests.ts";
import { type Level, levelHolds, levelSql, measuresOf, readLevel, Value } from "./levels.ts";

/** Both forms of levels on the same pairs of values. */
async function bothForms(engine: TestEngine, type: string, pairs: readonly (readonly [Cell, Cell])[], given: readonly Level[]): Promise<boolean[][]> {
  const levels = given.map((level) => readLevel(level, "a test"));
  const sides = { l: "l", r: "r" };
  const measures = measuresOf(levels, sides);
  const columns = levels.map((level, i) => `coalesce(${levelSql(level, sides, measures.get(level.kind))}, false) as x${i}`);
  const values = pairs.map((pair, i) => `(${i}, ${pair.map((cell) => `${sqlText(String(cell))}::${type}`).join(", ")})`);
  const found = await engine.plain(`select ${columns.join(", ")} from (values ${values.join(", ")}) as t(i, l, r) order by i`);
  return pairs.map(([l, r], i) => {
    const holds = levels.map((level) => levelHolds(level, new Value(l), new Value(r)));
    expect(levels.map((_, level) => found[i][`x${level}`]), JSON.stringify([l, r])).toEqual(holds);
    return holds;
  });
}

const near = fc.string({ unit: fc.constantFrom(..."abé "), maxLength: 16 });
/** A text, and the same after some slips: those are what a level must find, and random texts hardly ever are such. */
const slipped = fc.tuple(fc.string({ unit: fc.constantFrom(..."abcdefg"), minLength: 1, maxLength: 30 }), fc.array(fc.tuple(fc.nat(30), fc.constantFrom("swap", "drop", "put", "change")), { maxLength: 4 })).map(([text, slips]): [string, string] => {
  const letters = [...text];
  for (const [place, slip] of slips) {
    const at = place % (letters.length + 1);
    if (slip === "swap") letters.splice(at, 2, ...letters.slice(at, at + 2).reverse());
    else letters.splice(at, slip === "put" ? 0 : 1, ...(slip === "drop" ? [] : ["h"]));
  }
  return [text, letters.join("")];
});
const texts = fc.oneof(fc.tuple(dirtyText, dirtyText), fc.tuple(near, near), slipped).map(([a, b]): [string, string] => [a ?? "", b ?? ""]);
const numbers = fc.oneof(fc.constantFrom(0, -0, 1, -1, 1.5, 1e300, -1e300, Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY), fc.double({ min: -10, max: 10, noNaN: true }));
const times = fc.constantFrom("2024-02-29", "2024-03-01", "0001-01-01", "9999-12-31", "1970-01-01", "1999-12-31 23:59:59.999999", "2000-01-01 00:00:00.000001");

test("a level says the same of two values in SQL and in TypeScript", async () => {
  const engine = await TestEngine.open();
  const listed = <T>(pair: fc.Arbitrary<[T, T]>) => fc.array(pair, { minLength: 1, maxLength: 80 });
  await fc.assert(
    fc.asyncProperty(listed(texts), listed(fc.tuple(numbers, numbers)), listed(fc.tuple(times, times)), async (some, counts, days) => {
      await bothForms(engine, "VARCHAR", some, ["exact", { jaroWinkler: 0.9 }, { jaroWinkler: 0.7 }, { damerau: 1 }, { damerau: 3 }, { words: 0.5 }]);
      await bothForms(engine, "DOUBLE", counts, ["exact", { within: 1 }, { ratio: 0.1 }]);
      await bothForms(engine, "TIMESTAMP", days, ["exact", { days: 1 }, { days: 365 }]);
    }),
    { numRuns: 20 },
  );
});

test("texts of a megabyte are alike when they are equal, days outside of the calendar to none", async () => {
  const engine = await TestEngine.open();
  const long = "x".repeat(1_000_000);
  expect(await bothForms(engine, "VARCHAR", [[long, long], [long, `${long}y`], ["x".repeat(1_000), "x".repeat(999)]], ["exact", { jaroWinkler: 0.9 }, { damerau: 1 }, { words: 0.5 }])).toEqual([[true, false, false, false], [false, false, false, false], [false, true, true, false]]);
  expect(levelHolds(readLevel({ days: 31 }, "a test"), new Value("2023-02-30"), new Value("2023-03-02"))).toBe(false);
  expect(levelHolds(readLevel({ days: 31 }, "a test"), new Value("yesterday"), new Value("2023-03-02"))).toBe(false);
});

test("levels that are none", () => {
  for (const level of ["exactly", {}, { damerau: 0 }, { damerau: 1.5 }, { jaroWinkler: 2 }, { days: -1 }, { jaroWinkler: 0.9, damerau: 1 }, null, 5]) expect(() => readLevel(level, "a test"), JSON.stringify(level)).toThrow(expect.objectContaining({ code: "MR-WRANGLE-001" }));
});
