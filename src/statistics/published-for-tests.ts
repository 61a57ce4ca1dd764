import published from "./goldens/published.json" with { type: "json" };
import type { Matrix } from "./matrix.ts";
import { matrixOf } from "./matrix.ts";

/** The first `columns` columns of a published set whose outliers are known; `goldens/published.json` names its source. */
export function publishedSet(name: keyof typeof published, columns: number): Matrix {
  return matrixOf(Float64Array.from(published[name].rows.flatMap((row) => row.slice(0, columns))), columns);
}

/** Row numbers as the books count them, from 1. */
export function fromOne(rows: Iterable<number>): number[] {
  return Array.from(rows, (row) => row + 1);
}
