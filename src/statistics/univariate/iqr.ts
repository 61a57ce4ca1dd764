import type { Outliers } from "../outliers.ts";
import { judge } from "../outliers.ts";
import { quantile, sortedFinite } from "../quantile.ts";
import { requireCount, requireParameter } from "../refuse.ts";

export interface IqrBy {
  method: "iqr";
  /** First and third quartile, of type 7. */
  q1: number;
  q3: number;
  /** The fences: q1 - threshold (q3 - q1) and q3 + threshold (q3 - q1). */
  low: number;
  high: number;
}

/**
 * Tukey's fences. The score is how many interquartile ranges a value lies outside of the quartiles, negative below, 0 between. When the quartiles are equal
 * every other value is infinitely far: use `modifiedZScore` for columns of mostly one value. Exact.
 *
 * @param options.threshold - default 1.5; 3 for what Tukey calls far out
 * @throws MillraceError `MR-STAT-001` for a range beyond the largest number, `MR-STAT-002` for fewer than four finite values
 * @see Tukey (1977), "Exploratory Data Analysis"
 */
export function iqr(values: Float64Array, { threshold = 1.5 }: { threshold?: number } = {}): Outliers<IqrBy> {
  const sorted = sortedFinite(values);
  requireCount(sorted.length, 4, "IQR");
  const [q1, q3] = [quantile(sorted, 0.25), quantile(sorted, 0.75)];
  const range = q3 - q1;
  requireParameter(Number.isFinite(range), "IQR", "quartiles so far apart that their range is beyond the largest number", "divide the values by a constant first");
  const scores = values.map((value) => (value > q3 ? (value - q3) / range : value < q1 ? (value - q1) / range : value - value));
  return judge(scores, threshold, "both", { method: "iqr", q1, q3, low: q1 - threshold * range, high: q3 + threshold * range });
}
