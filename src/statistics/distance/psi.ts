import { requireCount, requireParameter } from "../refuse.ts";
import { binOf } from "./histogram.ts";
import type { WeightedPoints } from "./weighted-points.ts";
import { pointsOf, quantileOfPoints, requirePoints, totalWeight } from "./weighted-points.ts";

/** The population stability index of a new set against a reference. */
export interface Psi {
  method: "psi";
  /** The sum over bins of (new share - old share) ln(new share / old share). By custom below 0.1 is no change, above 0.25 is a great one. */
  value: number;
  /** Edges of the bins, from -Infinity to Infinity; none when counts of categories were given. */
  edges?: Float64Array;
  /** What is added to each count, so that an empty bin has a share. */
  smoothing: number;
  /** What each bin adds to the value. */
  parts: Float64Array;
  counts: [number, number];
}

export interface PsiOptions {
  /** How many bins of equal share of the reference: a whole number, at least 2; default 10. */
  bins?: number;
  /** Added to each count; default 0.5. 0 makes the value infinite when a bin of only one side is empty. */
  smoothing?: number;
}

/**
 * PSI over bins at the quantiles (type 7) of the reference. A value that several quantiles have, or that is the least and a quantile, has a bin of its own. The
 * outer bins go to the infinities, which count there; an infinity that is a quantile has a bin of its own too. Missing values do not count: hold the shares of
 * nulls against each other apart from this.
 *
 * @throws MillraceError `MR-STAT-001` for options out of range, `MR-STAT-002` when either has no value
 * @see Siddiqi (2006), "Credit Risk Scorecards"; it is the symmetric divergence of Kullback and Leibler (1951)
 */
export function psi(reference: Float64Array, current: Float64Array, options: PsiOptions = {}): Psi {
  return psiOfPoints(pointsOf(reference), pointsOf(current), options);
}

/**
 * The same of values with weights, as a profile keeps them.
 *
 * @throws MillraceError `MR-STAT-001` for options out of range or points that do not ascend, `MR-STAT-002` when either has no value
 */
export function psiOfPoints(reference: WeightedPoints, current: WeightedPoints, { bins = 10, smoothing = 0.5 }: PsiOptions = {}): Psi {
  requireParameter(Number.isInteger(bins) && bins >= 2, "PSI, bins", `${bins}`, "give a whole number, at least 2");
  for (const points of [reference, current]) requirePoints(points, "PSI");
  const edges = edgesAtShares(reference, bins);
  return { ...psiOfCounts(binned(reference, edges), binned(current, edges), smoothing), edges };
}

/**
 * The same from counts of the same bins or categories, as of two histograms over the same edges.
 *
 * @throws MillraceError `MR-STAT-001` for counts below 0, of different lengths, or a smoothing below 0; `MR-STAT-002` when either counts nothing
 */
export function psiOfCounts(reference: ArrayLike<number>, current: ArrayLike<number>, smoothing = 0.5): Psi {
  const [old, now] = [Float64Array.from(reference), Float64Array.from(current)];
  requireParameter(old.length === now.length, "PSI, counts", `${old.length} and ${now.length} bins`, "give counts of the same bins, in the same order");
  requireParameter([...old, ...now].every((count) => count >= 0 && Number.isFinite(count)), "PSI, counts", "a count below 0 or no number", "give counts, 0 or more");
  requireParameter(smoothing >= 0 && Number.isFinite(smoothing), "PSI, smoothing", `${smoothing}`, "give a number, 0 or more");
  const [oldSum, nowSum] = [sum(old), sum(now)];
  for (const [total, which] of [[oldSum, "reference"], [nowSum, "current"]] as const) requireCount(total, 1, `PSI, ${which}`);
  const share = (count: number, total: number): number => (count + smoothing) / (total + smoothing * old.length);
  const parts = old.map((count, i) => part(share(count, oldSum), share(now[i], nowSum)));
  return { method: "psi", value: sum(parts), smoothing, parts, counts: [oldSum, nowSum] };
}

function edgesAtShares(points: WeightedPoints, bins: number): Float64Array {
  const total = totalWeight(points);
  const inner = Array.from({ length: bins - 1 }, (_, i) => withinReach(quantileOfPoints(points, (i + 1) / bins, total)));
  const repeated = inner.filter((value, i) => value === inner[i - 1] || value === points.values[0]);
  return Float64Array.from(new Set([Number.NEGATIVE_INFINITY, ...repeated.map(justBelow), ...inner, Number.POSITIVE_INFINITY])).sort();
}

function binned({ values, weights }: WeightedPoints, edges: Float64Array): Float64Array {
  const counts = new Float64Array(edges.length - 1);
  for (const [i, value] of values.entries()) counts[binOf(edges, value)] += weights[i];
  return counts;
}

/** An infinity lies beyond the largest number. Between the lower one and a number there is no telling, which counts as the lower one. */
const withinReach = (value: number): number => Math.min(Number.MAX_VALUE, Math.max(-Number.MAX_VALUE, Number.isNaN(value) ? Number.NEGATIVE_INFINITY : value));

const justBelow = (value: number): number => value - Math.max(Number.MIN_VALUE, Math.abs(value) * Number.EPSILON);

/** An empty bin on both sides says nothing; on one side it is an infinite change. */
const part = (old: number, now: number): number => (old === now ? 0 : (now - old) * Math.log(now / old));
const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);
