import { requireParameter } from "../refuse.ts";
import type { Distribution } from "./distribution.ts";
import { positiveQuantile } from "./distribution.ts";
import { incompleteGamma } from "./incomplete-gamma.ts";
import { gammaPower } from "./saddle-point.ts";

/**
 * The chi-square distribution.
 *
 * @param freedom - degrees of freedom, above 0 and not only whole numbers
 * @throws MillraceError `MR-STAT-001` when `freedom` is not above 0
 */
export function chiSquare(freedom: number): Distribution {
  requireParameter(freedom > 0 && Number.isFinite(freedom), "chi-square distribution, degrees of freedom", `${freedom} is not above 0`, "give a number above 0");
  const a = freedom / 2;
  const cdf = (x: number): number => incompleteGamma(a, x / 2).lower;
  const upper = (x: number): number => incompleteGamma(a, x / 2).upper;
  const density = (x: number): number => (x > 0 ? (gammaPower(a, x / 2) * a) / x : 0);
  return { cdf, upper, density, quantile: (p) => positiveQuantile({ cdf, upper, density }, p, freedom) };
}
