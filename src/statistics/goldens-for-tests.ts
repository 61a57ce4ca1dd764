import { expect, test } from "vitest";
import { chiSquareFit, chiSquareTwoSamples } from "./distance/chi-square-test.ts";
import { kolmogorovSmirnov } from "./distance/kolmogorov-smirnov.ts";
import { psi } from "./distance/psi.ts";
import { chiSquare } from "./distributions/chi-square.ts";
import type { Distribution } from "./distributions/distribution.ts";
import { fisherF } from "./distributions/fisher-f.ts";
import { kolmogorovUpper } from "./distributions/kolmogorov.ts";
import { normal } from "./distributions/normal.ts";
import { studentT } from "./distributions/student-t.ts";
import changes from "./goldens/changes.json" with { type: "json" };
import covariance from "./goldens/covariance.json" with { type: "json" };
import distance from "./goldens/distance.json" with { type: "json" };
import distributions from "./goldens/distributions.json" with { type: "json" };
import isolation from "./goldens/isolation.json" with { type: "json" };
import neighbours from "./goldens/neighbours.json" with { type: "json" };
import series from "./goldens/series.json" with { type: "json" };
import univariate from "./goldens/univariate.json" with { type: "json" };
import { medianAbsoluteDeviation } from "./deviation.ts";
import { matrixOf } from "./matrix.ts";
import { excessKurtosis, momentsOf, skewness, variance } from "./moments.ts";
import { isolationForest } from "./multivariate/isolation-forest.ts";
import { mahalanobis } from "./multivariate/mahalanobis.ts";
import { mcd } from "./multivariate/mcd.ts";
import { knnDistance } from "./neighbours/knn-distance.ts";
import { lof } from "./neighbours/lof.ts";
import { publishedSet } from "./published-for-tests.ts";
import { median, quantile, sortedFinite } from "./quantile.ts";
import { changePoints } from "./series/change-points.ts";
import { advance, forecast } from "./series/holt-winters.ts";
import { stl } from "./series/stl.ts";
import { trimmedMean } from "./trimmed.ts";
import { zScore } from "./univariate/z-score.ts";

/** What the libraries of the field answered; `scripts/goldens/statistics.py` asks them. */
export const goldens = { distributions, univariate, neighbours, covariance, isolation, series, distance, changes };
export type Goldens = typeof goldens;

/** Numbers agree to within a share of the larger, or of `least` where both are small. */
function expectNear(ours: ArrayLike<number>, theirs: ArrayLike<number>, share: number, what: string, least = 1e-300): void {
  expect(ours.length, what).toBe(theirs.length);
  for (let i = 0; i < ours.length; i++) {
    const apart = Math.abs(ours[i] - theirs[i]) / Math.max(least, Math.abs(ours[i]), Math.abs(theirs[i]));
    expect(apart, `${what}, ${i}: ours ${ours[i]}, theirs ${theirs[i]}`).toBeLessThanOrEqual(share);
  }
}

const kinds: Record<string, (parameters: number[]) => Distribution> = {
  normal: () => normal,
  chiSquare: ([freedom]) => chiSquare(freedom),
  studentT: ([freedom]) => studentT(freedom),
  fisherF: ([above, below]) => fisherF(above, below),
};

const matrix = (rows: number[][]) => matrixOf(Float64Array.from(rows.flat()), rows[0].length);

