import { requireParameter } from "../refuse.ts";

/** A continuous distribution. */
export interface Distribution {
  /** The probability of a value of at most `x`. NaN gives NaN. */
  cdf(x: number): number;
  /** The probability of a value above `x`, exact where `1 - cdf(x)` would have lost its digits. */
  upper(x: number): number;
  density(x: number): number;
  /**
   * The `x` whose cdf is `p`: relative error below 1e-10 for `p` of 1e-12 to 1 - 1e-12.
   *
   * @throws MillraceError `MR-STAT-001` unless 0 < p < 1
   */
  quantile(p: number): number;
}

/** The quantile of a distribution whose values are above 0. */
export function positiveQuantile({ cdf, upper, density }: Pick<Distribution, "cdf" | "upper" | "density">, p: number, start: number): number {
  requireProbability(p);
  return p <= 0.5 ? solve((x) => p - cdf(x), density, start) : solve((x) => upper(x) - (1 - p), density, start);
}

/** The quantile of a distribution that is the same on both sides of 0. */
export function symmetricQuantile({ upper, density }: Pick<Distribution, "upper" | "density">, p: number): number {
  requireProbability(p);
  if (p === 0.5) return 0;
  const tail = Math.min(p, 1 - p);
  const x = solve((at) => upper(at) - tail, density, 1);
  return p < 0.5 ? -x : x;
}

function requireProbability(p: number): void {
  requireParameter(p > 0 && p < 1, "quantile of a distribution, p", `${p} is no probability between 0 and 1`, "give a number above 0 and below 1");
}

/** The `x` above 0 where `excess`, which falls with the slope of `-density`, is 0: Newton's method, kept between two bounds that close in. */
function solve(excess: (x: number) => number, density: (x: number) => number, start: number): number {
  let [low, high, x] = [0, Number.POSITIVE_INFINITY, start];
  for (let step = 0; step < 400; step++) {
    const value = excess(x);
    if (value === 0) return x;
    if (value > 0) low = x;
    else high = x;
    const newton = x + value / density(x);
    const next = newton > low && newton < high ? newton : between(low, high, x);
    if (Math.abs(next - x) <= 2e-16 * Math.abs(x)) return next;
    x = next;
  }
  return x;
}

/** Quantiles lie anywhere between 1e-300 and 1e300: the middle is of their logarithms where there are two. */
function between(low: number, high: number, x: number): number {
  if (high === Number.POSITIVE_INFINITY) return 2 * x;
  return low === 0 ? x / 16 : Math.sqrt(low) * Math.sqrt(high);
}
