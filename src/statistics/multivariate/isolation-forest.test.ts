import { expect, test } from "vitest";
import { matrixOf } from "../matrix.ts";
import { fromOne, publishedSet } from "../published-for-tests.ts";
import { seededRandom } from "../random.ts";
import { isolationForest } from "./isolation-forest.ts";

const random = seededRandom(21);
const crowd = Float64Array.from({ length: 2_000 }, () => random.uniform() + random.uniform());
const withFar = matrixOf(Float64Array.of(...crowd, 9, 9, -8, 4), 2);

test("rows far from a crowd have the highest scores, and the same seed the same ones", () => {
  const { scores, outliers, exact, by } = isolationForest(withFar);
  expect([...outliers]).toEqual(expect.arrayContaining([1_000, 1_001]));
  const highest = [...scores.keys()].sort((a, b) => scores[b] - scores[a]).slice(0, 2);
  expect(highest.sort()).toEqual([1_000, 1_001]);
  expect(isolationForest(withFar).scores).toEqual(scores);
  expect(isolationForest(withFar, { seed: 2 }).scores).not.toEqual(scores);
  expect([exact, by.sample, by.trees]).toEqual([false, 256, 100]);
});

test("the share to flag is kept to, and the stars' giants are among it", () => {
  const { outliers } = isolationForest(publishedSet("starsCYG", 2), { contamination: 0.15 });
  expect(outliers).toHaveLength(7);
  expect(fromOne(outliers)).toEqual(expect.arrayContaining([11, 20, 30, 34]));
});

test("units do not matter, nor a constant column", () => {
  const other = new Float64Array(withFar.rows * 3);
  for (let row = 0; row < withFar.rows; row++) other.set([withFar.values[row * 2] * 1e6 + 5, 7, withFar.values[row * 2 + 1] / 1e6], row * 3);
  const { outliers } = isolationForest(matrixOf(other, 3), { contamination: 0.002 });
  expect([...outliers]).toEqual(expect.arrayContaining([1_000, 1_001]));
});

test("missing values are not judged, infinities are outliers; equal rows are all alike; nonsense is refused", () => {
  const holed = isolationForest(matrixOf(Float64Array.of(Number.NaN, 1, ...crowd, Number.NEGATIVE_INFINITY, 0), 2));
  expect([holed.scores[0], holed.scores[1_001], holed.judged]).toEqual([Number.NaN, Number.POSITIVE_INFINITY, 1_001]);
  expect(holed.scores.slice(1, 1_001)).toEqual(isolationForest(matrixOf(crowd, 2)).scores);
  const equal = isolationForest(matrixOf(new Float64Array(100).fill(4), 2));
  expect([new Set(equal.scores).size, equal.outliers.length]).toEqual([1, 0]);
  expect(isolationForest(matrixOf(Float64Array.of(1e308, -1e308, 0, 1), 1)).judged).toBe(4);
  for (const options of [{ trees: 0 }, { sample: 1 }, { threshold: 1, contamination: 0.1 }]) expect(() => isolationForest(withFar, options)).toThrow("MR-STAT-001");
  for (const few of [[], [1, 2]]) expect(() => isolationForest(matrixOf(Float64Array.from(few), 2))).toThrow("MR-STAT-002");
});
