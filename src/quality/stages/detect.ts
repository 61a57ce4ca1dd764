import type { StageDefinition } from "../../model/definition.ts";
import { callSite } from "../../model/place.ts";
import { stageAt } from "../../model/stage.ts";
import type { RunOptions } from "../../model/stage-defaults.ts";
import type { Dataset, From, KeyIn, RecordIn, RecordOut } from "../../model/stage-types.ts";
import type { FieldOf } from "../../model/schema-types.ts";
import { RollingMad, type RollingMadOptions, type SeriesVerdict } from "../../statistics/series/rolling-mad.ts";
import { HoltWinters, type HoltWintersOptions } from "../../statistics/series/seasonal-detector.ts";

/** A detector that learns from what has passed, and never looks ahead. */
export interface StreamMethod {
  start(): StreamDetector;
  /** @param state - as `StreamDetector.state` gave it, also after it was written down as JSON */
  from(state: unknown): StreamDetector;
}

interface StreamDetector {
  next(value: number): SeriesVerdict;
  readonly state: unknown;
}

/** Judges a value by median and MAD of the ordinary values just before it, after a warm-up. */
export function rollingMad(options: RollingMadOptions = {}): StreamMethod {
  return methodOf(() => new RollingMad(options), (state) => RollingMad.from(state as never));
}

/** Judges a value of a series with a season by how far it is from what was to be expected (Holt-Winters). Values come at a regular pace, null where one is missing. */
export function holtWinters(options: HoltWintersOptions): StreamMethod {
  return methodOf(() => new HoltWinters(options), (state) => HoltWinters.from(state as never));
}

/** Options that cannot be are told where they are written. */
function methodOf(start: () => StreamDetector, from: (state: unknown) => StreamDetector): StreamMethod {
  start();
  return { start, from };
}

export interface DetectOptions<F extends From, O extends Dataset, B extends FieldOf<RecordIn<F>>> extends RunOptions {
  /** The topic read. */
  from: F;
  /** Where outliers go. */
  to: O;
  /** The value that is judged: null and NaN are missing ones. */
  value: (record: RecordIn<F>) => number | null | undefined;
  method: StreamMethod;
  /** Fields whose values make a series of its own. They must include the input's key. Default: the key. */
  by?: B | readonly B[];
  /** A series whose last value is older than this in event time is forgotten. Default: none is. */
  keepFor?: string;
  /** What is emitted of an outlier. */
  result: (record: RecordIn<F>, verdict: SeriesVerdict) => RecordOut<O>;
}

/**
 * A stage that looks for outliers in a stream, a series for each key. What it has learnt is part of the epoch: after a crash
 * it says what it would have said. It answers as the same method does over a table in the order of time.
 *
 * @example detect("odd-readings", { from: readings, to: odd, value: (r) => r.celsius, method: rollingMad({ window: 100 }), result: (r, { score, centre }) => ({ ...r, score, expected: centre }) })
 * @throws MillraceError `MR-MODEL-001` for an option that cannot be, `MR-STAT-001` for one of the method
 */
export function detect<const F extends From, const O extends Dataset, const B extends FieldOf<RecordIn<F>> = KeyIn<F> & FieldOf<RecordIn<F>>>(name: string, options: DetectOptions<F, O, B>): StageDefinition<RecordIn<F>, RecordOut<O>> {
  const { value, method, result, ...rest } = options;
  // What is remembered is the state alone; the detector that gave it is at hand as long as the process lives.
  const detectors = new WeakMap<object, StreamDetector>();
  const runKeyed = (state: object | null, record: RecordIn<F>, emit: (record: RecordOut<O>) => void): object => {
    const detector = state === null ? method.start() : (detectors.get(state) ?? method.from(state));
    // It moves on now: should what follows fail, the state stands for it as it was.
    if (state !== null) detectors.delete(state);
    const verdict = detector.next(value(record) ?? Number.NaN);
    const next = detector.state as object;
    detectors.set(next, detector);
    if (verdict.outlier) emit(result(record, verdict));
    return next;
  };
  return stageAt(name, { ...rest, init: () => null, runKeyed }, callSite(detect));
}
