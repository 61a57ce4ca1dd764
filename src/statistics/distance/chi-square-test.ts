import { chiSquare } from "../distributions/chi-square.ts";
import { requireCount, requireParameter } from "../refuse.ts";

/** A chi-square test of counts. */
export interface ChiSquareTest {
  method: "chi-square";
  statistic: number;
  /** Degrees of freedom. */
  freedom: number;
  pValue: number;
  /** The least expected count. Below some 5 the p-value is rough (Cochran 1954): put rare categories together. */
  expectedMin: number;
  /** What each category adds to the statistic: which of them differ. */
  parts: Float64Array;
}

/**
 * Pearson's goodness of fit: observed counts against expected ones or shares, which are scaled to the same sum. A category that is expected never and seen
 * makes the statistic infinite; one of neither is left out.
 *
 * @throws MillraceError `MR-STAT-001` for counts below 0 or of different lengths, `MR-STAT-002` for fewer than two categories or no counts
 * @see Pearson (1900)
 */
export function chiSquareFit(observed: ArrayLike<number>, expected: ArrayLike<number>): ChiSquareTest {
  const [seen, wanted] = [requireCounts(observed, observed.length), requireCounts(expected, observed.length)];
  const factor = sum(seen) / sum(wanted);
  const should = wanted.map((count) => count * factor);
  const parts = seen.map((count, i) => pearson(count, should[i]));
  return tested(sum(parts), used(should, seen) - 1, should, parts);
}

/**
 * Whether two samples of categories come from one distribution: Pearson's test of homogeneity of the 2 x k table. A category that neither has is left out.
 *
 * @param a - counts by category
 * @param b - counts of the same categories in the same order
 * @throws MillraceError `MR-STAT-001` for counts below 0 or of different lengths, `MR-STAT-002` for fewer than two categories or no counts
 */
export function chiSquareTwoSamples(a: ArrayLike<number>, b: ArrayLike<number>): ChiSquareTest {
  const [first, second] = [requireCounts(a, a.length), requireCounts(b, a.length)];
  const share = sum(first) / (sum(first) + sum(second));
  const both = first.map((count, i) => count + second[i]);
  const parts = both.map((count, i) => pearson(first[i], count * share) + pearson(second[i], count * (1 - share)));
  return tested(sum(parts), used(both, both) - 1, both.map((count) => count * Math.min(share, 1 - share)), parts);
}

function pearson(seen: number, expected: number): number {
  if (expected > 0) return (seen - expected) ** 2 / expected;
  return seen > 0 ? Number.POSITIVE_INFINITY : 0;
}

function tested(statistic: number, freedom: number, expected: Float64Array, parts: Float64Array): ChiSquareTest {
  requireCount(freedom + 1, 2, "chi-square test, categories");
  return { method: "chi-square", statistic, freedom, pValue: chiSquare(freedom).upper(statistic), expectedMin: expected.reduce((least, count) => (count > 0 ? Math.min(least, count) : least), Number.POSITIVE_INFINITY), parts };
}

function requireCounts(counts: ArrayLike<number>, length: number): Float64Array {
  const all = Float64Array.from(counts);
  requireParameter(all.length === length, "chi-square test, counts", `${all.length} counts of ${length} categories`, "give one count for each category, in the same order");
  requireParameter(all.every((count) => count >= 0 && Number.isFinite(count)), "chi-square test, counts", "a count below 0 or no number", "give counts, 0 or more");
  requireParameter(all.length === 0 || sum(all) > 0, "chi-square test, counts", "nothing was counted", "judge when there is data");
  requireCount(all.length, 2, "chi-square test, categories");
  return all;
}

const used = (expected: Float64Array, seen: Float64Array): number => expected.filter((count, i) => count > 0 || seen[i] > 0).length;
const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
