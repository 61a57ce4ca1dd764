import type { Matrix } from "../matrix.ts";
import { determinantOfDependent } from "./flat.ts";
import { cholesky } from "./scatter.ts";

/** How many ways there are to choose `h` of `n`, or Infinity when there are more than `max`. */
export function countOfChoices(n: number, h: number, max: number): number {
  let count = 1;
  for (let i = 1; i <= Math.min(h, n - h); i++) {
    count = (count * (n - i + 1)) / i;
    if (count > max) return Number.POSITIVE_INFINITY;
  }
  return Math.round(count);
}

/**
 * The `h` rows whose covariance has the smallest determinant, by looking at every choice; of equal ones the first. Rows that lie on a plane have the
 * determinant 0 and end the search.
 *
 * @param rows - columns in units of their own robust spread, about 0
 */
export function exactMcd({ values, rows: n, columns: p }: Matrix, h: number): Uint32Array {
  const width = p + p * p;
  // Sums and sums of products of the first so many chosen rows: each level adds one row to the level above.
  const sums = Array.from({ length: h + 1 }, () => new Float64Array(width));
  const chosen = new Uint32Array(h);
  const covariance = new Float64Array(p * p);
  let best = { rows: chosen, logDeterminant: Number.POSITIVE_INFINITY };

  const consider = (): void => {
    const sum = sums[h];
    for (let a = 0; a < p; a++) for (let b = 0; b <= a; b++) covariance[a * p + b] = sum[p + a * p + b] - (sum[a] * sum[b]) / h;
    const factor = cholesky(covariance, p);
    const logDeterminant = "dependent" in factor ? determinantOfDependent(covariance[factor.dependent * (p + 1)] / h) : factor.logDeterminant;
    if (logDeterminant < best.logDeterminant) best = { rows: chosen.slice(), logDeterminant };
  };
  const add = (level: number, row: number): void => {
    const [from, to] = [sums[level], sums[level + 1]];
    for (let a = 0; a < p; a++) {
      const value = values[row * p + a];
      to[a] = from[a] + value;
      for (let b = 0; b <= a; b++) to[p + a * p + b] = from[p + a * p + b] + value * values[row * p + b];
    }
    chosen[level] = row;
  };
  const choose = (level: number, first: number): void => {
    if (level === h) return consider();
    for (let row = first; row <= n - (h - level) && best.logDeterminant > Number.NEGATIVE_INFINITY; row++) {
      add(level, row);
      choose(level + 1, row + 1);
    }
  };
  choose(0, 0);
  return best.rows;
}
