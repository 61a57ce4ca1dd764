import type { ColumnScale } from "../comparable-columns.ts";
import type { Matrix } from "../matrix.ts";
import { scoresOfAll } from "../matrix.ts";
import type { Outliers } from "../outliers.ts";
import { judge } from "../outliers.ts";
import { quantile } from "../quantile.ts";
import { thresholdFor } from "../threshold.ts";
import type { Explained, NeighbourOptions } from "./neighbour-options.ts";
import { explain, neighbourhoodsFor } from "./neighbour-options.ts";

export interface KnnDistanceBy {
  method: "knn-distance";
  k: number;
  scale: ColumnScale;
  /** The neighbours of the furthest outliers, at most 100. */
  explained: Explained[];
}

/**
 * The distance to the k-th nearest other row: far from all is an outlier. Robust, and blind to groups of different density, for which there is `lof`. The
 * threshold is Tukey's far fence of the distances, q3 + 3 (q3 - q1), unless the options say otherwise. Exact. Time grows
 * with n log n in few columns; from some 15 on every row is held against nearly every other.
 *
 * @throws MillraceError `MR-STAT-001` for a parameter out of range, `MR-STAT-002` for k finite rows or fewer
 * @see Ramaswamy, Rastogi and Shim (2000), "Efficient Algorithms for Mining Outliers from Large Data Sets"
 */
export function knnDistance(matrix: Matrix, options: NeighbourOptions = {}): Outliers<KnnDistanceBy> {
  const { usable, hoods, k, scale } = neighbourhoodsFor(matrix, options, "k-NN distance");
  const scores = scoresOfAll(matrix, usable, Float64Array.from(hoods.pointOf, (point) => hoods.kDistance[point]));
  const threshold = thresholdFor(scores, options, "k-NN distance", farFence);
  const by: KnnDistanceBy = { method: "knn-distance", k, scale, explained: [] };
  const judged = judge(scores, threshold, "above", by);
  by.explained = explain(judged.outliers, scores, usable, hoods);
  return judged;
}

/** Written so that it is q3 itself when the quartiles are equal: a rounding below it would call every row an outlier. */
function farFence(sorted: Float64Array): number {
  const q3 = quantile(sorted, 0.75);
  return q3 + 3 * (q3 - quantile(sorted, 0.25));
}
