import type { Outliers } from "../outliers.ts";
import { judge, standardised } from "../outliers.ts";
import { sortedFinite } from "../quantile.ts";
import { requireCount } from "../refuse.ts";
import type { ModifiedZScoreBy } from "../univariate/modified-z-score.ts";
import { robustScale } from "../univariate/modified-z-score.ts";
import { fillGaps } from "./fill-gaps.ts";
import type { Stl, StlOptions } from "./stl.ts";
import { stl } from "./stl.ts";
import { withinReach } from "./within-reach.ts";

export interface StlBy extends Pick<Stl, "seasonal" | "trend" | "period" | "seasonalSpan" | "trendSpan">, Pick<ModifiedZScoreBy, "centre" | "scale" | "scaleBy"> {
  method: "stl";
}

/** Remainders below this share of the largest value are what rounding left. */
const roundingShare = 1e-10;
const roundsMax = 8;
const fillsMax = 60;
/** What is less than this share of the greatest remainder waits for the next round: where a series is all season, the robust fit leaves as much of an outlier about it. */
const candidateShare = 0.01;

/**
 * What is left of a series when season and trend are taken out (STL), in robust standard deviations: the modified z-score of the remainder. It looks ahead: for
 * tables, not for streams.
 *
 * Season and trend come of the values that are not outliers. A robust decomposition finds candidates, too many, for it follows what it believes closely. They
 * are replaced by season and trend until these settle, a plain decomposition of the rest judges all values anew, and so on until the outliers stay the same. What was replaced
 * drew neither season nor trend to itself, as the others did: its remainder is made less by the share that a value in the middle draws, so that all
 * are held against one scale. Of 10,000 clean normal values some 10 are flagged at 3.5, where season and trend known would leave 5 (measured).
 *
 * Missing values are replaced likewise and not judged; infinities, and numbers beyond 1e150, are outliers. Exact.
 *
 * @param given - one per tick of a regular clock, NaN where there is none
 * @param options.threshold - default 3.5
 * @param options.robust - false to decompose once, outliers and all
 * @throws MillraceError `MR-STAT-001` for options out of range, `MR-STAT-002` for fewer than two seasons of finite values
 */
export function stlOutliers(given: Float64Array, { threshold = 3.5, robust = true, ...options }: StlOptions & { threshold?: number }): Outliers<StlBy> {
  const values = given.map(withinReach);
  requireCount(values.filter(Number.isFinite).length, 2 * options.period, "STL");
  const first = judgedBy(values, stl(fillGaps(values), { ...options, robust }), () => 1, threshold);
  if (!robust) return first;
  const left = 1 - shareDrawn(values.length, options);
  let judged = first;
  let isReplaced = new Set<number>();
  for (let round = 0; round < roundsMax; round++) {
    const next = candidates(judged, isReplaced);
    if (next.size === isReplaced.size && [...next].every((i) => isReplaced.has(i))) break;
    isReplaced = next;
    judged = settled(values, isReplaced, judged, (by) => judgedBy(values, stl(cleaned(values, isReplaced, by), { ...options, robust: false }), (i) => (isReplaced.has(i) ? left : 1), threshold));
  }
  return judged;
}

/** The outliers, but for those that may be the trace of a greater one that was not yet replaced. */
function candidates({ outliers, scores }: Outliers<StlBy>, isReplaced: Set<number>): Set<number> {
  const far = (i: number): number => (isReplaced.has(i) || !Number.isFinite(scores[i]) ? 0 : Math.abs(scores[i]));
  const greatest = outliers.reduce((most, i) => Math.max(most, far(i)), 0);
  return new Set(outliers.filter((i) => isReplaced.has(i) || !Number.isFinite(scores[i]) || far(i) >= candidateShare * greatest));
}

/** What stands in for the replaced values was found with them: it is found again without, until the remainders of the others grow no smaller. */
function settled(values: Float64Array, isReplaced: Set<number>, start: Outliers<StlBy>, again: (by: StlBy) => Outliers<StlBy>): Outliers<StlBy> {
  const left = ({ by }: Outliers<StlBy>): number => values.reduce((sum, value, i) => (isReplaced.has(i) || !Number.isFinite(value) ? sum : sum + Math.abs(value - by.seasonal[i] - by.trend[i])), 0);
  let judged = again(start.by);
  for (let fill = 1; fill < fillsMax; fill++) {
    const next = again(judged.by);
    const isStill = left(next) > 0.9 * left(judged);
    judged = next;
    if (isStill) break;
  }
  return judged;
}

/** @param share - of each remainder, what it is to count */
function judgedBy(values: Float64Array, { seasonal, trend, period, seasonalSpan, trendSpan }: Stl, share: (i: number) => number, threshold: number): Outliers<StlBy> {
  const greatest = values.reduce((most, value) => (Number.isFinite(value) ? Math.max(most, Math.abs(value)) : most), 0);
  const remainder = values.map((value, i) => {
    const remains = share(i) * (value - seasonal[i] - trend[i]);
    return Math.abs(remains) <= roundingShare * greatest ? 0 : remains;
  });
  const by = robustScale(sortedFinite(remainder));
  return judge(standardised(remainder, by.centre, by.scale), threshold, "both", { method: "stl", ...by, seasonal, trend, period, seasonalSpan, trendSpan });
}

/** The series with season and trend in the place of what is replaced or missing. */
function cleaned(values: Float64Array, isReplaced: Set<number>, { seasonal, trend }: StlBy): Float64Array {
  return values.map((value, i) => (isReplaced.has(i) || !Number.isFinite(value) ? seasonal[i] + trend[i] : value));
}

/** Which share of a value season and trend take up at its place: a plain decomposition is linear, so that of a single 1 in zeros tells it. */
function shareDrawn(length: number, options: StlOptions): number {
  const middle = length >> 1;
  const { seasonal, trend } = stl(new Float64Array(length).fill(1, middle, middle + 1), { ...options, robust: false });
  return seasonal[middle] + trend[middle];
}
