import type { Outliers } from "../outliers.ts";
import { judge, standardised } from "../outliers.ts";
import { sortedFinite } from "../quantile.ts";
import { requireCount } from "../refuse.ts";
import type { ModifiedZScoreBy } from "../univariate/modified-z-score.ts";
import { robustScale } from "../univariate/modified-z-score.ts";
import { fillGaps } from "./fill-gaps.ts";
import type { Stl, StlOptions } from "./stl.ts";
import { stl } from "./stl.ts";

export interface StlBy extends Pick<Stl, "seasonal" | "trend" | "period" | "seasonalSpan" | "trendSpan">, Pick<ModifiedZScoreBy, "centre" | "scale" | "scaleBy"> {
  method: "stl";
}

/** Remainders below this share of the largest value are what rounding left. */
const roundingShare = 1e-10;

/**
 * What is left of a series when season and trend are taken out (STL, robust), in robust standard deviations: the modified z-score of the remainder. It looks
 * ahead: for tables, not for streams. Missing values are bridged for the decomposition and not judged; infinities are bridged and are outliers. Exact.
 *
 * @param values - one per tick of a regular clock, NaN where there is none
 * @param options.threshold - default 3.5
 * @throws MillraceError `MR-STAT-001` for options out of range, `MR-STAT-002` for fewer than two seasons of finite values
 */
export function stlOutliers(values: Float64Array, { threshold = 3.5, ...options }: StlOptions & { threshold?: number }): Outliers<StlBy> {
  requireCount(values.filter(Number.isFinite).length, 2 * options.period, "STL");
  const { seasonal, trend, period, seasonalSpan, trendSpan } = stl(fillGaps(values), options);
  const greatest = values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
  const remainder = values.map((value, i) => {
    const left = value - seasonal[i] - trend[i];
    return Math.abs(left) <= roundingShare * greatest ? 0 : left;
  });
  const by = robustScale(sortedFinite(remainder));
  return judge(standardised(remainder, by.centre, by.scale), threshold, "both", { method: "stl", ...by, seasonal, trend, period, seasonalSpan, trendSpan });
}
