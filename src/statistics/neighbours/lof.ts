import type { ColumnScale } from "../comparable-columns.ts";
import type { Matrix } from "../matrix.ts";
import { scoresOfAll } from "../matrix.ts";
import type { Outliers } from "../outliers.ts";
import { judge } from "../outliers.ts";
import { thresholdFor } from "../threshold.ts";
import type { Explained, NeighbourOptions } from "./neighbour-options.ts";
import { explain, neighbourhoodsFor } from "./neighbour-options.ts";
import type { Neighbourhoods } from "./neighbourhoods.ts";

export interface LofBy {
  method: "lof";
  k: number;
  scale: ColumnScale;
  /** The neighbours of the furthest outliers, at most 100. */
  explained: Explained[];
}

/** Is added to a mean reachability distance, as scikit-learn does: more than k equal rows have the density 1e10 instead of an infinite one. */
const reachabilityMin = 1e-10;

/**
 * The local outlier factor: how much denser the neighbourhoods of a row's neighbours are than its own. About 1 inside of a group, whatever its density.
 * Neighbours as near as the k-th count too; equal rows are one another's neighbours. The threshold is 1.5 unless the options say otherwise. Exact. Time grows
 * with n log n in few columns; from some 15 on every row is held against nearly every other.
 *
 * @throws MillraceError `MR-STAT-001` for a parameter out of range, `MR-STAT-002` for k finite rows or fewer
 * @see Breunig, Kriegel, Ng and Sander (2000), "LOF: Identifying Density-Based Local Outliers"
 */
export function lof(matrix: Matrix, options: NeighbourOptions = {}): Outliers<LofBy> {
  const { usable, hoods, k, scale } = neighbourhoodsFor(matrix, options, "LOF");
  const factors = localOutlierFactors(hoods);
  const scores = scoresOfAll(matrix, usable, Float64Array.from(hoods.pointOf, (point) => factors[point]));
  const by: LofBy = { method: "lof", k, scale, explained: [] };
  const judged = judge(scores, thresholdFor(scores, options, "LOF", () => 1.5), "above", by);
  by.explained = explain(judged.outliers, scores, usable, hoods);
  return judged;
}

function localOutlierFactors(hoods: Neighbourhoods): Float64Array {
  const density = reachabilityDensities(hoods);
  // Equal rows are as dense as the row itself.
  return meansOfNeighbours(hoods, (_, neighbour) => density[neighbour], (point) => density[point]).map((mean, point) => mean / density[point]);
}

/** One over the mean distance at which a row is reached from its neighbours: at least the neighbour's own k-distance. */
function reachabilityDensities(hoods: Neighbourhoods): Float64Array {
  const { kDistance, distances, neighbours } = hoods;
  const reach = (at: number): number => Math.max(kDistance[neighbours[at]], distances[at]);
  return meansOfNeighbours(hoods, reach, (point) => kDistance[point]).map((mean) => 1 / (mean + reachabilityMin));
}

/** Of every point the mean over its neighbourhood: of each neighbour as often as it stands there, and of the rows equal to the point. */
function meansOfNeighbours({ weight, start, neighbours }: Neighbourhoods, of: (at: number, neighbour: number) => number, ofEqual: (point: number) => number): Float64Array {
  return Float64Array.from(weight, (copies, point) => {
    let count = copies - 1;
    let sum = count > 0 ? count * ofEqual(point) : 0;
    for (let at = start[point]; at < start[point + 1]; at++) {
      const neighbour = neighbours[at];
      sum += weight[neighbour] * of(at, neighbour);
      count += weight[neighbour];
    }
    return sum / count;
  });
}
