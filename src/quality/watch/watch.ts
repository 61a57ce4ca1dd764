import { median } from "../../statistics/quantile.ts";
import { RollingMad, type RollingMadState } from "../../statistics/series/rolling-mad.ts";
import { HoltWinters, type HoltWintersState } from "../../statistics/series/seasonal-detector.ts";
import type { ColumnState } from "../states/column-state.ts";
import { type DistributionState, observeDistribution } from "./distribution.ts";
import { judgedValue, knownValue, type Metric, scaleMinOf } from "./metrics.ts";
import { warmUp } from "./warm-up.ts";

/*
 * The watch over one dataset: it learns from the versions that come how much is usual, and says what is not. Quiet by design:
 * it says nothing before it has learnt, and nothing of what is only somewhat unusual.
 */

/** Everything that a watch remembers; plain data, to be stored as JSON. */
export interface WatchState {
  /** Versions that were looked at. */
  seen: number;
  /** Of the last version, milliseconds since 1970. */
  lastAt?: number;
  rows?: number;
  /** Times between versions, milliseconds, the latest last. */
  gaps: number[];
  /** By metric. Until the pace is known the values themselves. */
  series: Record<string, { learning: number[] } | RollingMadState | HoltWintersState>;
  pace?: Pace;
  /** By column. */
  distributions?: Record<string, DistributionState>;
  /** It was told that the next version is late. */
  late?: true;
}

/** How often versions come, which says what a season is: a week of days, a day of hours, or none. */
export type Pace = "daily" | "hourly" | "other";

/** Something that is not as it usually is. */
export interface Anomaly {
  metric: string;
  /** Milliseconds since 1970. */
  at: number;
  value: number;
  /** What was to be expected, and the bounds of what is usual. */
  expected: number;
  usual: [from: number, to: number];
  /** In robust standard deviations; where the bounds come from something else, how many times as far as they are. */
  score: number;
}

export const newWatch: WatchState = { seen: 0, gaps: [], series: {} };

const threshold = 6;
const window = 60;
const periods: Record<Pace, number | undefined> = { daily: 7, hourly: 24, other: undefined };
/** Gaps from which the pace is found. */
const gapsForPace = 8;
const gapsMax = 60;
const hourMs = 3_600_000;

/** Takes in the figures of a version. @returns the watch after it, and what is not usual */
export function observe(state: WatchState, at: number, metrics: readonly Metric[]): { state: WatchState; anomalies: Anomaly[] } {
  const gaps = state.lastAt === undefined ? state.gaps : [...state.gaps, Math.max(0, at - state.lastAt)].slice(-gapsMax);
  const pace = state.pace ?? (gaps.length >= gapsForPace ? paceOf(gaps) : undefined);
  const anomalies: Anomaly[] = [];
  const series: WatchState["series"] = {};
  for (const metric of metrics) {
    const { name } = metric;
    const before = Object.hasOwn(state.series, name) ? state.series[name] : undefined;
    const [after, anomaly] = next(before, metric, pace, at);
    series[name] = after;
    if (anomaly) anomalies.push(anomaly);
  }
  const { distributions } = state;
  return { state: { seen: state.seen + 1, lastAt: at, rows: metrics.find(({ name }) => name === "rows")?.value, gaps, series, ...(pace && { pace }), ...(distributions && { distributions }) }, anomalies };
}

/** Takes in what came with the version, by column, where that was measured. @returns the watch after it, and what is not usual */
export function observeValues(state: WatchState, at: number, columns: Iterable<[name: string, state: ColumnState]>): { state: WatchState; anomalies: Anomaly[] } {
  const anomalies: Anomaly[] = [];
  const distributions: Record<string, DistributionState> = {};
  for (const [name, values] of columns) {
    const before = state.distributions && Object.hasOwn(state.distributions, name) ? state.distributions[name] : undefined;
    const { state: after, verdict } = observeDistribution(before, values);
    if (after !== undefined) distributions[name] = after;
    if (verdict?.unusual) anomalies.push({ metric: `distribution of ${name}`, at, value: verdict.distance, expected: verdict.expected, usual: [0, verdict.bound], score: verdict.distance / verdict.bound });
  }
  return { state: { ...state, distributions }, anomalies };
}

