import { MillraceError } from "../../errors.ts";
import { nearest } from "../../model/names.ts";
import { type Matrix, matrixOf } from "../../statistics/matrix.ts";
import { iterativeRemoval } from "../../statistics/multivariate/iterative-removal.ts";
import { mahalanobis } from "../../statistics/multivariate/mahalanobis.ts";
import { mcd } from "../../statistics/multivariate/mcd.ts";
import { isolationForest } from "../../statistics/multivariate/isolation-forest.ts";
import { knnDistance } from "../../statistics/neighbours/knn-distance.ts";
import { lof } from "../../statistics/neighbours/lof.ts";
import type { Outliers } from "../../statistics/outliers.ts";
import { changePoints } from "../../statistics/series/change-points.ts";
import { Cusum } from "../../statistics/series/cusum.ts";
import { rollingMad } from "../../statistics/series/rolling-mad.ts";
import { holtWinters } from "../../statistics/series/seasonal-detector.ts";
import { stlOutliers } from "../../statistics/series/stl-outliers.ts";
import { generalisedEsd } from "../../statistics/univariate/generalised-esd.ts";
import { grubbs } from "../../statistics/univariate/grubbs.ts";
import { iqr } from "../../statistics/univariate/iqr.ts";
import { modifiedZScore } from "../../statistics/univariate/modified-z-score.ts";
import { trimmedScore } from "../../statistics/univariate/trimmed-score.ts";
import { zScore } from "../../statistics/univariate/z-score.ts";

/** Of any detector: what it judged by is its own. */
export type AnyOutliers = Outliers<{ method: string }>;
/** As a request has them. */
export type DetectOptions = Readonly<Record<string, number | string | boolean>>;

/** A way to find outliers. */
export interface DetectMethod {
  /**
   * What it looks at.
   * - `values`: each column by itself, in any order.
   * - `series`: each column by itself, in the order of time.
   * - `rows`: all columns together.
   */
  readonly over: "values" | "series" | "rows";
  /** Names of its options; what they may be the method says itself. */
  readonly options: readonly string[];
  run(matrix: Matrix, options: DetectOptions): AnyOutliers;
}

const values = (options: readonly string[], run: (values: Float64Array, options: DetectOptions) => AnyOutliers): DetectMethod => ({ over: "values", options, run: (matrix, given) => run(matrix.values, given) });
const series = (options: readonly string[], run: (values: Float64Array, options: DetectOptions) => AnyOutliers): DetectMethod => ({ ...values(options, run), over: "series" });
const rows = (options: readonly string[], run: (matrix: Matrix, options: DetectOptions) => AnyOutliers): DetectMethod => ({ over: "rows", options, run });

const neighbours = ["k", "threshold", "contamination", "scale"];

/** By the name that a request calls it. */
const detectMethods: Readonly<Record<string, DetectMethod>> = {
  zScore: values(["threshold"], zScore),
  mad: values(["threshold"], modifiedZScore),
  trimmed: values(["share", "threshold"], trimmedScore),
  iqr: values(["threshold"], iqr),
  grubbs: values(["alpha"], grubbs),
  esd: values(["max", "alpha"], generalisedEsd),
  rollingMad: series(["window", "warmUp", "threshold", "scaleMin", "gapMax", "relearnAfter"], rollingMad),
  holtWinters: series(["period", "warmUp", "window", "threshold", "scaleMin", "gapMax", "relearnAfter"], (all, options) => holtWinters(all, withPeriod(options))),
  stl: series(["period", "seasonalSpan", "trendSpan", "robust", "threshold"], (all, options) => stlOutliers(all, withPeriod(options))),
  cusum: series(["warmUp", "slack", "threshold", "scaleMin"], lastingShifts),
  changePoints: series(["penalty", "minimum", "sigma"], levelShifts),
  mahalanobis: rows(["quantile"], mahalanobis),
  mcd: rows(["h", "starts", "seed", "quantile", "smallSamples"], mcd),
  iterativeRemoval: rows(["quantile"], iterativeRemoval),
  isolationForest: rows(["trees", "sample", "seed", "threshold", "contamination"], isolationForest),
  knn: rows(neighbours, knnDistance),
  lof: rows(neighbours, lof),
};

function withPeriod(options: DetectOptions): DetectOptions & { period: number } {
  if (typeof options.period === "number") return { ...options, period: options.period };
  throw unfit("nothing says how many values make a season", "the options", "give period: 24 for hours of a day");
}

/** Where it is known that the level has changed, as outliers: their score is the sum of the deviations since. */
function lastingShifts(all: Float64Array, options: DetectOptions): AnyOutliers {
  const detector = new Cusum(options);
  const changes: number[] = [];
  const scores = all.map((value, i) => {
    const { score, change } = detector.next(value);
    if (change) changes.push(i);
    return score;
  });
  const { threshold, ...figures } = detector.state.options;
  return { scores, threshold, side: "both", outliers: Uint32Array.from(changes), judged: scores.filter((score) => !Number.isNaN(score)).length, exact: true, by: { method: "cusum", ...figures } as AnyOutliers["by"] };
}

/** Where the level changes, as outliers: their score is the step, in standard deviations about the level. */
function levelShifts(all: Float64Array, options: DetectOptions): AnyOutliers {
  const { changes, levels, exact, ...figures } = changePoints(all, options);
  const scores = all.map((value) => (Number.isFinite(value) ? 0 : Number.NaN));
  for (const [i, at] of changes.entries()) scores[at] = (levels[i + 1] - levels[i]) / figures.sigma;
  return { scores, threshold: 0, side: "both", outliers: changes, judged: all.filter(Number.isFinite).length, exact, by: { levels, ...figures } as AnyOutliers["by"] };
}

/** @throws MillraceError `MR-QUALITY-005` for a method or an option that there is not */
export function methodNamed(name: string, options: DetectOptions): DetectMethod {
  const method = Object.hasOwn(detectMethods, name) ? detectMethods[name] : undefined;
  if (method === undefined) throw unfit(`there is no method "${name}"`, "the method", mendOf(name, Object.keys(detectMethods)));
  const stray = Object.keys(options).find((option) => !method.options.includes(option));
  if (stray !== undefined) throw unfit(`${name} has no option "${stray}"`, `method ${name}`, mendOf(stray, method.options));
  return method;
}

/** A column by itself, as a matrix. */
export function columnOf({ values: all, rows: count, columns }: Matrix, column: number): Matrix {
  return matrixOf(columns === 1 ? all : Float64Array.from({ length: count }, (_, row) => all[row * columns + column]), 1);
}

export function unfit(what: string, where: string, mend: string): MillraceError {
  return new MillraceError("MR-QUALITY-005", { what, where, mend });
}

function mendOf(name: string, known: readonly string[]): string {
  const near = nearest(name, [...known]);
  return near === undefined ? `use one of ${known.join(", ")}` : `write ${near}`;
}
