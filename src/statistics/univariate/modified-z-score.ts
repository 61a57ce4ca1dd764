import { madToSigma, meanAbsoluteDeviation, meanDeviationToSigma, medianAbsoluteDeviation } from "../deviation.ts";
import type { Outliers } from "../outliers.ts";
import { judge, standardised } from "../outliers.ts";
import { median, sortedFinite } from "../quantile.ts";
import { requireCount } from "../refuse.ts";

export interface ModifiedZScoreBy {
  method: "modified-z-score";
  /** The median. */
  centre: number;
  /** An estimate of the standard deviation. */
  scale: number;
  /** What the scale comes from: 1.4826 MAD, or 1.2533 times the mean absolute deviation when more than half of the values are equal and the MAD is 0. */
  scaleBy: "MAD" | "mean absolute deviation";
}

/**
 * M = (x - median) / (1.4826 MAD), which is 0.6745 (x - median) / MAD. Half of the data may be wrong and it still finds them. Exact.
 *
 * @param options.threshold - default 3.5
 * @throws MillraceError `MR-STAT-002` for fewer than three finite values
 * @see Iglewicz and Hoaglin (1993), "How to Detect and Handle Outliers"; the fallback as in IBM SPSS
 */
export function modifiedZScore(values: Float64Array, { threshold = 3.5 }: { threshold?: number } = {}): Outliers<ModifiedZScoreBy> {
  const sorted = sortedFinite(values);
  requireCount(sorted.length, 3, "modified z-score");
  const by = robustScale(sorted);
  return judge(standardised(values, by.centre, by.scale), threshold, "both", { method: "modified-z-score", ...by });
}

/** Centre and scale that half of the data cannot break. `sorted` is ascending, at least one. */
export function robustScale(sorted: Float64Array): Pick<ModifiedZScoreBy, "centre" | "scale" | "scaleBy"> {
  const centre = median(sorted);
  const mad = medianAbsoluteDeviation(sorted, centre);
  if (mad > 0) return { centre, scale: madToSigma * mad, scaleBy: "MAD" };
  return { centre, scale: meanDeviationToSigma * meanAbsoluteDeviation(sorted, centre), scaleBy: "mean absolute deviation" };
}
