import type { ColumnScale } from "../comparable-columns.ts";
import { comparableColumns } from "../comparable-columns.ts";
import type { Matrix, UsableRows } from "../matrix.ts";
import { usableRows } from "../matrix.ts";
import { quantile, sortedFinite } from "../quantile.ts";
import { requireCount, requireParameter, requireShare } from "../refuse.ts";
import type { Neighbourhoods } from "./neighbourhoods.ts";
import { neighbourhoodsOf } from "./neighbourhoods.ts";

/** What methods by neighbours may be told. */
export interface NeighbourOptions {
  /** How many neighbours a row is judged by: a whole number, at least 1; default 20, which needs 21 rows. */
  k?: number;
  /** A score beyond it is an outlier. Not together with `contamination`. */
  threshold?: number;
  /** The share of rows to call outliers, 0 to 1 exclusive: puts the threshold at the quantile (type 7) of the scores that leaves so many above it. */
  contamination?: number;
  /** Default `robust`: columns are made comparable by median and MAD. */
  scale?: ColumnScale;
}

/** What a row was judged by: its score, and its neighbours as row numbers, nearest first; one stands for all that are equal. */
export interface Explained {
  row: number;
  neighbours: Uint32Array;
}

/** Rows that are explained in a result: the furthest ones. */
const explainedMax = 100;

/** The usable rows and their neighbourhoods. */
export function neighbourhoodsFor(matrix: Matrix, { k = 20, scale = "robust" }: NeighbourOptions, method: string): { usable: UsableRows; hoods: Neighbourhoods; k: number; scale: ColumnScale } {
  requireParameter(Number.isInteger(k) && k >= 1, `${method}, k`, `${k} neighbours`, "give a whole number, at least 1");
  const usable = usableRows(matrix);
  requireCount(usable.finite.rows, k + 1, `${method} by ${k} neighbours`);
  return { usable, hoods: neighbourhoodsOf(comparableColumns(usable.finite, scale), k), k, scale };
}

/** The threshold that the options name, or `usual` of the scores. */
export function thresholdFor(scores: Float64Array, { threshold, contamination }: NeighbourOptions, method: string, usual: (sorted: Float64Array) => number): number {
  requireParameter(threshold === undefined || contamination === undefined, `${method}, threshold`, "a threshold and a contamination", "give one of them");
  if (threshold !== undefined) return threshold;
  const sorted = sortedFinite(scores);
  if (contamination === undefined) return usual(sorted);
  requireShare(contamination, `${method}, contamination`);
  return quantile(sorted, 1 - contamination);
}

/** The neighbours of the furthest outliers, furthest first. */
export function explain(outliers: Uint32Array, scores: Float64Array, usable: UsableRows, hoods: Neighbourhoods): Explained[] {
  const { index } = usable;
  const place = new Map(outliers.length === 0 ? [] : Array.from(index, (row, at) => [row, at] as const));
  const furthest = outliers.filter((row) => Number.isFinite(scores[row])).sort((a, b) => scores[b] - scores[a] || a - b).slice(0, explainedMax);
  return Array.from(furthest, (row) => {
    const point = hoods.pointOf[place.get(row)!];
    const [from, to] = [hoods.start[point], hoods.start[point + 1]];
    const near = Array.from({ length: to - from }, (_, i) => from + i).sort((a, b) => hoods.distances[a] - hoods.distances[b]);
    return { row, neighbours: Uint32Array.from(near, (at) => index[hoods.rowOf[hoods.neighbours[at]]]) };
  });
}
