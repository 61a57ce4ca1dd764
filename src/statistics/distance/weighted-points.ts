import { requireCount, requireParameter } from "../refuse.ts";

/**
 * A distribution as values with weights: each different value and how often it is there, or quantiles of a sketch and the rows about each. What a quality
 * service keeps of a column.
 */
export interface WeightedPoints {
  /** Strictly ascending, without NaN; an infinity may be at either end. */
  values: Float64Array;
  /** Above 0, as many as values. */
  weights: Float64Array;
  /** Whether the points are the values themselves, so that weights are counts. */
  exact: boolean;
}

/** Each different value and its count. Missing values (NaN) do not count; infinities do. */
export function pointsOf(values: Float64Array): WeightedPoints {
  const sorted = values.filter((value) => !Number.isNaN(value)).sort();
  const [points, weights] = [new Float64Array(sorted.length), new Float64Array(sorted.length)];
  let used = 0;
  for (const value of sorted) {
    if (used === 0 || points[used - 1] !== value) points[used++] = value;
    weights[used - 1]++;
  }
  return { values: points.subarray(0, used), weights: weights.subarray(0, used), exact: true };
}

export function requirePoints({ values, weights, exact }: WeightedPoints, method: string): void {
  const ascend = values.every((value, i) => !Number.isNaN(value) && (i === 0 || value > values[i - 1]));
  requireParameter(values.length === weights.length && ascend, `${method}, points`, `${values.length} values with ${weights.length} weights`, "give ascending values, each with a weight");
  requireParameter(weights.every((weight) => weight > 0 && Number.isFinite(weight)), `${method}, points`, "a weight that is not above 0", "give weights above 0");
  requireParameter(!exact || weights.every(Number.isInteger), `${method}, points`, "parts of values in points that are said to be exact", "give counts, or say that they are not exact");
  requireCount(values.length, 1, method);
}

export function totalWeight({ weights }: WeightedPoints): number {
  return weights.reduce((sum, weight) => sum + weight, 0);
}

/** The quantile of type 7, as `quantile` has it of values: linear between those at the ranks about `(n - 1) p`. */
export function quantileOfPoints(points: WeightedPoints, p: number, total: number): number {
  const at = (total - 1) * p;
  const below = Math.floor(at);
  const low = valueAtRank(points, below);
  if (at === below) return low;
  const high = valueAtRank(points, below + 1);
  return low === high ? low : low + (at - below) * (high - low);
}

/** The value at a rank, from 0, if each stood there as often as its weight says. */
function valueAtRank({ values, weights }: WeightedPoints, rank: number): number {
  let [at, reached] = [0, weights[0]];
  while (at < values.length - 1 && reached <= rank) reached += weights[++at];
  return values[at];
}
