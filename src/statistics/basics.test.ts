import fc from "fast-check";
import { expect, test } from "vitest";
import { meanAbsoluteDeviation, medianAbsoluteDeviation } from "./deviation.ts";
import { excessKurtosis, mergeMoments, momentsOf, noMoments, skewness, standardDeviation, variance } from "./moments.ts";
import { median, quantile, sortedFinite } from "./quantile.ts";
import { sampleWithout, seededRandom } from "./random.ts";
import { trimmedMean, winsorisedDeviation } from "./trimmed.ts";

const numbers = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1, maxLength: 60, size: "max" }).map((values) => Float64Array.from(values));

test("quantiles of type 7, as R's example has them", () => {
  const sorted = Float64Array.of(1, 2, 3, 4);
  expect([0, 0.25, 0.5, 0.9, 1].map((p) => quantile(sorted, p))).toEqual([1, 1.75, 2.5, 3.7, 4]);
  expect(median(Float64Array.of(1e308, 1.2e308))).toBe(1.1e308);
  expect(quantile(Float64Array.of(-1.6e308, 1.6e308), 0.75)).toBeCloseTo(0.8e308, -296);
  expect(() => quantile(sorted, 1.1)).toThrow("MR-STAT-001");
  for (const of of [median, (none: Float64Array) => quantile(none, 0.5)]) expect(() => of(new Float64Array())).toThrow("MR-STAT-002");
  expect([...sortedFinite(Float64Array.of(3, Number.NaN, -1, Number.POSITIVE_INFINITY, 2))]).toEqual([-1, 2, 3]);
});

test("MAD: the median of the absolute deviations", () => {
  fc.assert(fc.property(numbers, fc.boolean(), (values, byMedian) => {
    const sorted = values.sort();
    const centre = byMedian ? median(sorted) : sorted[0] - 1;
    expect(medianAbsoluteDeviation(sorted, centre)).toBeCloseTo(median(sorted.map((value) => Math.abs(value - centre)).sort()), 6);
  }));
  expect(meanAbsoluteDeviation(Float64Array.of(1, 2, 6), 2)).toBeCloseTo(5 / 3, 12);
  expect(meanAbsoluteDeviation(Float64Array.of(1.7e308, -1.7e308), 0)).toBe(1.7e308);
});

test("moments: those of two passes, and of parts merged in any way those of the whole", () => {
  fc.assert(fc.property(numbers, fc.nat(60), (values, cut) => {
    const whole = momentsOf(values);
    const mean = values.reduce((sum, value) => sum + value / values.length, 0);
    const power = (k: number): number => values.reduce((sum, value) => sum + (value - mean) ** k, 0);
    const size = Math.max(1, ...values.map(Math.abs));
    const merged = mergeMoments(momentsOf(values.subarray(0, cut)), momentsOf(values.subarray(cut)));
    for (const { count, mean: at, m2, m3, m4 } of [whole, merged]) {
      expect(count).toBe(values.length);
      expect(Math.abs(at - mean) / size).toBeLessThan(1e-12);
      for (const [k, m] of [[2, m2], [3, m3], [4, m4]]) expect(Math.abs(m - power(k)) / size ** k / values.length).toBeLessThan(1e-9);
    }
  }));
  expect(mergeMoments(noMoments, noMoments)).toEqual(noMoments);
});

test("moments: variance, skewness and kurtosis by hand, and what there is to say of too few", () => {
  const moments = momentsOf(Float64Array.of(1, 2, 3, 10, Number.NaN, Number.POSITIVE_INFINITY));
  expect(variance(moments)).toBeCloseTo(50 / 3, 12);
  expect(standardDeviation(moments)).toBeCloseTo(Math.sqrt(50 / 3), 12);
  expect(skewness(moments)).toBeCloseTo(180 / 4 / 12.5 ** 1.5, 12);
  expect(excessKurtosis(moments)).toBeCloseTo((27 ** 0 * (81 + 16 + 1 + 1296)) / 4 / 12.5 ** 2 - 3, 12);
  expect(variance(momentsOf(Float64Array.of(4)))).toBeNaN();
});

test("trimmed mean and winsorised deviation", () => {
  const sorted = Float64Array.of(-100, 2, 3, 4, 5, 6, 7, 8, 9, 1_000);
  expect(trimmedMean(sorted, 0.1)).toBeCloseTo(5.5, 12);
  expect(trimmedMean(sorted, 0)).toBeCloseTo(94.4, 12);
  expect(winsorisedDeviation(sorted, 0)).toBeCloseTo(standardDeviation(momentsOf(sorted)), 10);
  const random = seededRandom(1);
  const normal = Float64Array.from({ length: 20_000 }, () => 5 * Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform())).sort();
  for (const share of [0.05, 0.1, 0.25]) expect(Math.abs(winsorisedDeviation(normal, share) / 5 - 1)).toBeLessThan(0.02);
});

test("random numbers: decided by the seed, even, and samples without repeats", () => {
  const [a, b] = [seededRandom(7), seededRandom(7)];
  expect(Array.from({ length: 100 }, a.uniform)).toEqual(Array.from({ length: 100 }, b.uniform));
  expect(seededRandom(8).uniform()).not.toBe(seededRandom(7).uniform());
  const counts = new Float64Array(10);
  for (let i = 0; i < 100_000; i++) counts[a.below(10)]++;
  expect(Math.min(...counts)).toBeGreaterThan(9_600);
  const pool = Uint32Array.from({ length: 50 }, (_, i) => i);
  expect(new Set(sampleWithout(a, pool, 20)).size).toBe(20);
  expect([...pool].sort((x, y) => x - y)).toEqual([...Array(50).keys()]);
});
