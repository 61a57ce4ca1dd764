import fc from "fast-check";
import { expect, test } from "vitest";
import { MillraceError } from "../errors.ts";
import { kolmogorovSmirnov } from "./distance/kolmogorov-smirnov.ts";
import { psi } from "./distance/psi.ts";
import { matrixOf } from "./matrix.ts";
import { isolationForest } from "./multivariate/isolation-forest.ts";
import { iterativeRemoval } from "./multivariate/iterative-removal.ts";
import { mahalanobis } from "./multivariate/mahalanobis.ts";
import { mcd } from "./multivariate/mcd.ts";
import { knnDistance } from "./neighbours/knn-distance.ts";
import { lof } from "./neighbours/lof.ts";
import type { Outliers } from "./outliers.ts";
import { changePoints } from "./series/change-points.ts";
import { rollingMad } from "./series/rolling-mad.ts";
import { holtWinters } from "./series/seasonal-detector.ts";
import { stlOutliers } from "./series/stl-outliers.ts";
import { generalisedEsd } from "./univariate/generalised-esd.ts";
import { grubbs } from "./univariate/grubbs.ts";
import { iqr } from "./univariate/iqr.ts";
import { modifiedZScore } from "./univariate/modified-z-score.ts";
import { trimmedScore } from "./univariate/trimmed-score.ts";
import { zScore } from "./univariate/z-score.ts";

const { NaN: missing, POSITIVE_INFINITY: infinity, MAX_VALUE, MIN_VALUE } = Number;

/** What columns hold that nobody has looked at. */
const hostile = fc.oneof(
  { weight: 4, arbitrary: fc.constantFrom(0, -0, 1, 1, 1, 2, 0.1, 1e15, 1e15 + 1) },
  { weight: 2, arbitrary: fc.double({ min: -100, max: 100, noNaN: true }) },
  { weight: 1, arbitrary: fc.constantFrom(missing, infinity, -infinity, MAX_VALUE, -MAX_VALUE, MIN_VALUE, 1e150, 1e-200, 1e200) },
);
const ordinary = fc.oneof({ weight: 12, arbitrary: fc.double({ min: -100, max: 100, noNaN: true }) }, { weight: 1, arbitrary: fc.constantFrom(0, 1, missing, infinity) });
const anyValues = fc.oneof(fc.array(hostile, { maxLength: 60, size: "max" }), fc.array(ordinary, { maxLength: 60, size: "max" })).map((values) => Float64Array.from(values));

/** A whole answer, or an error that says what is wrong: never a number that is none. */
function wholeAnswer(values: Float64Array, columns: number, judge: () => Outliers<{ method: string }>): void {
  let result: Outliers<{ method: string }>;
  try {
    result = judge();
  } catch (error) {
    expect(error).toBeInstanceOf(MillraceError);
    expect((error as MillraceError).code).toMatch(/^MR-STAT-00[123]$/);
    return;
  }
  const { scores, threshold, side, outliers, judged } = result;
  expect(threshold).not.toBeNaN();
  expect(scores).toHaveLength(values.length / columns);
  const flagged = new Set(outliers);
  expect(judged).toBe(scores.filter((score) => !Number.isNaN(score)).length);
  for (const [row, score] of scores.entries()) {
    const cells = values.subarray(row * columns, (row + 1) * columns);
    if (cells.some(Number.isNaN)) expect(score, "a missing value is not judged").toBeNaN();
    else if (!cells.every(Number.isFinite)) expect(flagged.has(row), "an infinity is an outlier").toBe(true);
    if (flagged.has(row) && columns > 1) expect(side === "both" ? Math.abs(score) : score).toBeGreaterThan(threshold);
  }
}

const ofValues = { zScore, modifiedZScore, trimmedScore, iqr, grubbs, generalisedEsd };
const ofSeries = { rollingMad: (values: Float64Array) => rollingMad(values, { window: 10, warmUp: 4 }), stl: (values: Float64Array) => stlOutliers(values, { period: 4 }), holtWinters: (values: Float64Array) => holtWinters(values, { period: 3 }) };
for (const [name, judge] of Object.entries({ ...ofValues, ...ofSeries })) {
  test(`${name}: any column gets a whole answer or a clear error`, () => {
    fc.assert(fc.property(anyValues, (values) => {
      wholeAnswer(values, 1, () => judge(values));
    }), { numRuns: name === "stl" ? 50 : 200 });
  });
}

for (const [name, judge] of Object.entries(ofValues)) {
  test(`${name}: every value that is there is judged`, () => {
    // Differences whose squares are below the smallest number are refused.
    const ordinary = fc.double({ min: -1e9, max: 1e9, noNaN: true }).map((value) => (Math.abs(value) < 1e-120 ? 0 : value));
    fc.assert(fc.property(fc.array(ordinary, { minLength: 4, maxLength: 40, size: "max" }), (list) => {
      const { judged, scores } = judge(Float64Array.from(list));
      expect(judged).toBe(list.length);
      expect(scores.every((score) => !Number.isNaN(score))).toBe(true);
    }), { numRuns: 100 });
  });
}

const ofRows = {
  mahalanobis,
  iterativeRemoval,
  mcd: (matrix: Parameters<typeof mcd>[0]) => mcd(matrix, { starts: 20 }),
  knnDistance: (matrix: Parameters<typeof lof>[0]) => knnDistance(matrix, { k: 3 }),
  lof: (matrix: Parameters<typeof lof>[0]) => lof(matrix, { k: 3 }),
  lofUnscaled: (matrix: Parameters<typeof lof>[0]) => lof(matrix, { k: 3, scale: "none" }),
  isolationForest: (matrix: Parameters<typeof isolationForest>[0]) => isolationForest(matrix, { trees: 5 }),
};
for (const [name, judge] of Object.entries(ofRows)) {
  test(`${name}: any rows get a whole answer or a clear error`, () => {
    fc.assert(fc.property(anyValues, fc.integer({ min: 1, max: 3 }), (values, columns) => {
      const whole = values.subarray(0, Math.min(16, Math.floor(values.length / columns)) * columns);
      wholeAnswer(whole, columns, () => judge(matrixOf(whole, columns)));
    }), { numRuns: 150 });
  });
}

test("change points and distances: any columns get a whole answer or a clear error", () => {
  const answers = {
    changePoints: (values: Float64Array) => [...changePoints(values).levels],
    kolmogorovSmirnov: (a: Float64Array, b: Float64Array) => [kolmogorovSmirnov(a, b).statistic, kolmogorovSmirnov(a, b).pValue],
    psi: (a: Float64Array, b: Float64Array) => [psi(a, b).value],
  };
  fc.assert(fc.property(anyValues, anyValues, (a, b) => {
    for (const answer of Object.values(answers)) {
      try {
        expect(answer(a, b)).not.toContain(missing);
      } catch (error) {
        if (!(error instanceof MillraceError)) throw error;
        expect(error.code).toMatch(/^MR-STAT-00[123]$/);
      }
    }
  }), { numRuns: 200 });
});
