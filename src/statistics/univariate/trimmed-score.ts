import type { Outliers } from "../outliers.ts";
import { judge, standardisedBySquares } from "../outliers.ts";
import { sortedFinite } from "../quantile.ts";
import { requireCount } from "../refuse.ts";
import { trimmedMean, winsorisedDeviation } from "../trimmed.ts";

export interface TrimmedScoreBy {
  method: "trimmed-score";
  /** The trimmed mean. */
  centre: number;
  /** The winsorised standard deviation, made consistent for normal data. */
  scale: number;
  /** The share that was cut from each side. */
  share: number;
}

/**
 * (x - trimmed mean) / winsorised standard deviation: stands as long as fewer than `share` of either side are wrong. Exact.
 *
 * @param options.share - of the values, cut from each side; 0 inclusive to 0.5 exclusive, default 0.1
 * @param options.threshold - default 3
 * @throws MillraceError `MR-STAT-001` for a share outside of its range, `MR-STAT-002` for fewer than three finite values
 * @see Wilcox (2012), "Introduction to Robust Estimation and Hypothesis Testing", 3.3
 */
export function trimmedScore(values: Float64Array, { share = 0.1, threshold = 3 }: { share?: number; threshold?: number } = {}): Outliers<TrimmedScoreBy> {
  const sorted = sortedFinite(values);
  requireCount(sorted.length, 3, "trimmed score");
  const centre = trimmedMean(sorted, share);
  const scale = winsorisedDeviation(sorted, share);
  return judge(standardisedBySquares(values, centre, scale), threshold, "both", { method: "trimmed-score", centre, scale, share });
}
