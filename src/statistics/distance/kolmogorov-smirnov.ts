import { kolmogorovUpper } from "../distributions/kolmogorov.ts";
import { requireCount } from "../refuse.ts";
import type { Histogram, QuantileSummary } from "./summaries.ts";
import { cumulativeAt, requireHistogram, requireSummary, shareBelow } from "./summaries.ts";

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
  /** Of which each share is: the finite and infinite values, without the missing. */
  counts: [number, number];
  /** Whether the statistic is that of the values: from summaries it is that of the summaries. */
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
  const [x, y] = [present(a), present(b)];
  const { lead, at, ends } = greatestLead(x, y);
  const pairs = x.length * y.length;
  const every = pairs <= pairsMax;
  const pValue = every ? pathsBeyond(x.length, y.length, lead, ends) : limit(lead / pairs, x.length, y.length);
  return { method: "kolmogorov-smirnov", statistic: lead / pairs, at, pValue, pValueBy: every ? "every path" : "limit", counts: [x.length, y.length], exact: true };
}

/**
 * The same from two histograms over any edges: at the edges of either, linear within a bin. Approximate: what differs within bins is not seen.
 *
 * @throws MillraceError `MR-STAT-001` for edges that do not ascend or counts that do not fit, `MR-STAT-002` for an empty histogram
 */
export function kolmogorovSmirnovOfHistograms(a: Histogram, b: Histogram): KolmogorovSmirnov {
  for (const histogram of [a, b]) requireHistogram(histogram, "Kolmogorov-Smirnov");
  const total = ({ counts }: Histogram): number => Array.from(counts).reduce((sum, count) => sum + count, 0);
  return greatestGap([...a.edges, ...b.edges], (x) => shareBelow(a, x), (x) => shareBelow(b, x), [total(a), total(b)]);
}

/**
 * The same from two summaries by quantiles: at the quantiles of either, linear between. Approximate, as sketches are.
 *
 * @throws MillraceError `MR-STAT-001` for a summary that does not ascend, `MR-STAT-002` for one of no values
 */
export function kolmogorovSmirnovOfQuantiles(a: QuantileSummary, b: QuantileSummary): KolmogorovSmirnov {
  for (const summary of [a, b]) requireSummary(summary, "Kolmogorov-Smirnov");
  return greatestGap([...a.values, ...b.values], (x) => cumulativeAt(a, x), (x) => cumulativeAt(b, x), [a.count, b.count]);
}

function greatestGap(points: number[], shareA: (x: number) => number, shareB: (x: number) => number, counts: [number, number]): KolmogorovSmirnov {
  let [statistic, at] = [0, points[0]];
  for (const point of points) {
    const gap = Math.abs(shareA(point) - shareB(point));
    if (gap > statistic) [statistic, at] = [gap, point];
  }
  return { method: "kolmogorov-smirnov", statistic, at, pValue: limit(statistic, ...counts), pValueBy: "limit", counts, exact: false };
}

function present(values: Float64Array): Float64Array {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  requireCount(sorted.length, 1, "Kolmogorov-Smirnov");
  return sorted;
}

/**
 * Goes through both samples together. The lead is |i m - j n| after i of n and j of m values, a whole number; it is looked at where the value changes, for
 * within ties there is no order. `ends[k]` says whether a value ends after k values of both.
 */
function greatestLead(x: Float64Array, y: Float64Array): { lead: number; at: number; ends: Uint8Array } {
  const ends = new Uint8Array(x.length + y.length + 1);
  let [i, j, lead, at] = [0, 0, 0, Math.min(x[0], y[0])];
  while (i < x.length || j < y.length) {
    const value = i < x.length && (j >= y.length || x[i] <= y[j]) ? x[i] : y[j];
    while (i < x.length && x[i] === value) i++;
    while (j < y.length && y[j] === value) j++;
    ends[i + j] = 1;
    const here = Math.abs(i * y.length - j * x.length);
    if (here > lead) [lead, at] = [here, value];
  }
  return { lead, at, ends };
}

/**
 * The share of paths from (0, 0) to (n, m) that somewhere lead by `lead` or more: each step is taken with the chance that it has in a random mixture, and
 * what reaches the lead is taken out and summed. Every number is a chance, so none grows too great or too small to matter.
 */
function pathsBeyond(n: number, m: number, lead: number, ends: Uint8Array): number {
  if (lead === 0) return 1;
  let beyond = 0;
  // Of each j, the chance of having come to (i, j) without having led so far.
  const chance = new Float64Array(m + 1);
  for (let i = 0; i <= n; i++) {
    for (let j = 0; j <= m; j++) {
      const left = n + m - i - j + 1;
      const byX = i > 0 ? (chance[j] * (n - i + 1)) / left : 0;
      const byY = j > 0 ? (chance[j - 1] * (m - j + 1)) / left : 0;
      const here = i === 0 && j === 0 ? 1 : byX + byY;
      const leads = ends[i + j] === 1 && Math.abs(i * m - j * n) >= lead;
      if (leads) beyond += here;
      chance[j] = leads ? 0 : here;
    }
  }
  return Math.min(1, beyond);
}

function limit(statistic: number, n: number, m: number): number {
  return Math.min(1, Math.max(0, kolmogorovUpper(statistic * Math.sqrt((n * m) / (n + m)))));
}