/** Holds us against the answers of others, each to a stated tolerance. */
export function compareWith(others: Goldens): void {
  for (const { name, parameters, x, cdf, upper, p, quantile: quantiles } of others.distributions.continuous) {
    test(`SciPy: ${name}(${parameters}): cdf, upper tail and quantile to 1e-10, from tails of 1e-300 on`, () => {
      const ours = kinds[name](parameters);
      expectNear(x.map(ours.cdf), cdf, 1e-10, "cdf", 1e-290);
      expectNear(x.map(ours.upper), upper, 1e-10, "upper", 1e-290);
      expectNear(p.map(ours.quantile), quantiles, 1e-10, "quantile", 1e-12);
    });
  }

  test("SciPy: Kolmogorov's distribution to 1e-12", () => {
    expectNear(others.distributions.kolmogorov.x.map(kolmogorovUpper), others.distributions.kolmogorov.upper, 1e-12, "upper");
  });

  test("NumPy and SciPy: quantiles, MAD, trimmed mean, moments and z-scores to 1e-12", () => {
    const { values, p, ...theirs } = others.univariate;
    const sorted = sortedFinite(Float64Array.from(values));
    const moments = momentsOf(Float64Array.from(values));
    expectNear(p.map((share) => quantile(sorted, share)), theirs.quantile, 1e-12, "quantile");
    const ours = [medianAbsoluteDeviation(sorted, median(sorted)), trimmedMean(sorted, 0.1), variance(moments), skewness(moments), excessKurtosis(moments)];
    expectNear(ours, [theirs.mad, theirs.trimmedMean, theirs.variance, theirs.skewness, theirs.excessKurtosis], 1e-12, "summaries");
    expectNear(zScore(Float64Array.from(values)).scores, theirs.zScores, 1e-12, "z-scores");
  });

  for (const { k, lof: factors, kDistance } of others.neighbours.byK) {
    test(`scikit-learn: LOF and k-distance by ${k} neighbours to 1e-10`, () => {
      expectNear(lof(matrix(others.neighbours.rows), { k, scale: "none" }).scores, factors, 1e-10, "LOF");
      expectNear(knnDistance(matrix(others.neighbours.rows), { k, scale: "none" }).scores, kDistance, 1e-10, "k-distance");
    });
  }

  for (const { name, columns, classical, logDeterminant, location, covariance, outliers } of others.covariance) {
    test(`scikit-learn: covariance of ${name}: classical distances to 1e-9, a determinant of the core no greater than its best of ten, the same outliers, and location and covariance to 1e-9 if the core is the same, else to 5 %`, () => {
      const set = publishedSet(name as Parameters<typeof publishedSet>[0], columns);
      expectNear(mahalanobis(set).scores, classical, 1e-9, "distances");
      const { by, outliers: ours } = mcd(set, { smallSamples: false });
      expect(by.logDeterminant).toBeLessThanOrEqual(logDeterminant + 1e-9);
      expect([...ours]).toEqual(outliers);
      const share = Math.abs(by.logDeterminant - logDeterminant) < 1e-9 ? 1e-9 : 0.05;
      expectNear(by.location, location, share, "location");
      // Over the number of rows there, over one less here.
      const greatest = Math.max(...by.covariance);
      expectNear(by.covariance.map((value) => (value * (by.reweighted - 1)) / by.reweighted), covariance.flat(), share, "covariance", greatest);
    });
  }

  test("scikit-learn: isolation forests rank rows alike (Spearman above 0.97) and agree on the ten first", () => {
    const { scores } = isolationForest(matrix(others.isolation.rows), { trees: 400 });
    const [ours, theirs] = [ranks(scores), ranks(others.isolation.scores)];
    const n = scores.length;
    const spearman = 1 - (6 * ours.reduce((sum, rank, i) => sum + (rank - theirs[i]) ** 2, 0)) / (n * (n * n - 1));
    expect(spearman).toBeGreaterThan(0.97);
    expect(ours.filter((rank, i) => rank >= n - 12 && theirs[i] >= n - 10)).toHaveLength(10);
    expect(Math.max(...scores.map((score, i) => Math.abs(score - others.isolation.scores[i])))).toBeLessThan(0.03);
  });

  for (const { options, trend, seasonal, belief } of others.series.stl) {
    test(`statsmodels: STL ${JSON.stringify(options)} to 1e-10`, () => {
      const { robust, seasonal: seasonalSpan, trend: trendSpan } = options as { robust: boolean; seasonal?: number; trend?: number };
      const ours = stl(Float64Array.from(others.series.values), { period: 12, robust, ...(seasonalSpan ? { seasonalSpan } : {}), ...(trendSpan ? { trendSpan } : {}) });
      expectNear(ours.trend, trend, 1e-10, "trend");
      expectNear(ours.seasonal, seasonal, 1e-10, "seasonal", 1);
      expectNear(ours.belief, belief, 1e-9, "belief", 1);
    });
  }

  test("statsmodels: Holt-Winters forecasts to 1e-12", () => {
    const { start, rates, forecasts } = others.series.holtWinters;
    let at = start;
    const ours = others.series.values.map((value) => {
      const expected = forecast(at);
      at = advance(at, value, rates);
      return expected;
    });
    expectNear(ours, forecasts, 1e-12, "forecasts");
  });

  for (const { a, b, statistic, at, pValue, limit } of others.distance.kolmogorovSmirnov) {
    test(`SciPy: Kolmogorov-Smirnov of ${a.length} and ${b.length} values to 1e-10`, () => {
      const ours = kolmogorovSmirnov(Float64Array.from(a), Float64Array.from(b));
      expectNear([ours.statistic, ours.at, ours.pValue], [statistic, at, pValue], 1e-10, "statistic, place and p-value");
      expectNear([kolmogorovUpper(statistic * Math.sqrt((a.length * b.length) / (a.length + b.length)))], [limit], 1e-10, "limit");
    });
  }

  test("SciPy: Kolmogorov-Smirnov of few values with ties, against every way to share them out, to 1e-12", () => {
    for (const { a, b, statistic, pValue } of others.distance.kolmogorovSmirnovTied) {
      const ours = kolmogorovSmirnov(Float64Array.from(a), Float64Array.from(b));
      expectNear([ours.statistic, ours.pValue], [statistic, pValue], 1e-12, `${a} and ${b}`);
    }
  });

  test("NumPy: PSI over bins at quantiles to 1e-12", () => {
    for (const { bins, reference, current, value } of others.distance.psi) expectNear([psi(Float64Array.from(reference), Float64Array.from(current), { bins }).value], [value], 1e-12, "PSI");
  });

  test("ruptures: PELT divides at the same places", () => {
    for (const { values, places, ...options } of others.changes) expect([...changePoints(Float64Array.from(values), options).changes]).toEqual(places);
  });

  test("SciPy: chi-square tests to 1e-12", () => {
    for (const { observed, expected, statistic, pValue } of others.distance.chiSquareFit) {
      const ours = chiSquareFit(observed, expected);
      expectNear([ours.statistic, ours.pValue], [statistic, pValue], 1e-12, "fit");
    }
    for (const { a, b, statistic, pValue, freedom, expectedMin } of others.distance.chiSquareTwoSamples) {
      const ours = chiSquareTwoSamples(a, b);
      expectNear([ours.statistic, ours.pValue, ours.freedom, ours.expectedMin], [statistic, pValue, freedom, expectedMin], 1e-12, "two samples");
    }
  });
}

function ranks(scores: ArrayLike<number>): number[] {
  const order = Array.from(scores, (_, i) => i).sort((a, b) => scores[a] - scores[b]);
  const rank: number[] = [];
  for (const [at, i] of order.entries()) rank[i] = at;
  return rank;
}
