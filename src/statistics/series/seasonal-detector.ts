import { MillraceError } from "../../errors.ts";
import type { Outliers } from "../outliers.ts";
import { judge } from "../outliers.ts";
import { median } from "../quantile.ts";
import { requireParameter } from "../refuse.ts";
import { robustScale } from "../univariate/modified-z-score.ts";
import type { HoltWintersLevel, HoltWintersRates } from "./holt-winters.ts";
import { advance, fitRates, forecast, requireRates, startingLevel } from "./holt-winters.ts";
import type { RollingMadState, SeriesVerdict } from "./rolling-mad.ts";
import { RollingMad, verdictsOf } from "./rolling-mad.ts";
import { withinReach } from "./within-reach.ts";

export interface HoltWintersOptions {
  /** How many values make a season: a whole number, at least 2. */
  period: number;
  /** How many values are learnt from before anything is judged, missing ones among them: at least 3 periods, default 4: fewer, and the first alarms are often false. */
  warmUp?: number;
  /** How fast level, trend and season follow; by default what fits the warm-up best. */
  rates?: HoltWintersRates;
  /** How many of the latest errors the scale comes from; default the warm-up, but 100 to 500. */
  window?: number;
  /** Default 3.5. */
  threshold?: number;
  /** The least scale, in the unit of the values. Default 0. */
  scaleMin?: number;
  /** A gap of more missing values than this begins the warm-up anew. Default: two periods. */
  gapMax?: number;
  /** When so many values in a row are flagged, the level moves to them; after three times as many the scale is learnt anew. Default: one period. */
  relearnAfter?: number;
}

type Complete = Required<Omit<HoltWintersOptions, "rates">> & Pick<HoltWintersOptions, "rates">;

/** Everything that the detector remembers; plain data, to be stored as JSON. A missing value is a null there. */
export interface HoltWintersState {
  method: "holt-winters";
  options: Complete;
  /** Values of the warm-up so far; empty when it is over. */
  learning: (number | null)[];
  /** Where the series stands, after the warm-up. */
  model?: { at: HoltWintersLevel; rates: HoltWintersRates; errors: RollingMadState };
  /** Errors of values that were flagged, with no ordinary one between. */
  flagged: number[];
  missing: number;
}

/**
 * Judges a series with a season value by value: by how far each is from the Holt-Winters forecast, in robust standard deviations of the latest errors
 * (`RollingMad`). It never looks ahead. A value moves the forecast as if it were at most two of these deviations from it; the forecast stands in for what is
 * missing.
 *
 * @see Gelper, Fried and Croux (2010), "Robust forecasting with exponential and Holt-Winters smoothing"
 */
export class HoltWinters {
  readonly #options: Complete;
  #learning: number[] = [];
  #model: { at: HoltWintersLevel; rates: HoltWintersRates; errors: RollingMad } | undefined;
  #flagged: number[] = [];
  #missing = 0;

  /** @throws MillraceError `MR-STAT-001` for options out of range */
  constructor(options: HoltWintersOptions) {
    this.#options = completed(options);
  }

  /**
   * The detector as it was when the state was taken.
   *
   * @throws MillraceError `MR-STAT-004` when the state is no state of this method
   */
  static from(state: HoltWintersState): HoltWinters {
    requireState(state);
    const detector = new HoltWinters(state.options);
    detector.#learning = state.learning.map((value) => value ?? Number.NaN);
    detector.#model = state.model && { at: state.model.at, rates: state.model.rates, errors: RollingMad.from(state.model.errors) };
    detector.#flagged = [...state.flagged];
    detector.#missing = state.missing;
    return detector;
  }

