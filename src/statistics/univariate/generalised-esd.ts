import type { Moments } from "../moments.ts";
import { momentsOf, standardDeviation } from "../moments.ts";
import type { Outliers } from "../outliers.ts";
import { judge, standardise, standardisedBySquares } from "../outliers.ts";
import { requireCount, requireParameter, requireShare } from "../refuse.ts";
import { grubbsCritical } from "./grubbs.ts";

export interface GeneralisedEsdBy {
  method: "generalised-esd";
  alpha: number;
  /** Mean and standard deviation of the values that are left without the outliers. */
  centre: number;
  scale: number;
  /** Of each removal, in order: which value, its R and the critical lambda. The outliers are those up to the last R above its lambda. */
  removals: { index: number; statistic: number; critical: number }[];
}

/**
 * The generalised extreme Studentised deviate test for up to `max` outliers in normal data. It removes the furthest value again and again and looks at all
 * of the removals afterwards, so that two outliers that hide one another are both found. Scores are by the mean and the deviation of what is left; the
 * threshold is the critical value of the last outlier's removal, or of the first's if there is none. The removals decide, not the threshold. Exact.
 *
 * @param options.max - the most outliers that there may be, a whole number of 1 to n - 2; default a tenth of the values, at least 1 and at most 1,000
 * @param options.alpha - default 0.05
 * @throws MillraceError `MR-STAT-001` for a parameter outside of its range, `MR-STAT-002` for fewer than three finite values
 * @see Rosner (1983), "Percentage Points for a Generalized ESD Many-Outlier Procedure"; the approximation holds from 15 values on, better from 25
 */
export function generalisedEsd(values: Float64Array, { max, alpha = 0.05 }: { max?: number; alpha?: number } = {}): Outliers<GeneralisedEsdBy> {
  requireShare(alpha, "generalised ESD, alpha");
  const left = indicesInOrder(values);
  requireCount(left.length, 3, "generalised ESD");
  const removalsMax = max ?? Math.min(1_000, Math.max(1, Math.floor(left.length / 10)));
  requireParameter(Number.isInteger(removalsMax) && removalsMax >= 1 && removalsMax <= left.length - 2, "generalised ESD, max", `${removalsMax} of ${left.length} values`, "give a whole number, at least 1, that leaves two values");
  const removals = remove(values, left, removalsMax, alpha);
  const count = removals.findLastIndex(({ statistic, critical }) => statistic > critical) + 1;
  const removed = new Set(removals.slice(0, count).map(({ index }) => index));
  const rest = momentsOf(values.filter((_, i) => !removed.has(i)));
  const by: GeneralisedEsdBy = { method: "generalised-esd", alpha, centre: rest.mean, scale: standardDeviation(rest), removals };
  const all = judge(standardisedBySquares(values, by.centre, by.scale), removals[Math.max(0, count - 1)].critical, "both", by);
  return { ...all, outliers: Uint32Array.from(values.keys()).filter((i) => removed.has(i) || Math.abs(values[i]) === Number.POSITIVE_INFINITY) };
}

function indicesInOrder(values: Float64Array): Uint32Array {
  return Uint32Array.from(values.keys()).filter((i) => Number.isFinite(values[i])).sort((a, b) => values[a] - values[b]);
}

/** What is furthest from a mean is the least or the greatest that is left: each removal narrows the sorted values at one end. */
function remove(values: Float64Array, order: Uint32Array, count: number, alpha: number): GeneralisedEsdBy["removals"] {
  const sorted = Float64Array.from(order, (i) => values[i]);
  const removals: GeneralisedEsdBy["removals"] = [];
  let [low, high] = [0, order.length];
  let moments: Spread = momentsOf(sorted);
  while (removals.length < count) {
    const scale = Math.sqrt(moments.m2 / (moments.count - 1));
    const score = (at: number): number => Math.abs(standardise(sorted[at], moments.mean, scale));
    const at = score(low) > score(high - 1) ? low++ : --high;
    removals.push({ index: order[at], statistic: score(at), critical: grubbsCritical(moments.count, alpha) });
    moments = without(moments, sorted[at]) ?? momentsOf(sorted.subarray(low, high));
  }
  return removals;
}

type Spread = Pick<Moments, "count" | "mean" | "m2">;

/** The state without one of its values, at no cost; nothing when that value was most of the spread, for the rest would have few right digits. */
function without({ count, mean, m2 }: Spread, value: number): Spread | undefined {
  const rest = mean - (value - mean) / (count - 1);
  const left = m2 - (value - mean) * (value - rest);
  return left > m2 / 2 ? { count: count - 1, mean: rest, m2: left } : undefined;
}
