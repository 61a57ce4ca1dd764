import { requireCount, requireParameter } from "./refuse.ts";

/**
 * The finite values in ascending order, copied. What is missing (NaN) or infinite has no place among them: NaN is never judged and never counts, and an
 * infinity is an outlier by definition, so that it may not move a centre or a scale.
 */
export function sortedFinite(values: Float64Array): Float64Array {
  return values.filter(Number.isFinite).sort();
}

/**
 * The quantile of type 7 of Hyndman and Fan (1996): linear between the order statistics at `(n - 1) p`. The rule of R, NumPy, Excel's PERCENTILE.INC and
 * of DuckDB's and PostgreSQL's `percentile_cont`. Exact.
 *
 * @param sorted - ascending and without NaN, at least one
 * @param p - 0 to 1, both inclusive
 * @throws MillraceError `MR-STAT-001` when `p` is outside of its range, `MR-STAT-002` when there are no values
 */
export function quantile(sorted: Float64Array, p: number): number {
  requireParameter(p >= 0 && p <= 1, "quantile, p", `${p} is no share`, "give a number from 0 to 1");
  requireCount(sorted.length, 1, "quantile");
  const at = (sorted.length - 1) * p;
  const below = Math.floor(at);
  const low = sorted[below];
  if (at === below) return low;
  const [high, share] = [sorted[below + 1], at - below];
  const range = high - low;
  // Between huge numbers of either sign the range is beyond the largest number, and the quantile is not.
  return Number.isFinite(range) ? low + share * range : low * (1 - share) + high * share;
}

/** The middle value, or the mean of the two in the middle. `sorted` is ascending, at least one. */
export function median(sorted: Float64Array): number {
  requireCount(sorted.length, 1, "median");
  const middle = sorted.length >>> 1;
  if (sorted.length % 2 === 1) return sorted[middle];
  // Halved first: the sum of two huge numbers would be an infinity.
  return sorted[middle - 1] / 2 + sorted[middle] / 2;
}
