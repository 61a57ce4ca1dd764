import { comparableColumns } from "../comparable-columns.ts";
import { chiSquare } from "../distributions/chi-square.ts";
import type { Matrix } from "../matrix.ts";
import { scoresOfAll, usableRows } from "../matrix.ts";
import type { Outliers } from "../outliers.ts";
import { judge } from "../outliers.ts";
import { seededRandom } from "../random.ts";
import { requireParameter, requireShare } from "../refuse.ts";
import { countOfChoices, exactMcd } from "./exact-mcd.ts";
import { fastMcd } from "./fast-mcd.ts";
import { distanceCutoff } from "./mahalanobis.ts";
import type { Scatter } from "./scatter.ts";
import { requireScatter, scaledScatter, scatterOf, squaredDistances } from "./scatter.ts";
import { reweightedSmallSampleFactor, smallSampleFactor } from "./small-sample.ts";

export interface McdBy {
  method: "mcd";
  /** How the rows of the smallest determinant were found: by looking at every choice, or by the search of FAST-MCD. */
  search: "every choice" | "random starts";
  /** Rows in the core, of how many finite ones. */
  h: number;
  rows: number;
  starts: number;
  seed: number;
  /** The core: indices of its rows. */
  core: Uint32Array;
  /** Natural logarithm of the determinant of the core's covariance, over h - 1 and without any factor. */
  logDeterminant: number;
  /** Rows that the reweighted location and covariance come from. */
  reweighted: number;
  location: Float64Array;
  covariance: Float64Array;
  /** What the core's covariance was multiplied by before rows were weighed with it, and what the reweighted one was. */
  factors: { core: number; reweighted: number };
  smallSamples: boolean;
  quantile: number;
}

export interface McdOptions {
  /** Rows in the core: a whole number, (n + p + 1) / 2 rounded down (the default, which up to half of the rows cannot break) to n. */
  h?: number;
  /** Random starts when there are too many choices to look at each; default 500. */
  starts?: number;
  /** Decides the random starts; default 1. */
  seed?: number;
  /** The share of clean normal rows below the threshold and in the reweighting; default 0.975. */
  quantile?: number;
  /**
   * Whether covariances have the factors of Pison, Van Aelst and Willems (2002) for few rows beside those of Croux and Haesbroeck (1999) for many; default true, as
   * in R's robustbase. Without them, as in scikit-learn, of 30 clean rows of three columns 20 % pass the cutoff, with them 11 %; of 100 rows 6 and 5 %.
   */
  smallSamples?: boolean;
}

/** Up to so many choices of h rows are all looked at. */
const choicesMax = 400_000;

/**
 * Robust distances by the minimum covariance determinant: location and scatter of the h rows that lie closest together, made consistent for normal data,
 * reweighted once by the rows within the cutoff. The cutoff is sqrt(chi-square_p, quantile). Exact when there are at most 400,000 choices of h rows, then every
 * one is looked at; else approximate, by FAST-MCD.
 *
 * @throws MillraceError `MR-STAT-001` for a parameter out of range, `MR-STAT-003` when the columns depend on one another, h rows lie on a plane, or there are
 *   no more finite rows than columns
 * @see Rousseeuw and Van Driessen (1999), "A Fast Algorithm for the Minimum Covariance Determinant Estimator"; Croux and Haesbroeck (1999) for the factors
 */
export function mcd(matrix: Matrix, { h, starts = 500, seed = 1, quantile = 0.975, smallSamples = true }: McdOptions = {}): Outliers<McdBy> {
  requireShare(quantile, "MCD, quantile");
  requireParameter(Number.isInteger(starts) && starts >= 1, "MCD, starts", `${starts} starts`, "give a whole number, at least 1");
  const usable = usableRows(matrix);
  const { rows, columns } = usable.finite;
  // So few rows never spread in every direction; of more, the core will tell.
  if (rows <= columns) requireScatter(scatterOf(usable.finite), `the ${rows} finite rows`, "MCD");
  const least = Math.floor((rows + columns + 1) / 2);
  const size = h ?? least;
  requireParameter(Number.isInteger(size) && size >= least && size <= rows, "MCD, h", `${size} of ${rows} rows`, `give a whole number of ${least} to ${rows}, or none`);

  const every = countOfChoices(rows, size, choicesMax) <= choicesMax;
  // Which rows have the smallest determinant does not depend on units; how many digits it keeps does.
  const scaled = comparableColumns(usable.finite, "robust");
  const core = every ? exactMcd(scaled, size) : fastMcd(scaled, size, starts, seededRandom(seed));
  const raw = requireScatter(scatterOf(usable.finite, core), `${size} of ${rows} rows`, "MCD");
  const coreFactor = consistency(size / rows, columns) * (smallSamples ? smallSampleFactor(size, rows, columns) : 1);
  const { scatter, count } = nearRows(usable.finite, scaledScatter(raw, coreFactor), quantile);
  const reweightedFactor = consistency(quantile, columns) * (smallSamples ? reweightedSmallSampleFactor(size, rows, columns) : 1);
  const { location, covariance, whiten } = scaledScatter(scatter, reweightedFactor);
  const distances = squaredDistances(usable.finite, { location, whiten }).map(Math.sqrt);
  return judge(
    scoresOfAll(matrix, usable, distances),
    distanceCutoff(columns, quantile),
    "above",
    {
      ...{ method: "mcd", search: every ? "every choice" : "random starts", h: size, rows, starts, seed, core: core.map((row) => usable.index[row]) },
      ...{ logDeterminant: raw.logDeterminant, reweighted: count, location, covariance, factors: { core: coreFactor, reweighted: reweightedFactor }, smallSamples, quantile },
    },
    every,
  );
}

/** Location and scatter of the rows within the cutoff of `raw`: as efficient as the classical ones in clean data, as robust as the core's. */
function nearRows(matrix: Matrix, raw: Scatter, quantile: number): { scatter: Scatter; count: number } {
  const cutoff = chiSquare(matrix.columns).quantile(quantile);
  const distances = squaredDistances(matrix, raw);
  const within = Uint32Array.from({ length: matrix.rows }, (_, row) => row).filter((row) => distances[row] <= cutoff);
  return { scatter: requireScatter(scatterOf(matrix, within), `the ${within.length} rows within the cutoff`, "MCD"), count: within.length };
}

/** What the covariance of the innermost share of a normal distribution lacks: share / F(q), q the chi-square_p quantile of the share, F the chi-square_(p+2) cdf. */
export function consistency(share: number, columns: number): number {
  return share >= 1 ? 1 : share / chiSquare(columns + 2).cdf(chiSquare(columns).quantile(share));
}
