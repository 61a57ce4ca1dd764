import type { Matrix } from "../matrix.ts";
import { distinctRows } from "./distinct-rows.ts";
import { kdTree } from "./kd-tree.ts";
import { NearestSearch } from "./nearest.ts";

/**
 * The neighbourhood of every row: the k others nearest to it, and all others that are as near as the k-th (Breunig et al. 2000, definition 4). Rows that are
 * equal share a point; but for `pointOf` the arrays are by point.
 */
export interface Neighbourhoods {
  pointOf: Uint32Array;
  /** The first of the equal rows. */
  rowOf: Uint32Array;
  /** How many rows are equal. */
  weight: Uint32Array;
  /** The distance of the k-th nearest other row: 0 among more than k equal rows. */
  kDistance: Float64Array;
  /** The neighbours of point i are `neighbours[start[i]]` to `neighbours[start[i + 1] - 1]`; the point itself is not among them. */
  start: Float64Array;
  neighbours: Uint32Array;
  distances: Float64Array;
}

/** Exact, by a k-d tree. `matrix` holds finite values and more than `k` rows. */
export function neighbourhoodsOf(matrix: Matrix, k: number): Neighbourhoods {
  const distinct = distinctRows(matrix);
  const tree = kdTree(distinct.matrix);
  const points = tree.rows;
  const weight = tree.index.map((row) => distinct.weight[row]);
  const kDistance = new Float64Array(points);
  const lists = new Lists(points, k);
  // One more than asked for says whether others are as near as the k-th.
  const search = new NearestSearch(tree, Math.min(k + 1, points - 1));
  for (let point = 0; point < points; point++) {
    search.nearest(point);
    const limit = squaredKDistance(search, weight, weight[point] - 1, k);
    kDistance[point] = Math.sqrt(limit);
    const mayBeMore = search.found.length < points - 1 && search.distances[search.distances.length - 1] <= limit;
    lists.add(point, mayBeMore ? search.within(point, limit) : search, limit);
  }
  const placeOf = new Uint32Array(points);
  for (const [point, row] of tree.index.entries()) placeOf[row] = point;
  return { pointOf: distinct.distinctOf.map((row) => placeOf[row]), rowOf: tree.index.map((row) => distinct.representative[row]), weight, kDistance, ...lists.ended() };
}

/** Goes outwards until `k` other rows are counted. `equal` is how many are equal to the row itself. */
function squaredKDistance({ found, distances }: NearestSearch, weight: Uint32Array, equal: number, k: number): number {
  let counted = equal;
  if (counted >= k) return 0;
  for (let i = 0; ; i++) {
    counted += weight[found[i]];
    if (counted >= k) return distances[i];
  }
}

/** Lists of neighbours, one after the other. */
class Lists {
  readonly #start: Float64Array;
  #neighbours: Uint32Array;
  #distances: Float64Array;
  #used = 0;

  constructor(points: number, k: number) {
    this.#start = new Float64Array(points + 1);
    this.#neighbours = new Uint32Array(points * Math.min(points, k + 1));
    this.#distances = new Float64Array(this.#neighbours.length);
  }

  /** The list of the next point: those found whose squared distance is at most `limit`. */
  add(point: number, { found, distances }: { found: ArrayLike<number>; distances: ArrayLike<number> }, limit: number): void {
    this.#reserve(found.length);
    for (let i = 0; i < found.length; i++) {
      if (distances[i] > limit) continue;
      this.#neighbours[this.#used] = found[i];
      this.#distances[this.#used++] = Math.sqrt(distances[i]);
    }
    this.#start[point + 1] = this.#used;
  }

  #reserve(more: number): void {
    if (this.#used + more <= this.#neighbours.length) return;
    const length = 2 * (this.#used + more);
    const [neighbours, distances] = [new Uint32Array(length), new Float64Array(length)];
    neighbours.set(this.#neighbours);
    distances.set(this.#distances);
    [this.#neighbours, this.#distances] = [neighbours, distances];
  }

  ended(): Pick<Neighbourhoods, "start" | "neighbours" | "distances"> {
    return { start: this.#start, neighbours: this.#neighbours.subarray(0, this.#used), distances: this.#distances.subarray(0, this.#used) };
  }
}
