import { MillraceError } from "../../errors.ts";
import type { Outliers } from "../outliers.ts";
import { judge, standardise } from "../outliers.ts";
import { requireParameter } from "../refuse.ts";
import { robustScale } from "../univariate/modified-z-score.ts";
import { withinReach } from "./within-reach.ts";

export interface RollingMadOptions {
  /**
   * How many of the latest ordinary values a value is judged by: a whole number, at least 3; default 50. At a threshold of 3.5, 135 of 10,000 clean normal values
   * are flagged with a window of 20, 28 with 50 and 9 with 200 (measured).
   */
  window?: number;
  /** How many of them there must be before anything is judged: 3 to `window`; default 10, or the window if that is less. */
  warmUp?: number;
  /** Default 3.5. */
  threshold?: number;
  /** The least scale, in the unit of the values: deviations that are of no interest however still the series is. Default 0. */
  scaleMin?: number;
  /** A gap of more missing values than this empties the window: what it holds speaks of another time. Default: `window`. */
  gapMax?: number;
  /** When so many values in a row are flagged, they are the new normal: the window is emptied and begins with them. Default: `warmUp`. */
  relearnAfter?: number;
}

/** What is said of one value of a series. */
export interface SeriesVerdict {
  /** NaN for what is not judged: a missing value, or a value of the warm-up. */
  score: number;
  outlier: boolean;
  /** What was expected, and how far values usually are from it; NaN when there is nothing to say yet. */
  centre: number;
  scale: number;
}

/** Everything that a detector remembers; plain data, to be stored as JSON. */
export interface RollingMadState {
  method: "rolling-mad";
  options: Required<RollingMadOptions>;
  /** The latest ordinary values, oldest first. */
  window: number[];
  /** Values that were flagged, with no ordinary one between. */
  flagged: number[];
  /** How many values were missing, with none between. */
  missing: number;
}

/**
 * Judges a series value by value, by median and MAD of the ordinary values just before (a trailing Hampel filter). It never looks ahead, so a stream and a
 * table get the same answers. Flagged values stay out of the window, or they would hide those that follow. When more than half of the window is one value
 * the scale is the mean absolute deviation, as in `modifiedZScore`; when all of it is, any other value is infinitely far unless `scaleMin` says otherwise.
 *
 * Missing values (NaN) take no place in the window. Infinities, and numbers beyond 1e150, are outliers, in the warm-up too, and leave no trace.
 *
 * @see Hampel (1974); Pearson (2002), "Outliers in Process Modeling and Identification", on the moving window
 */
export class RollingMad {
  readonly #options: Required<RollingMadOptions>;
  #window: number[] = [];
  /** The window's values in ascending order. */
  #sorted = new Float64Array();
  #flagged: number[] = [];
  #missing = 0;

  /** @throws MillraceError `MR-STAT-001` for options out of range */
  constructor(options: RollingMadOptions = {}) {
    this.#options = completed(options);
  }

  /**
   * The detector as it was when the state was taken.
   *
   * @throws MillraceError `MR-STAT-004` when the state is no state of this method
   */
  static from(state: RollingMadState): RollingMad {
    requireState(state);
    const detector = new RollingMad(state.options);
    for (const value of state.window) detector.#enter(value);
    detector.#flagged = [...state.flagged];
    detector.#missing = state.missing;
    return detector;
  }

