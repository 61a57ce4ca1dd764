import { requireCount } from "./refuse.ts";

/** What turns a MAD into an estimate of a normal distribution's standard deviation: 1 / Phi^-1(3/4). */
export const madToSigma = 1.482602218505602;

/** What turns a mean absolute deviation into an estimate of a normal distribution's standard deviation: sqrt(pi / 2). */
export const meanDeviationToSigma = Math.sqrt(Math.PI / 2);

/**
 * The median absolute deviation from `centre`, not scaled: the scale that half of the data cannot break (Hampel 1974). Multiply by `madToSigma` to hold it
 * against a standard deviation. 0 when more than half of the values are `centre`. `sorted` is ascending, at least one.
 */
export function medianAbsoluteDeviation(sorted: Float64Array, centre: number): number {
  requireCount(sorted.length, 1, "median absolute deviation");
  let [low, high] = [0, sorted.length - 1];
  // The greatest deviations are at the ends of sorted values: they come off one by one until half are left.
  const greatest = (): number => (centre - sorted[low] > sorted[high] - centre ? centre - sorted[low++] : sorted[high--] - centre);
  for (let above = (sorted.length - 1) >> 1; above > 0; above--) greatest();
  const middle = Math.abs(greatest());
  return sorted.length % 2 === 1 ? middle : middle / 2 + Math.abs(greatest()) / 2;
}

/** The mean absolute deviation from `centre`, not scaled. 0 only when every value is `centre`. */
export function meanAbsoluteDeviation(values: Float64Array, centre: number): number {
  // Each part is divided by itself, so that values near the largest number do not add up to an infinity.
  return values.reduce((sum, value) => sum + Math.abs(value - centre) / values.length, 0);
}
