import { requireCount, requireParameter } from "../refuse.ts";
import type { Belief } from "./loess.ts";
import { loess, loessAt } from "./loess.ts";
import { reachMax } from "./within-reach.ts";

export interface StlOptions {
  /** How many values make a season: a whole number, at least 2. */
  period: number;
  /** Span of the LOESS over the same place of each season: odd, at least 3; default 7. Longer, and the season changes more slowly. */
  seasonalSpan?: number;
  /** Span of the trend's LOESS: odd, above the period; default the least odd number from 1.5 period / (1 - 1.5 / seasonalSpan) on. */
  trendSpan?: number;
  /** Whether outliers are to be believed less and less. Default true. */
  robust?: boolean;
}

/** The parts of a series; they add up to it. */
export interface Stl {
  seasonal: Float64Array;
  trend: Float64Array;
  remainder: Float64Array;
  /** How much each value was believed at last, 0 to 1. */
  belief: Float64Array;
  period: number;
  seasonalSpan: number;
  trendSpan: number;
}

/**
 * Takes a series apart into season, trend and remainder by LOESS: STL of Cleveland, Cleveland, McRae and Terpenning (1990), "STL: A Seasonal-Trend
 * Decomposition Procedure Based on Loess", at every point, with two inner rounds in each of 15 robust ones, or five rounds when not robust. The same
 * numbers as statsmodels.
 *
 * @param series - finite values, one per tick of a regular clock
 * @throws MillraceError `MR-STAT-001` for options out of range, `MR-STAT-002` for fewer than two seasons
 */
export function stl(series: Float64Array, options: StlOptions): Stl {
  const { period, robust = true, seasonalSpan = 7 } = options;
  requireParameter(Number.isInteger(period) && period >= 2, "STL, period", `${period}`, "give a whole number, at least 2");
  const { trendSpan = oddFrom((1.5 * period) / (1 - 1.5 / seasonalSpan)) } = options;
  const isOdd = (span: number, least: number): boolean => Number.isInteger(span) && span % 2 === 1 && span >= least;
  requireParameter(isOdd(seasonalSpan, 3), "STL, seasonalSpan", `${seasonalSpan}`, "give an odd number, at least 3");
  requireParameter(isOdd(trendSpan, period + 1), "STL, trendSpan", `${trendSpan}`, "give an odd number above the period");
  requireCount(series.length, 2 * period, "STL");
  requireParameter(series.every((value) => Math.abs(value) < reachMax), "STL, series", "a value that is missing, infinite or beyond 1e150", "bridge gaps first, or use `stlOutliers`, which does");

  const spans = { period, seasonalSpan, trendSpan, lowPassSpan: oddFrom(period + 1) };
  let parts: Pick<Stl, "seasonal" | "trend"> = { seasonal: new Float64Array(series.length), trend: new Float64Array(series.length) };
  let belief: Belief;
  for (let outer = robust ? 15 : 0; ; outer--) {
    for (let inner = robust ? 2 : 5; inner > 0; inner--) parts = round(series, parts.trend, spans, belief);
    if (outer === 0) break;
    belief = beliefIn(series.map((value, i) => Math.abs(value - parts.seasonal[i] - parts.trend[i])));
  }
  const remainder = series.map((value, i) => value - parts.seasonal[i] - parts.trend[i]);
  return { ...parts, remainder, belief: belief ?? new Float64Array(series.length).fill(1), period, seasonalSpan, trendSpan };
}

interface Spans {
  period: number;
  seasonalSpan: number;
  trendSpan: number;
  lowPassSpan: number;
}

/** One inner round: the season of what the trend leaves, then the trend of what the season leaves. */
function round(series: Float64Array, trend: Float64Array, spans: Spans, belief: Belief): Pick<Stl, "seasonal" | "trend"> {
  const { period } = spans;
  const cycles = smoothCycles(series.map((value, i) => value - trend[i]), spans, belief);
  // What is slow in the smoothed cycles is the trend's: it is taken out again.
  const slow = loess(movingMean(movingMean(movingMean(cycles, period), period), 3), spans.lowPassSpan, undefined);
  const seasonal = slow.map((value, i) => cycles[i + period] - value);
  return { seasonal, trend: loess(series.map((value, i) => value - seasonal[i]), spans.trendSpan, belief) };
}

/** Each place of the season smoothed over the seasons, and led on by one season at either end: longer than the series by two periods. */
function smoothCycles(series: Float64Array, { period, seasonalSpan }: Spans, belief: Belief): Float64Array {
  const smooth = new Float64Array(series.length + 2 * period);
  for (let place = 0; place < period; place++) {
    const cycle = every(series, place, period);
    const believed = belief && every(belief, place, period);
    const last = cycle.length - 1;
    const inner = loess(cycle, seasonalSpan, believed);
    const before = loessAt(cycle, -1, 0, Math.min(seasonalSpan - 1, last), seasonalSpan, believed) ?? inner[0];
    const after = loessAt(cycle, last + 1, Math.max(0, last - seasonalSpan + 1), last, seasonalSpan, believed) ?? inner[last];
    for (const [i, value] of [before, ...inner, after].entries()) smooth[place + i * period] = value;
  }
  return smooth;
}

function every(series: Float64Array, first: number, step: number): Float64Array {
  return Float64Array.from({ length: Math.ceil((series.length - first) / step) }, (_, i) => series[first + i * step]);
}

/** Means of `width` values beside one another: shorter than the series by `width - 1`. */
function movingMean(series: Float64Array, width: number): Float64Array {
  const means = new Float64Array(series.length - width + 1);
  let sum = 0;
  for (let i = 0; i < series.length; i++) {
    sum += series[i] - (i >= width ? series[i - width] : 0);
    if (i >= width - 1) means[i - width + 1] = sum / width;
  }
  return means;
}

/** The bisquare of the remainders in units of six of their medians. */
function beliefIn(remainders: Float64Array): Float64Array {
  const sorted = remainders.slice().sort();
  const n = sorted.length;
  const limit = 3 * (sorted[(n >> 1) - (n % 2 === 0 ? 1 : 0)] + sorted[n >> 1]);
  return remainders.map((remainder) => {
    if (remainder <= 0.001 * limit) return 1;
    return remainder > 0.999 * limit ? 0 : (1 - (remainder / limit) ** 2) ** 2;
  });
}

function oddFrom(least: number): number {
  const whole = Math.ceil(least);
  return whole % 2 === 1 ? whole : whole + 1;
}
