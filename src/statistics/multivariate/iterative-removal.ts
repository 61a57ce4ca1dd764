import type { Matrix } from "../matrix.ts";
import { scoresOfAll, usableRows } from "../matrix.ts";
import type { Outliers } from "../outliers.ts";
import { judge } from "../outliers.ts";
import { requireShare } from "../refuse.ts";
import type { MahalanobisBy } from "./mahalanobis.ts";
import { distanceCutoff } from "./mahalanobis.ts";
import { requireScatter, scatterOf, squaredDistances } from "./scatter.ts";

export interface IterativeRemovalBy extends Omit<MahalanobisBy, "method"> {
  method: "iterative-removal";
  /** How many rows each round took away; the last took none, unless only half of the rows were left. */
  removed: number[];
}

/**
 * Mahalanobis distances from what is left when the rows beyond the cutoff are taken away, again and again until none is beyond it or fewer than half of the
 * rows would be left. It finds what hides behind greater outliers, but not a group that has dragged the first mean to itself: for that there is `mcd`. It also
 * takes some rows of clean data: each round cuts the tail anew. The scores are distances by the last round.
 *
 * @param options.quantile - default 0.975
 * @throws MillraceError `MR-STAT-003` when the columns depend on one another or there are no more finite rows than columns
 */
export function iterativeRemoval(matrix: Matrix, { quantile = 0.975 }: { quantile?: number } = {}): Outliers<IterativeRemovalBy> {
  requireShare(quantile, "iterative removal, quantile");
  const usable = usableRows(matrix);
  const threshold = distanceCutoff(matrix.columns, quantile);
  let kept = Uint32Array.from(usable.index.keys());
  const removed: number[] = [];
  for (;;) {
    const scatter = requireScatter(scatterOf(usable.finite, kept), `the ${kept.length} finite rows that are left`, "iterative removal");
    const distances = squaredDistances(usable.finite, scatter).map(Math.sqrt);
    const next = kept.filter((row) => distances[row] <= threshold);
    const ends = next.length === kept.length || next.length < usable.finite.rows / 2;
    removed.push(ends ? 0 : kept.length - next.length);
    if (ends) return judge(scoresOfAll(matrix, usable, distances), threshold, "above", { method: "iterative-removal", location: scatter.location, covariance: scatter.covariance, rows: kept.length, quantile, removed });
    kept = next;
  }
}
