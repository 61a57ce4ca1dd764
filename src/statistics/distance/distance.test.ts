import { expect, test } from "vitest";
import { quantile } from "../quantile.ts";
import { seededRandom } from "../random.ts";
import { chiSquareFit, chiSquareTwoSamples } from "./chi-square-test.ts";
import { binOf } from "./histogram.ts";
import { kolmogorovSmirnov, kolmogorovSmirnovOfHistograms, kolmogorovSmirnovOfPoints, kolmogorovSmirnovOfQuantiles } from "./kolmogorov-smirnov.ts";
import { psi, psiOfCounts, psiOfPoints } from "./psi.ts";
import { pointsOf } from "./weighted-points.ts";

const { NaN: missing, POSITIVE_INFINITY: infinity } = Number;
const random = seededRandom(9);
const draw = (length: number, of: () => number): Float64Array => Float64Array.from({ length }, of);

/** By the definition: the greatest difference of shares over every value. */
function gap(a: number[], b: number[]): number {
  const share = (values: number[], x: number): number => values.filter((value) => value <= x).length / values.length;
  return Math.max(...[...a, ...b].map((x) => Math.abs(share(a, x) - share(b, x))));
}

test("Kolmogorov-Smirnov: statistic and p-value are those of every way to share out the values, ties and all", () => {
  for (let round = 0; round < 30; round++) {
    const [n, m] = [1 + random.below(5), 1 + random.below(5)];
    const pooled = Array.from({ length: n + m }, () => random.below(round % 2 === 0 ? 4 : 1_000));
    const { statistic, pValue, pValueBy } = kolmogorovSmirnov(Float64Array.from(pooled.slice(0, n)), Float64Array.from(pooled.slice(n)));
    expect(statistic).toBeCloseTo(gap(pooled.slice(0, n), pooled.slice(n)), 12);
    const shares = Array.from({ length: 2 ** (n + m) }, (_, mask) => mask).filter((mask) => mask.toString(2).replaceAll("0", "").length === n);
    const beyond = shares.filter((mask) => gap(pooled.filter((_, i) => mask & (1 << i)), pooled.filter((_, i) => !(mask & (1 << i)))) >= statistic - 1e-9);
    expect(pValue).toBeCloseTo(beyond.length / shares.length, 10);
    expect(pValueBy).toBe("every path");
  }
});

test("Kolmogorov-Smirnov: missing values do not count, infinities do", () => {
  const [a, b] = [Float64Array.of(1, 2, 3, infinity), Float64Array.of(2, 3, 4, -infinity, missing)];
  expect(kolmogorovSmirnov(a, b)).toMatchObject({ statistic: 0.25, counts: [4, 4], exact: true });
  expect(kolmogorovSmirnov(Float64Array.of(1, 1, 1), Float64Array.of(1, 1))).toMatchObject({ statistic: 0, pValue: 1 });
  expect(() => kolmogorovSmirnov(new Float64Array(), a)).toThrow("MR-STAT-002");
  expect(() => kolmogorovSmirnov(Float64Array.of(missing), a)).toThrow("MR-STAT-002");
});

test("Kolmogorov-Smirnov: large samples go by the limit, which agrees with every path where both can be had", () => {
  const [a, b] = [draw(1_000, random.uniform), draw(1_000, () => random.uniform() ** 1.08)];
  const every = kolmogorovSmirnov(a, b);
  const large = kolmogorovSmirnov(Float64Array.of(...a, ...a), Float64Array.of(...b, ...b));
  expect([every.pValueBy, large.pValueBy]).toEqual(["every path", "limit"]);
  expect(large.statistic).toBeCloseTo(every.statistic, 12);
  // By the limit, with the counts of the smaller samples: as a sketch of the same values is judged.
  const limit = kolmogorovSmirnovOfPoints({ ...pointsOf(a), exact: false }, pointsOf(b));
  expect([limit.statistic, limit.pValueBy]).toEqual([every.statistic, "limit"]);
  expect(Math.abs(limit.pValue - every.pValue)).toBeLessThan(0.02);
});

/** A thousand quantiles of some values, as a sketch has them. */
function sketchOf(values: Float64Array) {
  const sorted = values.slice().sort();
  const quantiles = Float64Array.from(new Set(Array.from({ length: 1_000 }, (_, i) => sorted[Math.floor(((i + 0.5) / 1_000) * sorted.length)])));
  return { values: quantiles, weights: new Float64Array(quantiles.length).fill(values.length / quantiles.length), exact: false };
}