type Series = WatchState["series"][string];

function next(before: Series | undefined, metric: Metric, pace: Pace | undefined, at: number): [Series, Anomaly | undefined] {
  const { name, value } = metric;
  const judged = judgedValue(metric);
  if (pace === undefined) return [{ learning: [...((before as { learning?: number[] } | undefined)?.learning ?? []), judged] }, undefined];
  const detector = detectorOf(before, name, pace);
  const early = detector instanceof HoltWinters ? earlyAnomaly(detector.state, metric, at) : undefined;
  const { score, outlier, centre, scale } = detector.next(judged);
  if (early) return [detector.state, early];
  if (!outlier || !Number.isFinite(centre)) return [detector.state, undefined];
  const usual = [centre - threshold * scale, centre + threshold * scale].map((bound) => knownValue(name, bound)) as [number, number];
  return [detector.state, { metric: name, at, value, expected: knownValue(name, centre), usual, score }];
}

/** Seasons from which on something is said, before the season is known. */
const seasonsEarly = 2;
/** So many times less than the least, or more than the greatest, as a logarithm. */
const marginEarly = 1;

/**
 * What is unusual whatever the season turns out to be: some 2.7 times less than ever in two seasons, or more. The outermost value on each side
 * counts for nothing: it may be what was wrong.
 */
function earlyAnomaly({ learning, options }: HoltWintersState, metric: Metric, at: number): Anomaly | undefined {
  const known = Float64Array.from(learning.filter((value) => value !== null)).sort();
  if (known.length < seasonsEarly * options.period) return undefined;
  const [judged, centre] = [judgedValue(metric), median(known)];
  const [from, to] = [known[1] - marginEarly, known[known.length - 2] + marginEarly];
  if (judged >= from && judged <= to) return undefined;
  const asKnown = (value: number): number => knownValue(metric.name, value);
  return { metric: metric.name, at, value: metric.value, expected: asKnown(centre), usual: [asKnown(from), asKnown(to)], score: (judged - centre) / ((judged < from ? centre - from : to - centre) || 1) };
}

function detectorOf(before: Series | undefined, name: string, pace: Pace): RollingMad | HoltWinters {
  if (before !== undefined && "method" in before) return before.method === "rolling-mad" ? RollingMad.from(before) : HoltWinters.from(before);
  const period = name === "added rows" ? periods[pace] : undefined;
  const options = { threshold, scaleMin: scaleMinOf(name) };
  const detector = period === undefined ? new RollingMad({ ...options, window, warmUp }) : new HoltWinters({ ...options, period });
  for (const value of before?.learning ?? []) detector.next(value);
  return detector;
}

function paceOf(gaps: readonly number[]): Pace {
  const usual = median(Float64Array.from(gaps).sort());
  const isAbout = (ms: number): boolean => usual > 0.8 * ms && usual < 1.25 * ms;
  return isAbout(24 * hourMs) ? "daily" : isAbout(hourMs) ? "hourly" : "other";
}

/**
 * Whether the next version should have come long since: told once, when it is three times the longest of the usual gaps late.
 * @returns the anomaly, and the watch that remembers that it was told
 */
export function lateAt(state: WatchState, now: number): { state: WatchState; anomaly: Anomaly } | undefined {
  if (state.late || state.lastAt === undefined || state.gaps.length < gapsForPace) return undefined;
  const sorted = Float64Array.from(state.gaps).sort();
  // Nine of ten gaps are no longer; the others may have been late themselves.
  const long = sorted[Math.floor(0.9 * (sorted.length - 1))];
  const [usual, waited] = [median(sorted), now - state.lastAt];
  const bound = Math.max(3 * long, long + hourMs / 12);
  if (waited <= bound) return undefined;
  return { state: { ...state, late: true }, anomaly: { metric: "time since the last version", at: now, value: waited, expected: usual, usual: [0, bound], score: waited / bound } };
}
