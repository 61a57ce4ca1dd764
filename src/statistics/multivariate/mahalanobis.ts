import { chiSquare } from "../distributions/chi-square.ts";
import type { Matrix } from "../matrix.ts";
import { scoresOfAll, usableRows } from "../matrix.ts";
import type { Outliers } from "../outliers.ts";
import { judge } from "../outliers.ts";
import { requireShare } from "../refuse.ts";
import { requireScatter, scatterOf, squaredDistances } from "./scatter.ts";

export interface MahalanobisBy {
  method: "mahalanobis";
  location: Float64Array;
  /** Row-major, over n - 1. */
  covariance: Float64Array;
  /** Rows that mean and covariance come from. */
  rows: number;
  /** The share of clean normal rows that stays below the threshold. */
  quantile: number;
}

/**
 * The classical distance sqrt((x - mean)^T C^-1 (x - mean)) with the cutoff sqrt(chi-square_p, quantile). A group of outliers drags mean and covariance and
 * hides (masking): prefer `mcd`, or look at `iterativeRemoval`. A row with a missing value is not judged. Exact.
 *
 * @param options.quantile - default 0.975
 * @throws MillraceError `MR-STAT-003` when the columns depend on one another or there are no more finite rows than columns
 * @see Mahalanobis (1936), "On the generalised distance in statistics"
 */
export function mahalanobis(matrix: Matrix, { quantile = 0.975 }: { quantile?: number } = {}): Outliers<MahalanobisBy> {
  requireShare(quantile, "Mahalanobis distance, quantile");
  const usable = usableRows(matrix);
  const { rows } = usable.finite;
  const scatter = requireScatter(scatterOf(usable.finite), `the ${rows} finite rows`, "Mahalanobis distance");
  const scores = scoresOfAll(matrix, usable, squaredDistances(usable.finite, scatter).map(Math.sqrt));
  const { location, covariance } = scatter;
  return judge(scores, distanceCutoff(matrix.columns, quantile), "above", { method: "mahalanobis", location, covariance, rows, quantile });
}

/** The distance that this share of normal rows stays below: their squared distances follow a chi-square distribution of as many degrees as columns. */
export function distanceCutoff(columns: number, quantile: number): number {
  return Math.sqrt(chiSquare(columns).quantile(quantile));
}