test("values with weights say what the values say, and a sketch of them nearly so", () => {
  const [a, b] = [draw(3_000, random.uniform), draw(2_000, () => random.uniform() ** 1.3)];
  const exact = kolmogorovSmirnov(a, b);
  expect(kolmogorovSmirnovOfPoints(pointsOf(a), pointsOf(b))).toEqual(exact);
  const sketched = kolmogorovSmirnovOfPoints(sketchOf(a), sketchOf(b));
  expect(sketched.exact).toBe(false);
  expect(sketched.counts.map(Math.round)).toEqual([3_000, 2_000]);
  expect(Math.abs(sketched.statistic - exact.statistic)).toBeLessThan(0.003);
  const summaries = [a, b].map((values) => ({ count: values.length, probabilities: Array.from({ length: 401 }, (_, i) => i / 400), values: Array.from({ length: 401 }, (_, i) => quantile(values.slice().sort(), i / 400)) }));
  const summarised = kolmogorovSmirnovOfQuantiles(summaries[0], summaries[1]);
  expect([summarised.exact, summarised.counts]).toEqual([false, [3_000, 2_000]]);
  expect(Math.abs(summarised.statistic - exact.statistic)).toBeLessThan(0.003);
  for (const wrong of [{ count: 3, probabilities: [0, 1], values: [2, 1] }, { count: 3, probabilities: [0, 0.9], values: [1, 2] }, { count: 3, probabilities: [0, 1], values: [1] }]) expect(() => kolmogorovSmirnovOfQuantiles(wrong, summaries[0])).toThrow("MR-STAT-001");
  expect(psiOfPoints(pointsOf(a), pointsOf(b))).toEqual(psi(a, b));
  expect(Math.abs(psiOfPoints(sketchOf(a), sketchOf(b)).value - psi(a, b).value)).toBeLessThan(0.01);
  const bad = [{ values: Float64Array.of(2, 1), weights: Float64Array.of(1, 1) }, { values: Float64Array.of(1, missing), weights: Float64Array.of(1, 1) }, { values: Float64Array.of(1, 2), weights: Float64Array.of(1, 0) }, { values: Float64Array.of(1), weights: Float64Array.of(1, 1) }];
  for (const points of bad) for (const of of [kolmogorovSmirnovOfPoints, psiOfPoints]) expect(() => of({ ...points, exact: true }, pointsOf(a))).toThrow("MR-STAT-001");
});

test("Kolmogorov-Smirnov: histograms over the same edges give the gap at the edges, over others nearly so", () => {
  const [a, b] = [draw(5_000, random.uniform), draw(5_000, () => Math.sqrt(random.uniform()))];
  const exact = kolmogorovSmirnov(a, b);
  const tenths = Float64Array.from({ length: 11 }, (_, i) => i / 10);
  const sevenths = Float64Array.from({ length: 8 }, (_, i) => i / 7);
  const histogram = (values: Float64Array, edges: Float64Array) => {
    const counts = new Float64Array(edges.length - 1);
    for (const value of values) counts[binOf(edges, value)]++;
    return { edges, counts };
  };
  const same = kolmogorovSmirnovOfHistograms(histogram(a, tenths), histogram(b, tenths));
  const other = kolmogorovSmirnovOfHistograms(histogram(a, tenths), histogram(b, sevenths));
  expect(same.statistic).toBeLessThanOrEqual(exact.statistic + 1e-12);
  for (const { statistic, at } of [same, other]) {
    expect(Math.abs(statistic - exact.statistic)).toBeLessThan(0.02);
    expect(Math.abs(at - 0.5)).toBeLessThan(0.11);
  }
  for (const bad of [{ edges: [0, 1], counts: [1, 2] }, { edges: [0, 0, 1], counts: [1, 2] }, { edges: [0, missing, 1], counts: [1, 2] }, { edges: [0, 1, 2], counts: [1, -1] }]) expect(() => kolmogorovSmirnovOfHistograms(bad, bad)).toThrow("MR-STAT-001");
  expect(() => kolmogorovSmirnovOfHistograms({ edges: [0, 1], counts: [0] }, { edges: [0, 1], counts: [5] })).toThrow("MR-STAT-002");
});

