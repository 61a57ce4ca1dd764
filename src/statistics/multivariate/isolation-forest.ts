import type { Matrix } from "../matrix.ts";
import { scoresOfAll, usableRows } from "../matrix.ts";
import type { Outliers } from "../outliers.ts";
import { judge } from "../outliers.ts";
import type { Random } from "../random.ts";
import { indices, sampleWithout, seededRandom } from "../random.ts";
import { requireCount, requireParameter } from "../refuse.ts";
import type { ThresholdOptions } from "../threshold.ts";
import { thresholdFor } from "../threshold.ts";

export interface IsolationForestBy {
  method: "isolation-forest";
  trees: number;
  /** Rows that each tree was grown from. */
  sample: number;
  seed: number;
}

export interface IsolationForestOptions extends ThresholdOptions {
  /** Default 100. */
  trees?: number;
  /** Rows for each tree, at least 2; default 256, or all if there are fewer. */
  sample?: number;
  /** Decides the trees; default 1. */
  seed?: number;
}

/**
 * How few random cuts it takes to be alone: a score of 2^(-depth / c), near 1 for rows that are soon alone, near 0.5 where all are alike. Units of the columns
 * do not matter. The threshold is 0.6 unless the options say otherwise. Approximate: another seed gives somewhat other scores.
 *
 * @throws MillraceError `MR-STAT-001` for a parameter out of range, `MR-STAT-002` for fewer than two finite rows
 * @see Liu, Ting and Zhou (2008), "Isolation Forest"
 */
export function isolationForest(matrix: Matrix, { trees = 100, sample = 256, seed = 1, ...options }: IsolationForestOptions = {}): Outliers<IsolationForestBy> {
  requireParameter(Number.isInteger(trees) && trees >= 1, "isolation forest, trees", `${trees}`, "give a whole number, at least 1");
  requireParameter(Number.isInteger(sample) && sample >= 2, "isolation forest, sample", `${sample}`, "give a whole number, at least 2");
  const usable = usableRows(matrix);
  requireCount(usable.finite.rows, 2, "isolation forest");
  const size = Math.min(sample, usable.finite.rows);
  const random = seededRandom(seed);
  const pool = indices(usable.finite.rows);
  const depths = new Float64Array(usable.finite.rows);
  for (let tree = 0; tree < trees; tree++) addDepths(usable.finite, grown(usable.finite, sampleWithout(random, pool, size), random), depths);
  const scores = scoresOfAll(matrix, usable, depths.map((depth) => 2 ** (-depth / trees / usualDepth(size))));
  return judge(scores, thresholdFor(scores, options, "isolation forest", () => 0.6), "above", { method: "isolation-forest", trees, sample: size, seed }, false);
}

/** A tree in arrays: node i cuts its column at a value and goes on to `below[i]` or `below[i] + 1`, or ends, where `below` is 0 and `value` the depth. */
interface Tree {
  column: number[];
  value: number[];
  below: number[];
}

/** Cuts rows apart at random until each is alone, equal to those with it, or as deep as a balanced tree would be. */
function grown(matrix: Matrix, rows: Uint32Array, random: Random): Tree {
  const tree: Tree = { column: [0], value: [0], below: [0] };
  const depthMax = Math.ceil(Math.log2(rows.length));
  const grow = (node: number, some: Uint32Array, depth: number): void => {
    const cut = depth < depthMax && some.length > 1 ? randomCut(matrix, some, random) : undefined;
    if (!cut) {
      // The cuts that it would take to part those that are left are counted as they usually are.
      tree.value[node] = depth + usualDepth(some.length);
      return;
    }
    const below = tree.column.length;
    tree.column.push(0, 0);
    tree.value.push(0, 0);
    tree.below.push(0, 0);
    [tree.column[node], tree.value[node], tree.below[node]] = [cut.column, cut.value, below];
    const isBelow = (row: number): boolean => matrix.values[row * matrix.columns + cut.column] <= cut.value;
    grow(below, some.filter(isBelow), depth + 1);
    grow(below + 1, some.filter((row) => !isBelow(row)), depth + 1);
  };
  grow(0, rows, 0);
  return tree;
}

/** A value between the least and the greatest of a column in which the rows differ; none when they are all equal. */
function randomCut({ values, columns }: Matrix, rows: Uint32Array, random: Random): { column: number; value: number } | undefined {
  const order = indices(columns);
  for (let tried = 0; tried < columns; tried++) {
    const at = tried + random.below(columns - tried);
    const column = order[at];
    order[at] = order[tried];
    let [least, greatest] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    for (const row of rows) {
      const value = values[row * columns + column];
      if (value < least) least = value;
      if (value > greatest) greatest = value;
    }
    if (least === greatest) continue;
    // Halved, for the difference may be beyond the largest number; below the greatest, so that either side has a row.
    const value = 2 * (least / 2 + random.uniform() * (greatest / 2 - least / 2));
    return { column, value: value < greatest ? value : least };
  }
  return undefined;
}

function addDepths({ values, rows, columns }: Matrix, tree: Tree, depths: Float64Array): void {
  const column = Uint32Array.from(tree.column);
  const value = Float64Array.from(tree.value);
  const below = Uint32Array.from(tree.below);
  for (let row = 0; row < rows; row++) {
    let node = 0;
    while (below[node] > 0) node = values[row * columns + column[node]] <= value[node] ? below[node] : below[node] + 1;
    depths[row] += value[node];
  }
}

const eulerGamma = 0.5772156649015329;

/** c(n): the mean depth of a search that fails in a binary tree over n values. */
function usualDepth(n: number): number {
  if (n <= 1) return 0;
  return n === 2 ? 1 : 2 * (Math.log(n - 1) + eulerGamma) - (2 * (n - 1)) / n;
}
