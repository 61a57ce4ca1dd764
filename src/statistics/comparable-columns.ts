import type { Matrix } from "./matrix.ts";
import { columnOf, matrixOf } from "./matrix.ts";
import { standardised } from "./outliers.ts";
import { sortedFinite } from "./quantile.ts";
import { requireParameter } from "./refuse.ts";
import { robustScale } from "./univariate/modified-z-score.ts";

/** How columns are made comparable before distances are taken: by median and MAD, or not at all. */
export type ColumnScale = "robust" | "none";

/**
 * The matrix with columns that one distance may add up: without it the column with the largest numbers decides alone. A constant column becomes 0.
 *
 * @param matrix - of finite values
 * @throws MillraceError `MR-STAT-001` when squares of the values would pass the largest number
 */
export function comparableColumns(matrix: Matrix, scale: ColumnScale): Matrix {
  if (matrix.rows === 0) return matrix;
  const out = scale === "none" ? matrix : scaledColumns(matrix);
  const greatest = out.values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  requireParameter(greatest < 1e150, "distances between rows", `a value of ${greatest}, whose square is beyond the largest number`, "divide the column by a constant, or leave out its farthest values");
  return out;
}

/** Each column less its median, in units of its MAD. */
function scaledColumns(matrix: Matrix): Matrix {
  const out = new Float64Array(matrix.values.length);
  for (let column = 0; column < matrix.columns; column++) {
    const values = columnOf(matrix, column);
    const { centre, scale } = robustScale(sortedFinite(values));
    for (const [row, value] of standardised(values, centre, scale).entries()) out[row * matrix.columns + column] = value;
  }
  return matrixOf(out, matrix.columns);
}
