import { momentsOf, standardDeviation } from "../moments.ts";
import type { Outliers } from "../outliers.ts";
import { judge, standardisedBySquares } from "../outliers.ts";
import { requireCount } from "../refuse.ts";

export interface ZScoreBy {
  method: "z-score";
  centre: number;
  /** The sample's standard deviation, over n - 1. */
  scale: number;
  /** The largest |score| that this many values can give, (n - 1) / sqrt(n): a threshold above it can never be passed. */
  reach: number;
}

/**
 * z = (x - mean) / standard deviation. Outliers drag both and hide behind them (masking): of 10 values or fewer none can pass a threshold of 3. Prefer
 * `modifiedZScore`; this one is for data known to be normal. Exact.
 *
 * @param options.threshold - default 3
 * @throws MillraceError `MR-STAT-002` for fewer than two finite values
 * @see Shiffler (1988), "Maximum Z Scores and Outliers", on the reach
 */
export function zScore(values: Float64Array, { threshold = 3 }: { threshold?: number } = {}): Outliers<ZScoreBy> {
  const moments = momentsOf(values);
  requireCount(moments.count, 2, "z-score");
  const scale = standardDeviation(moments);
  return judge(standardisedBySquares(values, moments.mean, scale), threshold, "both", { method: "z-score", centre: moments.mean, scale, reach: (moments.count - 1) / Math.sqrt(moments.count) });
}
