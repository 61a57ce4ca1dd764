import { requireParameter } from "../refuse.ts";
import type { Distribution } from "./distribution.ts";
import { symmetricQuantile } from "./distribution.ts";
import { incompleteBeta } from "./incomplete-beta.ts";
import { deviance, stirlingError } from "./saddle-point.ts";

/**
 * Student's t distribution.
 *
 * @param freedom - degrees of freedom, above 0
 * @throws MillraceError `MR-STAT-001` when `freedom` is not above 0
 */
export function studentT(freedom: number): Distribution {
  requireParameter(freedom > 0 && Number.isFinite(freedom), "t distribution, degrees of freedom", `${freedom} is not above 0`, "give a number above 0");
  const upper = (t: number): number => {
    const square = t * t;
    if (square === Number.POSITIVE_INFINITY) return t > 0 ? 0 : 1;
    const both = incompleteBeta(freedom / 2, 0.5, freedom / (freedom + square), square / (freedom + square));
    return t >= 0 ? both.lower / 2 : (1 + both.upper) / 2;
  };
  const scale = stirlingError((freedom + 1) / 2) - stirlingError(freedom / 2) - deviance(freedom / 2, (freedom + 1) / 2);
  const density = (t: number): number => Math.exp(scale - (freedom / 2) * Math.log1p((t * t) / freedom)) / Math.sqrt(2 * Math.PI * (1 + (t * t) / freedom));
  return { cdf: (t) => upper(-t), upper, density, quantile: (p) => symmetricQuantile({ upper, density }, p) };
}
