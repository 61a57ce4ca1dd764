/*
 * A distribution as points with weights. Of a column with few different values these are the values and their counts, and every
 * quantile is exact. Of any other they are the quantiles of a t-digest, each with the weight of the rows about it: what a quantile
 * of them is off in rank is at most half a step (0.25 %) beside the digest's own error. Points of two tables together are
 * the distribution of both, so that errors do not add up; they average out.
 */

export interface QuantilePoints {
  /** Ascending. */
  values: Float64Array;
  weights: Float64Array;
  /** The points are the values themselves. */
  exact: boolean;
}

export const noPoints: QuantilePoints = { values: new Float64Array(0), weights: new Float64Array(0), exact: true };

/** Beyond these, points are drawn together; each time ranks are off by half of 1 / 4,096 more. */
const pointsMax = 16_384;
const pointsAfter = 4_096;

/** @param quantiles - at even steps from the least value to the greatest */
export function pointsOfQuantiles(quantiles: readonly number[], count: number): QuantilePoints {
  if (count === 0) return noPoints;
  const steps = quantiles.length - 1;
  const weights = Float64Array.from(quantiles, (_, i) => (i === 0 || i === steps ? count / steps / 2 : count / steps));
  return { values: Float64Array.from(quantiles).sort(), weights, exact: false };
}

/** @param pairs - each value once, with how often it is there */
export function pointsOfValues(pairs: readonly (readonly [value: number, count: number])[]): QuantilePoints {
  const sorted = pairs.toSorted((a, b) => a[0] - b[0]);
  return { values: Float64Array.from(sorted, ([value]) => value), weights: Float64Array.from(sorted, ([, count]) => count), exact: true };
}

/** The points of both together. */
export function mergePoints(a: QuantilePoints, b: QuantilePoints): QuantilePoints {
  const size = a.values.length + b.values.length;
  const [values, weights] = [new Float64Array(size), new Float64Array(size)];
  let used = 0;
  for (let [i, j] = [0, 0]; i < a.values.length || j < b.values.length; ) {
    const takesA = j >= b.values.length || (i < a.values.length && a.values[i] <= b.values[j]);
    const [value, weight] = takesA ? [a.values[i], a.weights[i++]] : [b.values[j], b.weights[j++]];
    if (used === 0 || values[used - 1] !== value) values[used++] = value;
    weights[used - 1] += weight;
  }
  const merged = { values: values.subarray(0, used), weights: weights.subarray(0, used), exact: a.exact && b.exact };
  return used > pointsMax ? drawnTogether(merged) : merged;
}

function drawnTogether(points: QuantilePoints): QuantilePoints {
  const quantiles = quantilesAt(points, Array.from({ length: pointsAfter + 1 }, (_, i) => i / pointsAfter));
  return pointsOfQuantiles(quantiles, totalWeight(points));
}

export const totalWeight = ({ weights }: QuantilePoints): number => weights.reduce((sum, weight) => sum + weight, 0);

/**
 * The least values at which at least so much of all weight is reached; of exact points these are values of the column.
 * @param probabilities - ascending, 0 to 1
 */
export function quantilesAt(points: QuantilePoints, probabilities: readonly number[]): number[] {
  const { values, weights } = points;
  const total = totalWeight(points);
  let reached = weights[0] ?? 0;
  let i = 0;
  return probabilities.map((probability) => {
    // A hair less: sums of shares of the rows do not come out even.
    while (i < values.length - 1 && reached < probability * total * (1 - 1e-12)) reached += weights[++i];
    return values[i] ?? Number.NaN;
  });
}
