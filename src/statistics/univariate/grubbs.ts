import { studentT } from "../distributions/student-t.ts";
import { momentsOf, standardDeviation } from "../moments.ts";
import type { Outliers } from "../outliers.ts";
import { judge, standardisedBySquares } from "../outliers.ts";
import { requireCount, requireShare } from "../refuse.ts";

export interface GrubbsBy {
  method: "grubbs";
  centre: number;
  scale: number;
  alpha: number;
  /** The largest |score|, G. */
  statistic: number;
}

/**
 * Grubbs' test for one outlier, two-sided, in normal data: at most the value furthest from the mean is an outlier, though others may have passed the
 * threshold. For more than one use `generalisedEsd`. Exact.
 *
 * @param options.alpha - the chance of a false alarm in clean normal data, default 0.05
 * @throws MillraceError `MR-STAT-001` for alpha outside of 0 to 1, `MR-STAT-002` for fewer than three finite values
 * @see Grubbs (1950), "Sample Criteria for Testing Outlying Observations"
 */
export function grubbs(values: Float64Array, { alpha = 0.05 }: { alpha?: number } = {}): Outliers<GrubbsBy> {
  requireShare(alpha, "Grubbs' test, alpha");
  const moments = momentsOf(values);
  requireCount(moments.count, 3, "Grubbs' test");
  const scale = standardDeviation(moments);
  const scores = standardisedBySquares(values, moments.mean, scale);
  const statistic = scores.reduce((most, score) => (Math.abs(score) > most && Number.isFinite(score) ? Math.abs(score) : most), 0);
  const all = judge(scores, grubbsCritical(moments.count, alpha), "both", { method: "grubbs" as const, centre: moments.mean, scale, alpha, statistic });
  const furthest = all.outliers.find((i) => Math.abs(scores[i]) === statistic);
  return { ...all, outliers: all.outliers.filter((i) => i === furthest || !Number.isFinite(values[i])) };
}

/** What the largest of n |z| of clean normal data passes with a chance of alpha: (n - 1) t / sqrt(n (n - 2 + t^2)), t the quantile at 1 - alpha / 2n. */
export function grubbsCritical(n: number, alpha: number): number {
  const t = -studentT(n - 2).quantile(alpha / (2 * n));
  return ((n - 1) * t) / Math.sqrt(n * (n - 2 + t * t));
}
