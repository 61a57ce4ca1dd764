import { requireParameter } from "../refuse.ts";
import type { Distribution } from "./distribution.ts";
import { positiveQuantile } from "./distribution.ts";
import { incompleteBeta } from "./incomplete-beta.ts";
import type { Tails } from "./incomplete-gamma.ts";
import { betaPower } from "./saddle-point.ts";

/**
 * Fisher's F distribution.
 *
 * @param above - degrees of freedom of the numerator, above 0
 * @param below - degrees of freedom of the denominator, above 0
 * @throws MillraceError `MR-STAT-001` when either is not above 0
 */
export function fisherF(above: number, below: number): Distribution {
  for (const freedom of [above, below]) requireParameter(freedom > 0 && Number.isFinite(freedom), "F distribution, degrees of freedom", `${freedom} is not above 0`, "give a number above 0");
  const [a, b] = [above / 2, below / 2];
  const tails = (f: number): Tails => {
    if (f <= 0) return { lower: 0, upper: 1 };
    if (f === Number.POSITIVE_INFINITY) return { lower: 1, upper: 0 };
    return incompleteBeta(a, b, (above * f) / (above * f + below), below / (above * f + below));
  };
  const cdf = (f: number): number => tails(f).lower;
  const upper = (f: number): number => tails(f).upper;
  const density = (f: number): number => (f > 0 ? betaPower(a, b, (above * f) / (above * f + below), below / (above * f + below)) / f : 0);
  return { cdf, upper, density, quantile: (p) => positiveQuantile({ cdf, upper, density }, p, 1) };
}
