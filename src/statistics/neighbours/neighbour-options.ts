import type { ColumnScale } from "../comparable-columns.ts";
import { comparableColumns } from "../comparable-columns.ts";
import type { Matrix, UsableRows } from "../matrix.ts";
import { usableRows } from "../matrix.ts";
import { requireCount, requireParameter } from "../refuse.ts";
import type { ThresholdOptions } from "../threshold.ts";
import type { Neighbourhoods } from "./neighbourhoods.ts";
import { neighbourhoodsOf } from "./neighbourhoods.ts";

/** What methods by neighbours may be told. */
export interface NeighbourOptions extends ThresholdOptions {
  /** How many neighbours a row is judged by: a whole number, at least 1; default 20, which needs 21 rows. */
  k?: number;
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

/** The neighbours of the furthest outliers, furthest first. */
export function explain(outliers: Uint32Array, scores: Float64Array, usable: UsableRows, hoods: Neighbourhoods): Explained[] {
  const { index } = usable;
  const furthest = outliers.filter((row) => Number.isFinite(scores[row])).sort((a, b) => scores[b] - scores[a] || a - b).slice(0, explainedMax);
  return Array.from(furthest, (row) => {
    const point = hoods.pointOf[index.indexOf(row)];
    const [from, to] = [hoods.start[point], hoods.start[point + 1]];
    const near = Array.from({ length: to - from }, (_, i) => from + i).sort((a, b) => hoods.distances[a] - hoods.distances[b]);
    return { row, neighbours: Uint32Array.from(near, (at) => index[hoods.rowOf[hoods.neighbours[at]]]) };
  });
}
