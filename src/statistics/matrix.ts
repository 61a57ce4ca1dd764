import { requireParameter } from "./refuse.ts";

/** Numbers in rows of equal length, row after row. */
export interface Matrix {
  values: Float64Array;
  rows: number;
  columns: number;
}

/**
 * The matrix over `values`, which are not copied.
 *
 * @param columns - a whole number, at least 1, that divides the count of the values
 * @throws MillraceError `MR-STAT-001` when it does not
 */
export function matrixOf(values: Float64Array, columns: number): Matrix {
  requireParameter(Number.isInteger(columns) && columns >= 1 && values.length % columns === 0, "matrix", `${values.length} values are no rows of ${columns}`, "give as many values as rows times columns");
  return { values, rows: values.length / columns, columns };
}

/** The rows that a method can work with, and where they were. */
export interface UsableRows {
  /** Those rows whose every value is finite, copied. */
  finite: Matrix;
  /** Of each of `finite`, its index in the whole. */
  index: Uint32Array;
}

export function usableRows(matrix: Matrix): UsableRows {
  const { values, rows, columns } = matrix;
  const index = Uint32Array.from({ length: rows }, (_, row) => row).filter((row) => isFiniteRow(matrix, row));
  if (index.length === rows) return { finite: { values: values.slice(), rows, columns }, index };
  const finite = new Float64Array(index.length * columns);
  for (const [to, from] of index.entries()) finite.set(values.subarray(from * columns, (from + 1) * columns), to * columns);
  return { finite: matrixOf(finite, columns), index };
}

function isFiniteRow({ values, columns }: Matrix, row: number): boolean {
  for (let at = row * columns; at < (row + 1) * columns; at++) if (!Number.isFinite(values[at])) return false;
  return true;
}

/** The scores of all rows from those of the usable ones: NaN where a value is missing, an infinity where none is and one is infinite. */
export function scoresOfAll(matrix: Matrix, { index }: UsableRows, scores: Float64Array): Float64Array {
  const all = new Float64Array(matrix.rows);
  for (let row = 0, at = 0; row < matrix.rows; row++) {
    if (index[at] === row) all[row] = scores[at++];
    else all[row] = hasMissing(matrix, row) ? Number.NaN : Number.POSITIVE_INFINITY;
  }
  return all;
}

function hasMissing({ values, columns }: Matrix, row: number): boolean {
  return values.subarray(row * columns, (row + 1) * columns).some(Number.isNaN);
}

/** One column, copied. */
export function columnOf({ values, rows, columns }: Matrix, column: number): Float64Array {
  const out = new Float64Array(rows);
  for (let row = 0; row < rows; row++) out[row] = values[row * columns + column];
  return out;
}
