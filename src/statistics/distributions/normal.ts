import type { Distribution } from "./distribution.ts";
import { symmetricQuantile } from "./distribution.ts";
import { incompleteGamma } from "./incomplete-gamma.ts";

/** The standard normal distribution: Phi(x) by the incomplete gamma function Q(1/2, x^2 / 2). */
export const normal: Distribution = {
  cdf: (x) => upper(-x),
  upper,
  density,
  quantile: (p) => symmetricQuantile({ upper, density }, p),
};

function upper(x: number): number {
  const half = incompleteGamma(0.5, (x * x) / 2);
  return x >= 0 ? half.upper / 2 : (1 + half.lower) / 2;
}

function density(x: number): number {
  return Math.exp((-x * x) / 2) / Math.sqrt(2 * Math.PI);
}
