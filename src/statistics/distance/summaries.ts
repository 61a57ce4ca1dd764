import { requireCount, requireParameter } from "../refuse.ts";

/** How many values fell between edges: bin i holds edges[i] < value <= edges[i + 1], the first bin its lower edge too. */
export interface Histogram {
  /** Ascending, one more than counts; the first may be -Infinity and the last Infinity. */
  edges: ArrayLike<number> & Iterable<number>;
  counts: ArrayLike<number> & Iterable<number>;
}

/** What a sketch knows of a column: values at ascending probabilities, the least at 0 and the greatest at 1. */
export interface QuantileSummary {
  /** How many values were summarised. */
  count: number;
  /** Ascending, from 0 to 1. */
  probabilities: ArrayLike<number> & Iterable<number>;
  /** The quantile at each probability, finite, ascending. */
  values: ArrayLike<number> & Iterable<number>;
}

export function requireHistogram({ edges, counts }: Histogram, method: string): void {
  requireParameter(edges.length === counts.length + 1 && ascending(edges, true), `${method}, histogram`, `${edges.length} edges about ${counts.length} bins`, "give ascending edges, one more than counts");
  requireParameter(Array.from(counts).every((count) => count >= 0 && Number.isFinite(count)), `${method}, histogram`, "a count below 0 or no number", "give counts, 0 or more");
  requireCount(Array.from(counts).reduce((sum, count) => sum + count, 0), 1, method);
}

export function requireSummary({ count, probabilities, values }: QuantileSummary, method: string): void {
  requireCount(count, 1, method);
  const spans = probabilities.length === values.length && probabilities[0] === 0 && probabilities[probabilities.length - 1] === 1;
  requireParameter(spans && ascending(probabilities, true) && ascending(values, false), `${method}, quantiles`, `${values.length} quantiles at ${probabilities.length} probabilities`, "give ascending probabilities from 0 to 1, and as many values, ascending");
}

/** The share of a histogram's values up to `x`, taking those of a bin as spread evenly; a bin with an infinite edge holds its values at its finite one's far side. */
export function shareBelow({ edges, counts }: Histogram, x: number): number {
  let [below, total] = [0, 0];
  for (let i = 0; i < counts.length; i++) {
    total += counts[i];
    below += counts[i] * shareOfBin(edges[i], edges[i + 1], x);
  }
  return below / total;
}

function shareOfBin(low: number, high: number, x: number): number {
  if (x >= high) return 1;
  return x <= low || !Number.isFinite(high - low) ? 0 : (x - low) / (high - low);
}

/** The share of a summary's values up to `x`, linear between quantiles; where several are equal, the highest. */
export function cumulativeAt({ probabilities, values }: QuantileSummary, x: number): number {
  let last = -1;
  while (last + 1 < values.length && values[last + 1] <= x) last++;
  if (last < 0) return 0;
  if (last === values.length - 1) return 1;
  const step = (x - values[last]) / (values[last + 1] - values[last]);
  return probabilities[last] + step * (probabilities[last + 1] - probabilities[last]);
}

/** How many of the values fall into each bin between `edges`; those beyond the ends are left out, as are missing ones. */
export function binCounts(values: Float64Array, edges: ArrayLike<number>): Float64Array {
  const counts = new Float64Array(edges.length - 1);
  for (const value of values) {
    if (!(value >= edges[0] && value <= edges[edges.length - 1])) continue;
    counts[binOf(edges, value)]++;
  }
  return counts;
}

/** The last bin whose lower edge is below the value, the first for its own lower edge. */
function binOf(edges: ArrayLike<number>, value: number): number {
  let [low, high] = [0, edges.length - 2];
  while (low < high) {
    const middle = (low + high + 1) >>> 1;
    if (edges[middle] < value) low = middle;
    else high = middle - 1;
  }
  return low;
}

function ascending(numbers: ArrayLike<number>, strictly: boolean): boolean {
  for (let i = 0; i < numbers.length; i++) {
    if (Number.isNaN(numbers[i])) return false;
    if (i > 0 && (strictly ? numbers[i] <= numbers[i - 1] : numbers[i] < numbers[i - 1])) return false;
  }
  return numbers.length > 0;
}
