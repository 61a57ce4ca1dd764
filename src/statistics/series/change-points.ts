import { madToSigma, meanAbsoluteDeviation, meanDeviationToSigma, medianAbsoluteDeviation } from "../deviation.ts";
import { median, sortedFinite } from "../quantile.ts";
import { requireCount, requireParameter } from "../refuse.ts";
import { reachMax } from "./within-reach.ts";

/** Where the level of a series changes. */
export interface ChangePoints {
  method: "pelt";
  /** What a segment costs: the squared deviations from its mean, in units of `sigma`. */
  cost: "squared deviations from the mean";
  /** The index that each new level begins at, ascending. */
  changes: Uint32Array;
  /** The means of the segments: one more than changes. */
  levels: Float64Array;
  /** What each change costs. */
  penalty: number;
  /** The standard deviation about the level, by the MAD of the steps from value to value. */
  sigma: number;
  minimum: number;
  /** Changes are looked for at every so many values; 1 is at every one. */
  grid: number;
  /** Whether no other choice of changes has a smaller cost: so it is when the grid is 1. */
  exact: boolean;
}

export interface ChangePointOptions {
  /** What a change must save; default 2 ln n, by the Bayesian information criterion. Greater for fewer changes: values that depend on those before them need it. */
  penalty?: number;
  /** The fewest values between changes: a whole number, at least 1; default 2. */
  minimum?: number;
  /** The standard deviation of the values about their level, when it is known. */
  sigma?: number;
}

/** As many places are looked at; the time grows with their square when there are few changes. */
const placesMax = 5_000;

/**
 * Divides a series into levels so that the squared deviations from them and the penalties are least: PELT of Killick, Fearnhead and Eckley (2012), "Optimal
 * Detection of Changepoints With a Linear Computational Cost". Missing values and infinities are passed over. Exact up to 5,000 values; longer series are
 * looked at in a grid and the result says so.
 *
 * @param values - in the order of time, NaN where there is none
 * @throws MillraceError `MR-STAT-001` for options out of range, `MR-STAT-002` for fewer than three finite values
 */
export function changePoints(values: Float64Array, { penalty, minimum = 2, sigma }: ChangePointOptions = {}): ChangePoints {
  const index = Uint32Array.from(values.keys()).filter((i) => Number.isFinite(values[i]));
  const series = Float64Array.from(index, (i) => values[i]);
  requireCount(series.length, 3, "change points");
  requireParameter(Number.isInteger(minimum) && minimum >= 1, "change points, minimum", `${minimum}`, "give a whole number, at least 1");
  requireParameter(penalty === undefined || (penalty > 0 && Number.isFinite(penalty)), "change points, penalty", `${penalty}`, "give a number above 0");
  requireParameter(sigma === undefined || (sigma > 0 && Number.isFinite(sigma)), "change points, sigma", `${sigma}`, "give a number above 0");
  const scale = sigma ?? sigmaOfSteps(series);
  const price = penalty ?? 2 * Math.log(series.length);
  const grid = Math.ceil(series.length / placesMax);
  requireParameter(series.every((value) => Math.abs(value) < reachMax * scale || scale === 0), "change points, values", "a value whose square is beyond the largest number", "leave it out, or give a greater sigma");
  const found = scale === 0 ? [] : pelt(series, scale, price, minimum, grid);
  const levels = Float64Array.from([0, ...found], (from, i) => mean(series.subarray(from, found[i])));
  return { method: "pelt", cost: "squared deviations from the mean", changes: Uint32Array.from(found, (at) => index[at]), levels, penalty: price, sigma: scale, minimum, grid, exact: grid === 1 };
}

/** A change of level is one step of many: the MAD of the steps does not see it. */
function sigmaOfSteps(series: Float64Array): number {
  const steps = sortedFinite(Float64Array.from({ length: series.length - 1 }, (_, i) => series[i + 1] - series[i]));
  const centre = median(steps);
  const mad = medianAbsoluteDeviation(steps, centre);
  const deviation = mad > 0 ? madToSigma * mad : meanDeviationToSigma * meanAbsoluteDeviation(steps, centre);
  return deviation / Math.SQRT2;
}

/** The places at which to divide, ascending. */
function pelt(series: Float64Array, sigma: number, penalty: number, minimum: number, grid: number): number[] {
  const n = series.length;
  const cost = segmentCost(series, sigma);
  // By place: the least cost of what is before it, and the last change of that. The last place is the end.
  const places = Math.floor((n - 1) / grid) + 1;
  const least = new Float64Array(places + 1);
  const changeBefore = new Uint32Array(places + 1);
  least[0] = -penalty;
  const candidates = new Uint32Array(places + 1);
  const costs = new Float64Array(places + 1);
  // The place from which on a candidate is no longer the best for what is at least a minimum further on.
  const beaten = new Uint32Array(places + 1);
  let kept = 1;
  for (let place = 1; place <= places; place++) {
    const to = place === places ? n : place * grid;
    let [best, from] = [Number.POSITIVE_INFINITY, 0];
    for (let i = 0; i < kept; i++) {
      const start = candidates[i];
      costs[i] = to - start * grid < minimum ? Number.POSITIVE_INFINITY : least[start] + cost(start * grid, to);
      if (costs[i] + penalty >= best) continue;
      best = costs[i] + penalty;
      from = start;
    }
    least[place] = best;
    changeBefore[place] = from;
    // What costs more than the best even without a further penalty will never be the best again, where a change here is far enough from the end.
    let next = 0;
    for (let i = 0; i < kept; i++) {
      if (beaten[i] === 0 && costs[i] > best && costs[i] < Number.POSITIVE_INFINITY) beaten[i] = place;
      if (beaten[i] > 0 && to - beaten[i] * grid >= minimum) continue;
      candidates[next] = candidates[i];
      beaten[next++] = beaten[i];
    }
    candidates[next] = place;
    beaten[next++] = 0;
    kept = next;
  }
  const changes: number[] = [];
  for (let place = changeBefore[places]; place > 0; place = changeBefore[place]) changes.unshift(place * grid);
  return changes;
}

/** The squared deviations of `series[from]` to `series[to - 1]` from their mean, from running sums of scaled values about the median. */
function segmentCost(series: Float64Array, sigma: number): (from: number, to: number) => number {
  const centre = median(series.slice().sort());
  const scaled = series.map((value) => (value - centre) / sigma);
  const sums = runningSums(scaled);
  const squares = runningSums(scaled.map((value) => value * value));
  return (from, to) => {
    const sum = sums(from, to);
    return Math.max(0, squares(from, to) - (sum * sum) / (to - from));
  };
}

/** Sums of any part of the values. What rounding takes from a running sum is kept beside it (Knuth's TwoSum), or one value far out would spoil all after it. */
function runningSums(values: Float64Array): (from: number, to: number) => number {
  const [sums, lost] = [new Float64Array(values.length + 1), new Float64Array(values.length + 1)];
  for (const [i, value] of values.entries()) {
    const sum = sums[i] + value;
    const part = sum - sums[i];
    sums[i + 1] = sum;
    lost[i + 1] = lost[i] + (sums[i] - (sum - part)) + (value - part);
  }
  return (from, to) => sums[to] - sums[from] + (lost[to] - lost[from]);
}

function mean(values: Float64Array): number {
  return values.reduce((sum, value) => sum + value / values.length, 0);
}