  get state(): HoltWintersState {
    const model = this.#model && { at: { ...this.#model.at, season: [...this.#model.at.season] }, rates: { ...this.#model.rates }, errors: this.#model.errors.state };
    return { method: "holt-winters", options: { ...this.#options }, learning: this.#learning.map((value) => (Number.isNaN(value) ? null : value)), ...(model ? { model } : {}), flagged: [...this.#flagged], missing: this.#missing };
  }

  /** Judges the next value, then learns from it. */
  next(given: number): SeriesVerdict {
    const value = withinReach(given);
    if (this.#model && this.#missing > this.#options.gapMax && !Number.isNaN(value)) this.#beginAnew();
    this.#missing = Number.isNaN(value) ? this.#missing + 1 : 0;
    return this.#model ? this.#judge(value) : this.#learn(value);
  }

  #learn(value: number): SeriesVerdict {
    // A gap before the first value is no part of the series.
    if (this.#learning.length > 0 || Number.isFinite(value)) this.#learning.push(Number.isFinite(value) ? value : Number.NaN);
    if (this.#learning.length >= this.#options.warmUp) this.#endWarmUp();
    const isInfinite = Math.abs(value) === Number.POSITIVE_INFINITY;
    return { score: isInfinite ? value : Number.NaN, outlier: isInfinite, centre: Number.NaN, scale: Number.NaN };
  }

  /** Learns from the values of the warm-up. Where a place of the season has no value in two seasons, it goes on with one more season. */
  #endWarmUp(): void {
    const { period, window, threshold, scaleMin, relearnAfter, rates: given } = this.#options;
    const filled = seasonFilled(this.#learning, period);
    if (!filled) {
      this.#learning.splice(0, period);
      return;
    }
    const values = withoutOutliers(filled, period, threshold);
    const start = startingLevel(values, period, mean);
    const rates = given ?? fitRates(values, start);
    // All errors of the warm-up count: judged one by one, the first of them would decide.
    const known = this.#learning.filter((value) => !Number.isNaN(value)).length;
    const errors = new RollingMad({ window, threshold, scaleMin, warmUp: Math.min(window, known), gapMax: Number.MAX_SAFE_INTEGER, relearnAfter: Math.min(1_000_000, scaleAfter * relearnAfter) });
    const widened = fitShrinks(values.length, period);
    let at = start;
    for (const [i, value] of values.entries()) {
      if (!Number.isNaN(this.#learning[i])) errors.next(widened * exactZero(this.#learning[i], forecast(at)));
      at = advance(at, value, rates);
    }
    this.#model = { at, rates, errors };
    this.#learning = [];
  }

  #judge(value: number): SeriesVerdict {
    const { at, rates, errors } = this.#model!;
    const expected = forecast(at);
    const verdict = errors.next(exactZero(value, expected));
    this.#model!.at = advance(at, Number.isFinite(value) ? pulledIn(value, expected, verdict.scale) : expected, rates);
    if (Number.isFinite(value)) {
      if (verdict.outlier) this.#flag(value - expected);
      else this.#flagged = [];
    }
    return { ...verdict, centre: expected + verdict.centre };
  }

  #flag(error: number): void {
    this.#flagged.push(error);
    if (this.#flagged.length < this.#options.relearnAfter) return;
    this.#model!.at.level += median(Float64Array.from(this.#flagged).sort());
    this.#flagged = [];
  }

  #beginAnew(): void {
    this.#model = undefined;
    this.#learning = [];
    this.#flagged = [];
  }
}

export interface HoltWintersBy extends Complete {
  method: "holt-winters";
  /** Of each value, what was expected, and the scale of the errors; NaN in the warm-up. */
  centres: Float64Array;
  scales: Float64Array;
}

/**
 * The verdicts of `HoltWinters` on a whole series. Exact, given the rates.
 *
 * @param values - one per tick of a regular clock, NaN where there is none
 * @throws MillraceError `MR-STAT-001` for options out of range
 */
export function holtWinters(values: Float64Array, options: HoltWintersOptions): Outliers<HoltWintersBy> {
  const detector = new HoltWinters(options);
  const { scores, centres, scales } = verdictsOf(values, detector);
  const all = detector.state.options;
  return judge(scores, all.threshold, "both", { method: "holt-winters", ...all, centres, scales });
}

/** First the level moves to where flagged values are. When that has not helped so many times, it is the scale that has changed. */
const scaleAfter = 3;

/** The value, or what is nearest to it within two scales of what was expected: no value moves the forecast by more (Gelper, Fried and Croux 2010). */
function pulledIn(value: number, expected: number, scale: number): number {
  if (Number.isNaN(scale)) return value;
  return Math.min(expected + 2 * scale, Math.max(expected - 2 * scale, value));
}

/** What rounding leaves of a value that is just what was expected. */
function exactZero(value: number, expected: number): number {
  const error = value - expected;
  return Number.isFinite(error) && Math.abs(error) <= 1e-10 * Math.max(Math.abs(value), Math.abs(expected)) ? 0 : error;
}

/** The series with each gap filled by the median of its place in the other seasons; nothing when a place has no two values. */
function seasonFilled(values: number[], period: number): Float64Array | undefined {
  const places = Array.from({ length: period }, (_, place) => Float64Array.from(values.filter((value, i) => i % period === place && !Number.isNaN(value))).sort());
  if (places.some(({ length }) => length < 2)) return undefined;
  return Float64Array.from(values, (value, i) => (Number.isNaN(value) ? median(places[i % period]) : value));
}

/** Outliers of the warm-up must not move what is learnt in it: what lies beyond the threshold of a season and a trend that stay the same is put there. */
function withoutOutliers(values: Float64Array, period: number, threshold: number): Float64Array {
  const { level, trend, season } = startingLevel(values, period, (some) => median(some.slice().sort()));
  const errors = values.map((value, i) => exactZero(value, level + trend * (i + 1) + season[i % period]));
  const { centre, scale } = robustScale(errors.slice().sort());
  const limit = threshold * scale * fitShrinks(values.length, period);
  return values.map((value, i) => (Math.abs(errors[i] - centre) > limit ? value - errors[i] : value));
}

/** Errors of a fit to the same values are too small, by the root of the share of values that the period and two more parameters leave free. */
function fitShrinks(values: number, period: number): number {
  return Math.sqrt(values / Math.max(1, values - period - 2));
}

const mean = (values: Float64Array): number => values.reduce((sum, value) => sum + value / values.length, 0);

function completed(options: HoltWintersOptions): Complete {
  const { period, threshold = 3.5, scaleMin = 0, rates } = options;
  const { warmUp = 4 * period, gapMax = 2 * period, relearnAfter = period } = options;
  const { window = Math.min(500, Math.max(100, warmUp)) } = options;
  const whole = (value: number, least: number, most: number, name: string): void =>
    requireParameter(Number.isInteger(value) && value >= least && value <= most, `Holt-Winters, ${name}`, `${value}`, `give a whole number, ${least} to ${most}`);
  whole(period, 2, 100_000, "period");
  whole(warmUp, 3 * period, 1_000_000, "warmUp");
  whole(gapMax, 0, Number.MAX_SAFE_INTEGER, "gapMax");
  whole(relearnAfter, 1, 1_000_000, "relearnAfter");
  if (rates) requireRates(rates);
  return { period, warmUp, window, threshold, scaleMin, gapMax, relearnAfter, ...(rates ? { rates } : {}) };
}

function requireState(state: HoltWintersState): void {
  const isNumbers = (list: unknown): boolean => Array.isArray(list) && list.every(Number.isFinite);
  const isModel = ({ at, rates, errors }: NonNullable<HoltWintersState["model"]>): boolean =>
    isNumbers([at?.level, at?.trend, rates?.level, rates?.trend, rates?.season]) && isNumbers(at.season) && at.season.length === state.options.period && errors?.method === "rolling-mad";
  const isLearning = Array.isArray(state?.learning) && state.learning.every((value) => value === null || Number.isFinite(value));
  const holds = state?.method === "holt-winters" && typeof state.options === "object" && isLearning && isNumbers(state.flagged) && Number.isInteger(state.missing) && (!state.model || isModel(state.model));
  if (!holds) throw new MillraceError("MR-STAT-004", { what: "this is no state of a Holt-Winters detector", where: "Holt-Winters, from", mend: "hand in what `state` gave, or begin anew" });
}