  get state(): RollingMadState {
    return { method: "rolling-mad", options: { ...this.#options }, window: [...this.#window], flagged: [...this.#flagged], missing: this.#missing };
  }

  /** Judges the next value, then learns from it. */
  next(given: number): SeriesVerdict {
    const value = withinReach(given);
    if (Number.isNaN(value)) {
      this.#missing++;
      return nothing;
    }
    if (this.#missing > this.#options.gapMax) this.#empty();
    const verdict = this.#judge(value);
    if (Number.isFinite(value)) this.#learn(value, verdict.outlier);
    return verdict;
  }

  #judge(value: number): SeriesVerdict {
    const warm = this.#window.length >= this.#options.warmUp;
    if (!warm) return Number.isFinite(value) ? nothing : { ...nothing, score: value, outlier: true };
    const { centre, scale } = robustScale(this.#sorted);
    const atLeast = Math.max(scale, this.#options.scaleMin);
    const score = standardise(value, centre, atLeast);
    return { score, outlier: Math.abs(score) > this.#options.threshold, centre, scale: atLeast };
  }

  #learn(value: number, outlier: boolean): void {
    this.#missing = 0;
    if (!outlier) {
      this.#flagged = [];
      this.#enter(value);
      return;
    }
    this.#flagged.push(value);
    if (this.#flagged.length < this.#options.relearnAfter) return;
    const normal = this.#flagged;
    this.#empty();
    for (const one of normal.slice(-this.#options.window)) this.#enter(one);
  }

  #enter(value: number): void {
    this.#window.push(value);
    const gone = this.#window.length > this.#options.window ? this.#window.shift() : undefined;
    const kept = gone === undefined ? this.#sorted : without(this.#sorted, gone);
    const at = placeOf(kept, value);
    const sorted = new Float64Array(kept.length + 1);
    sorted.set(kept.subarray(0, at));
    sorted[at] = value;
    sorted.set(kept.subarray(at), at + 1);
    this.#sorted = sorted;
  }

  #empty(): void {
    this.#window = [];
    this.#sorted = new Float64Array();
    this.#flagged = [];
  }
}

const nothing: SeriesVerdict = { score: Number.NaN, outlier: false, centre: Number.NaN, scale: Number.NaN };

export interface RollingMadBy extends Required<RollingMadOptions> {
  method: "rolling-mad";
  /** Of each value, the median and the scale that it was judged by; NaN in the warm-up. */
  centres: Float64Array;
  scales: Float64Array;
}

/**
 * The verdicts of `RollingMad` on a whole series. Exact.
 *
 * @param values - one per tick of a regular clock, NaN where there is none
 * @throws MillraceError `MR-STAT-001` for options out of range
 */
export function rollingMad(values: Float64Array, options: RollingMadOptions = {}): Outliers<RollingMadBy> {
  const detector = new RollingMad(options);
  const { scores, centres, scales } = verdictsOf(values, detector);
  const all = detector.state.options;
  return judge(scores, all.threshold, "both", { method: "rolling-mad", ...all, centres, scales });
}

/** Hands a series to a detector, value by value. */
export function verdictsOf(values: Float64Array, detector: { next(value: number): SeriesVerdict }): { scores: Float64Array; centres: Float64Array; scales: Float64Array } {
  const [scores, centres, scales] = [new Float64Array(values.length), new Float64Array(values.length), new Float64Array(values.length)];
  for (const [i, value] of values.entries()) {
    const verdict = detector.next(value);
    scores[i] = verdict.score;
    centres[i] = verdict.centre;
    scales[i] = verdict.scale;
  }
  return { scores, centres, scales };
}

function completed(options: RollingMadOptions): Required<RollingMadOptions> {
  const { window = 50, threshold = 3.5, scaleMin = 0 } = options;
  const { warmUp = Math.min(10, window), gapMax = window } = options;
  const { relearnAfter = warmUp } = options;
  const whole = (value: number, least: number, most: number, name: string): void =>
    requireParameter(Number.isInteger(value) && value >= least && value <= most, `rolling MAD, ${name}`, `${value}`, `give a whole number, ${least} to ${most}`);
  whole(window, 3, 1_000_000, "window");
  whole(warmUp, 3, window, "warmUp");
  whole(gapMax, 0, Number.MAX_SAFE_INTEGER, "gapMax");
  whole(relearnAfter, 1, 1_000_000, "relearnAfter");
  requireParameter(threshold > 0, "rolling MAD, threshold", `${threshold}`, "give a number above 0");
  requireParameter(scaleMin >= 0 && Number.isFinite(scaleMin), "rolling MAD, scaleMin", `${scaleMin}`, "give a number, at least 0");
  return { window, warmUp, threshold, scaleMin, gapMax, relearnAfter };
}

function requireState(state: RollingMadState): void {
  const isNumbers = (list: unknown, most: number): boolean => Array.isArray(list) && list.length <= most && list.every(Number.isFinite);
  const holds = state?.method === "rolling-mad" && typeof state.options === "object" && isNumbers(state.window, state.options.window) && isNumbers(state.flagged, state.options.relearnAfter) && Number.isInteger(state.missing);
  if (!holds) throw new MillraceError("MR-STAT-004", { what: "this is no state of a rolling MAD", where: "rolling MAD, from", mend: "hand in what `state` gave, or begin anew" });
}

/** Where a value stands, or would stand, in ascending values. */
function placeOf(sorted: Float64Array, value: number): number {
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (sorted[middle] < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

function without(sorted: Float64Array, value: number): Float64Array {
  const at = placeOf(sorted, value);
  const rest = new Float64Array(sorted.length - 1);
  rest.set(sorted.subarray(0, at));
  rest.set(sorted.subarray(at + 1), at);
  return rest;
}
