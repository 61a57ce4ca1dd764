import { quantile, sortedFinite } from "./quantile.ts";
import { requireParameter, requireShare } from "./refuse.ts";

/** Where a method that has no distribution to go by puts its threshold. */
export interface ThresholdOptions {
  /** A score beyond it is an outlier. Not together with `contamination`. */
  threshold?: number;
  /** The share of rows to call outliers, 0 to 1 exclusive: puts the threshold at the quantile (type 7) of the scores that leaves so many above it. */
  contamination?: number;
}

/** The threshold that the options name, or the usual one of these scores. */
export function thresholdFor(scores: Float64Array, { threshold, contamination }: ThresholdOptions, method: string, usual: (sorted: Float64Array) => number): number {
  requireParameter(threshold === undefined || contamination === undefined, `${method}, threshold`, "a threshold and a contamination", "give one of them");
  if (threshold !== undefined) return threshold;
  const sorted = sortedFinite(scores);
  if (contamination === undefined) return usual(sorted);
  requireShare(contamination, `${method}, contamination`);
  return quantile(sorted, 1 - contamination);
}
