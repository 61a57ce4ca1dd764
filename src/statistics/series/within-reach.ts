/** The largest number that a series is computed with: squares of larger ones are no numbers. */
export const reachMax = 1e150;

/** The value, or the infinity on its side when it is beyond `reachMax`: an outlier by definition, that leaves no trace. NaN stays NaN. */
export function withinReach(value: number): number {
  return Math.abs(value) < reachMax ? value : value * Number.POSITIVE_INFINITY;
}
