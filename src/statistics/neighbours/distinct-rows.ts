import type { Matrix } from "../matrix.ts";
import { matrixOf } from "../matrix.ts";
import { indices } from "../random.ts";

/** Rows of which no two are equal, and how often each one stood there. */
export interface DistinctRows {
  matrix: Matrix;
  /** How many rows are equal to each distinct one, itself included. */
  weight: Uint32Array;
  /** Of every row of the whole, its distinct row. */
  distinctOf: Uint32Array;
  /** Of every distinct row, the first row of the whole that is equal to it. */
  representative: Uint32Array;
}

/** Puts equal rows together, so that a million copies cost no more than one. */
export function distinctRows({ values, rows, columns }: Matrix): DistinctRows {
  const compare = (a: number, b: number): number => {
    for (let column = 0; column < columns; column++) {
      const difference = values[a * columns + column] - values[b * columns + column];
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const order = indices(rows).sort((a, b) => compare(a, b) || a - b);
  const distinctOf = new Uint32Array(rows);
  const representative: number[] = [];
  const weight: number[] = [];
  for (const [i, row] of order.entries()) {
    if (i === 0 || compare(order[i - 1], row) !== 0) {
      representative.push(row);
      weight.push(0);
    }
    distinctOf[row] = representative.length - 1;
    weight[weight.length - 1]++;
  }
  const distinct = new Float64Array(representative.length * columns);
  for (const [to, from] of representative.entries()) distinct.set(values.subarray(from * columns, (from + 1) * columns), to * columns);
  return { matrix: matrixOf(distinct, columns), weight: Uint32Array.from(weight), distinctOf, representative: Uint32Array.from(representative) };
}