test("chi-square: Mendel's peas, and which of the categories differ", () => {
  // Mendel (1866): 315 round yellow, 108 round green, 101 wrinkled yellow, 32 wrinkled green, expected 9:3:3:1; 0.470 with 3 degrees of freedom.
  const peas = chiSquareFit([315, 108, 101, 32], [9, 3, 3, 1]);
  expect(peas.statistic).toBeCloseTo(0.47, 3);
  expect([peas.freedom, peas.expectedMin]).toEqual([3, 34.75]);
  expect(peas.pValue).toBeCloseTo(0.9254, 4);
  const moved = chiSquareTwoSamples([100, 100, 100], [200, 100, 300]);
  expect(moved.parts.indexOf(Math.max(...moved.parts))).toBe(1);
});

test("chi-square: categories of neither are left out, unexpected ones are infinitely far, and nonsense is refused", () => {
  expect(chiSquareTwoSamples([5, 0, 9], [6, 0, 3]).freedom).toBe(1);
  expect(chiSquareTwoSamples([5, 9], [6, 3]).statistic).toBe(chiSquareTwoSamples([5, 0, 9], [6, 0, 3]).statistic);
  expect(chiSquareFit([5, 5, 1], [1, 1, 0])).toMatchObject({ statistic: infinity, pValue: 0 });
  for (const [a, b] of [[[1, 2], [1, 2, 3]], [[1, -2], [1, 2]], [[1, missing], [1, 2]], [[0, 0], [1, 2]]]) expect(() => chiSquareTwoSamples(a, b)).toThrow("MR-STAT-001");
  for (const few of [[], [4]]) expect(() => chiSquareFit(few, few)).toThrow("MR-STAT-002");
  expect(() => chiSquareTwoSamples([4, 0], [3, 0])).toThrow("MR-STAT-002");
});

test("PSI: by hand on two bins, 0 on the same data, great on other data", () => {
  expect(psiOfCounts([50, 50], [80, 20], 0).value).toBeCloseTo(0.3 * Math.log(1.6) - 0.3 * Math.log(0.4), 12);
  const values = draw(2_000, random.uniform);
  expect(psi(values, values).value).toBe(0);
  expect(psi(values, draw(2_000, random.uniform)).value).toBeLessThan(0.05);
  expect(psi(values, values.map((value) => value ** 3)).value).toBeGreaterThan(0.25);
  expect(psi(values, values).edges).toHaveLength(11);
});

test("PSI: repeated values, infinities, empty bins and nonsense", () => {
  const mostlyZero = Float64Array.from({ length: 100 }, (_, i) => (i < 80 ? 0 : i));
  const { edges, value } = psi(mostlyZero, Float64Array.of(...mostlyZero, missing));
  expect([value, ...(edges ?? [])]).toEqual([0, -infinity, -Number.MIN_VALUE, 0, expect.closeTo(16, 9), expect.closeTo(89.1, 9), infinity]);
  expect(psi(new Float64Array(50).fill(3), new Float64Array(50).fill(3)).value).toBe(0);
  for (const other of [2, 4, 3 + 1e-9]) expect(psi(new Float64Array(50).fill(3), new Float64Array(50).fill(other)).value).toBeGreaterThan(1);
  expect(psi(mostlyZero, Float64Array.of(infinity, -infinity)).counts).toEqual([100, 2]);
  expect(psi(Float64Array.of(infinity, infinity, infinity, 1), Float64Array.of(1, 1, 1, infinity)).value).toBeGreaterThan(0.3);
  expect(psi(Float64Array.of(-infinity, -infinity, 1, 2), Float64Array.of(1, 2, 3, 4)).value).toBeGreaterThan(0.3);
  expect(psiOfCounts([10, 0], [10, 5], 0).value).toBe(infinity);
  expect(psiOfCounts([10, 0], [20, 0], 0).value).toBe(0);
  expect(() => psi(new Float64Array(), mostlyZero)).toThrow("MR-STAT-002");
  expect(() => psi(mostlyZero, Float64Array.of(missing))).toThrow("MR-STAT-002");
  for (const call of [() => psi(mostlyZero, mostlyZero, { bins: 1 }), () => psiOfCounts([1], [1, 2]), () => psiOfCounts([1, 2], [1, 2], -1)]) expect(call).toThrow("MR-STAT-001");
});
