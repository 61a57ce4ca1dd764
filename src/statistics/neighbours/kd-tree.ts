import type { Matrix } from "../matrix.ts";
import { indices } from "../random.ts";

/**
 * Points in a tree of nested boxes (Bentley 1975), for looking up neighbours. Points stand in the order of
 * the tree: those of one leaf beside one another.
 *
 * The tree is full: node i has the children 2 i + 1 and 2 i + 2, and `levels` levels above its leaves.
 */
export interface KdTree {
  /** Row-major, in the order of the tree. */
  points: Float64Array;
  rows: number;
  columns: number;
  /** Of each point in the order of the tree, its row in the matrix. */
  index: Uint32Array;
  levels: number;
  /** Of each node, the first of its points and the one after its last. */
  first: Uint32Array;
  end: Uint32Array;
  /** Of each node above the leaves, the column that it was divided by. */
  widest: Uint32Array;
  /** Of each node, the least and the greatest of each column: `columns` of the one, then of the other. */
  boxes: Float64Array;
}

const leafRows = 24;

/** The tree over the rows of a matrix of finite values. Time grows with n log n, whatever the values. */
export function kdTree(matrix: Matrix): KdTree {
  const { values, rows, columns } = matrix;
  const levels = Math.max(0, Math.ceil(Math.log2(Math.max(1, rows) / leafRows)));
  const nodes = 2 ** (levels + 1) - 1;
  const order = indices(rows);
  const boxes = new Float64Array(nodes * columns * 2);
  const widest = new Uint32Array(nodes);
  const first = new Uint32Array(nodes);
  const end = new Uint32Array(nodes);
  const divide = (node: number, low: number, high: number, level: number): void => {
    first[node] = low;
    end[node] = high;
    const column = boundBox(matrix, order, low, high, boxes, node);
    if (level === levels) return;
    widest[node] = column;
    const middle = (low + high) >>> 1;
    selectBy(values, columns, column, order, low, high - 1, middle);
    divide(2 * node + 1, low, middle, level + 1);
    divide(2 * node + 2, middle, high, level + 1);
  };
  divide(0, 0, rows, 0);
  const points = new Float64Array(rows * columns);
  for (let to = 0; to < rows; to++) for (let column = 0; column < columns; column++) points[to * columns + column] = values[order[to] * columns + column];
  return { points, rows, columns, index: order, levels, first, end, widest, boxes };
}

/** Writes the box of the rows `order[low]` to `order[high - 1]`; returns the column that it is widest in. */
function boundBox({ values, columns }: Matrix, order: Uint32Array, low: number, high: number, boxes: Float64Array, node: number): number {
  const at = node * 2 * columns;
  boxes.fill(Number.POSITIVE_INFINITY, at, at + columns).fill(Number.NEGATIVE_INFINITY, at + columns, at + 2 * columns);
  for (let i = low; i < high; i++) {
    for (let column = 0, from = order[i] * columns; column < columns; column++) {
      const value = values[from + column];
      if (value < boxes[at + column]) boxes[at + column] = value;
      if (value > boxes[at + columns + column]) boxes[at + columns + column] = value;
    }
  }
  let widest = 0;
  for (let column = 1; column < columns; column++) if (boxes[at + columns + column] - boxes[at + column] > boxes[at + columns + widest] - boxes[at + widest]) widest = column;
  return widest;
}

/** Puts the row of the given rank by one column at its place in `order`, the lesser before it and the greater after it (Hoare's selection). */
function selectBy(values: Float64Array, columns: number, column: number, order: Uint32Array, from: number, to: number, rank: number): void {
  let [low, high] = [from, to];
  while (low < high) {
    const pivot = values[order[(low + high) >>> 1] * columns + column];
    let [i, j] = [low, high];
    while (i <= j) {
      while (values[order[i] * columns + column] < pivot) i++;
      while (values[order[j] * columns + column] > pivot) j--;
      if (i > j) break;
      const row = order[i];
      order[i++] = order[j];
      order[j--] = row;
    }
    if (rank <= j) high = j;
    else if (rank >= i) low = i;
    else break;
  }
}
