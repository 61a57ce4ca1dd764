import { normal } from "./distributions/normal.ts";
import { requireParameter } from "./refuse.ts";

/**
 * The mean of what is left when the lowest and the highest `share` of the values are taken away, `floor(share n)` of each side: the k %-trimmed mean
 * (Wilcox 2012, "Introduction to Robust Estimation", 3.3). Exact.
 *
 * @param sorted - ascending, at least one
 * @param share - 0 inclusive to 0.5 exclusive; 0 is the mean
 */
export function trimmedMean(sorted: Float64Array, share: number): number {
  const cut = cutOf(sorted, share);
  const kept = sorted.subarray(cut, sorted.length - cut);
  return kept.reduce((sum, value) => sum + value / kept.length, 0);
}

/**
 * The standard deviation of the values after each side's `floor(share n)` are pulled in to the next value that stays (winsorised), divided by what this does
 * to a standard normal distribution's, so that clean normal data give their own standard deviation.
 *
 * @param sorted - ascending, at least two
 * @param share - 0 inclusive to 0.5 exclusive; 0 is the sample's standard deviation
 */
export function winsorisedDeviation(sorted: Float64Array, share: number): number {
  const cut = cutOf(sorted, share);
  const pulled = sorted.slice().fill(sorted[cut], 0, cut).fill(sorted[sorted.length - 1 - cut], sorted.length - cut);
  const mean = pulled.reduce((sum, value) => sum + value / pulled.length, 0);
  const variance = pulled.reduce((sum, value) => sum + (value - mean) ** 2 / (pulled.length - 1), 0);
  return Math.sqrt(variance / winsorisedNormalVariance(cut / sorted.length));
}

/** Of a standard normal variable pulled in at the quantiles `share` and `1 - share`: 1 - 2 share - 2 q phi(q) + 2 share q^2 with q = Phi^-1(1 - share). */
function winsorisedNormalVariance(share: number): number {
  if (share === 0) return 1;
  const q = -normal.quantile(share);
  return 1 - 2 * share - 2 * q * normal.density(q) + 2 * share * q * q;
}

function cutOf(sorted: Float64Array, share: number): number {
  requireParameter(share >= 0 && share < 0.5, "trimmed mean, share", `${share} of each side leaves nothing`, "give a number from 0 to below 0.5");
  return Math.floor(share * sorted.length);
}
