import { kolmogorovUpper } from "../distributions/kolmogorov.ts";
import type { Histogram } from "./histogram.ts";
import { histogramCount, requireHistogram, shareUpTo } from "./histogram.ts";
import type { QuantileSummary } from "./quantile-summary.ts";
import { requireSummary, shareOfSummaryUpTo } from "./quantile-summary.ts";
import type { WeightedPoints } from "./weighted-points.ts";
import { pointsOf, requirePoints, totalWeight } from "./weighted-points.ts";

/** How far two distributions are apart, and how likely that is when they are one. */
export interface KolmogorovSmirnov {
  method: "kolmogorov-smirnov";
  /** The greatest difference of the two shares of values up to some point: 0 to 1. */
  statistic: number;
  /** Where it is: of the values up to here the shares differ most. */
  at: number;
  /** The chance of so great a difference between samples of one distribution. */
  pValue: number;
  /** `every path` counts all ways in which the samples could be mixed, ties and all; `limit` is Kolmogorov's distribution, good from some 50 values on. */
  pValueBy: "every path" | "limit";
  /** Values of each, without the missing. */
  counts: [number, number];
  /** Whether the statistic is that of the values: from sketches and histograms it is that of those. */
  exact: boolean;
}

/** Up to so many pairs of values every path is counted. */
const pairsMax = 1_000_000;

/**
 * The two-sample Kolmogorov-Smirnov test, two-sided. Missing values do not count; infinities do, at their end. Ties are counted as they are, so that the
 * p-value holds for whole numbers too. Time grows with n log n, and with the product of the counts up to a million of it, for the exact p-value.
 *
 * @throws MillraceError `MR-STAT-002` when either has no value
 * @see Hodges (1958), "The significance probability of the Smirnov two-sample test", on the paths
 */
export function kolmogorovSmirnov(a: Float64Array, b: Float64Array): KolmogorovSmirnov {
  return kolmogorovSmirnovOfPoints(pointsOf(a), pointsOf(b));
}

/**
 * The same of values with weights, as a profile keeps them. Exact when the points are the values themselves; else as exact as the sketch is.
 *
 * @throws MillraceError `MR-STAT-001` for values that do not ascend or weights that are not above 0, `MR-STAT-002` when either has no value
 */
export function kolmogorovSmirnovOfPoints(a: WeightedPoints, b: WeightedPoints): KolmogorovSmirnov {
  for (const points of [a, b]) requirePoints(points, "Kolmogorov-Smirnov");
  const [n, m] = [totalWeight(a), totalWeight(b)];
  const exact = a.exact && b.exact;
  const { lead, at, ends } = greatestLead(a, b, n, m);
  const statistic = lead / (n * m);
  const every = exact && n * m <= pairsMax;
  const pValue = every ? pathsBeyond(n, m, lead, ends) : limit(statistic, n, m);
  return { method: "kolmogorov-smirnov", statistic, at, pValue, pValueBy: every ? "every path" : "limit", counts: [n, m], exact };
}

/**
 * The same from two histograms over any edges: at the edges of either, linear within a bin. Approximate: what differs within bins is not seen.
 *
 * @throws MillraceError `MR-STAT-001` for edges that do not ascend or counts that do not fit, `MR-STAT-002` for an empty histogram
 */
export function kolmogorovSmirnovOfHistograms(a: Histogram, b: Histogram): KolmogorovSmirnov {
  for (const histogram of [a, b]) requireHistogram(histogram, "Kolmogorov-Smirnov");
  return greatestGap([a.edges, b.edges], (x) => shareUpTo(a, x) - shareUpTo(b, x), [histogramCount(a), histogramCount(b)]);
}

/**
 * The same from two summaries by quantiles: at the quantiles of either, linear between. Approximate, as sketches are.
 *
 * @throws MillraceError `MR-STAT-001` for a summary that does not ascend, `MR-STAT-002` for one of no values
 */
export function kolmogorovSmirnovOfQuantiles(a: QuantileSummary, b: QuantileSummary): KolmogorovSmirnov {
  for (const summary of [a, b]) requireSummary(summary, "Kolmogorov-Smirnov");
  return greatestGap([a.values, b.values], (x) => shareOfSummaryUpTo(a, x) - shareOfSummaryUpTo(b, x), [a.count, b.count]);
}

function greatestGap(points: ArrayLike<number>[], difference: (x: number) => number, counts: [number, number]): KolmogorovSmirnov {
  let [statistic, at] = [0, points[0][0]];
  for (const point of points.flatMap((some) => Array.from(some))) {
    const gap = Math.abs(difference(point));
    if (gap > statistic) [statistic, at] = [gap, point];
  }
  return { method: "kolmogorov-smirnov", statistic, at, pValue: limit(statistic, ...counts), pValueBy: "limit", counts, exact: false };
}

/**
 * Goes through both together. The lead is |i m - j n| after i of n and j of m values; it is looked at where the value changes, for within ties there is no
 * order. `ends` are the numbers of values of both at which it was looked at.
 */
function greatestLead(a: WeightedPoints, b: WeightedPoints, n: number, m: number): { lead: number; at: number; ends: Set<number> } {
  const ends = new Set<number>();
  let [i, j, ofA, ofB, lead, at] = [0, 0, 0, 0, 0, Math.min(a.values[0], b.values[0])];
  while (i < a.values.length || j < b.values.length) {
    const value = Math.min(a.values[i] ?? Number.POSITIVE_INFINITY, b.values[j] ?? Number.POSITIVE_INFINITY);
    if (a.values[i] === value) ofA += a.weights[i++];
    if (b.values[j] === value) ofB += b.weights[j++];
    ends.add(ofA + ofB);
    const here = Math.abs(ofA * m - ofB * n);
    if (here > lead) [lead, at] = [here, value];
  }
  return { lead, at, ends };
}

/**
 * The share of paths from (0, 0) to (n, m) that somewhere lead by `lead` or more: each step is taken with the chance that it has in a random mixture, and
 * what reaches the lead is taken out and summed. Every number is a chance, so none grows too great or too small to matter.
 */
function pathsBeyond(n: number, m: number, lead: number, ends: Set<number>): number {
  if (lead === 0) return 1;
  const isEnd = Uint8Array.from({ length: n + m + 1 }, (_, count) => (ends.has(count) ? 1 : 0));
  let beyond = 0;
  // Of each j, the chance of having come to (i, j) without having led so far.
  const chance = new Float64Array(m + 1);
  for (let i = 0; i <= n; i++) {
    for (let j = 0; j <= m; j++) {
      const left = n + m - i - j + 1;
      const byA = i > 0 ? (chance[j] * (n - i + 1)) / left : 0;
      const byB = j > 0 ? (chance[j - 1] * (m - j + 1)) / left : 0;
      const here = i === 0 && j === 0 ? 1 : byA + byB;
      const leads = isEnd[i + j] === 1 && Math.abs(i * m - j * n) >= lead;
      if (leads) beyond += here;
      chance[j] = leads ? 0 : here;
    }
  }
  return Math.min(1, beyond);
}

function limit(statistic: number, n: number, m: number): number {
  return Math.min(1, Math.max(0, kolmogorovUpper(statistic * Math.sqrt((n * m) / (n + m)))));
}
