import type { Matrix } from "../matrix.ts";
import { matrixOf } from "../matrix.ts";
import type { Random } from "../random.ts";
import { indices, sampleWithout } from "../random.ts";
import type { Scatter } from "./scatter.ts";
import { scatterOf, squaredDistances } from "./scatter.ts";
import { indicesOfSmallest } from "./smallest.ts";

/** Some rows, and the determinant of their covariance. Rows that lie on a plane have no scatter to go on with, and no determinant is smaller than theirs. */
interface Candidate {
  rows: Uint32Array;
  scatter?: Scatter;
  logDeterminant: number;
}

const groupRows = 300;
const groupsMax = 5;
const bestKept = 10;
const stepsMax = 100;

/**
 * The rows whose covariance has the smallest determinant that was found from `starts` random starts: FAST-MCD of Rousseeuw and Van Driessen (1999). Each
 * start takes two steps of concentration; the ten best go on to the end. More than 600 rows are searched in five groups of 300 first, the best of them in
 * those 1,500 rows together, the best of these in all rows.
 */
export function fastMcd(matrix: Matrix, h: number, starts: number, random: Random): Uint32Array {
  const candidates = matrix.rows > 2 * groupRows ? nested(matrix, h, starts, random) : best(fromStarts(matrix, h, starts, random));
  const ends = candidates.map((candidate) => (candidate.scatter ? concentrated(matrix, h, candidate.scatter, stepsMax) : candidate));
  return best(ends)[0].rows;
}

/** Searches groups of rows, then the groups together. What came to lie on a plane in some rows says nothing of all. */
function nested(matrix: Matrix, h: number, starts: number, random: Random): Candidate[] {
  const share = h / matrix.rows;
  const groups = groupsOf(matrix, random);
  const together = rowsOf(matrix, Uint32Array.from(groups.flatMap((group) => [...group])));
  const perGroup = groups.flatMap((group) => best(fromStarts(rowsOf(matrix, group), Math.ceil(share * group.length), Math.ceil(starts / groups.length), random)));
  const merged = perGroup.flatMap(({ scatter }) => (scatter ? [concentrated(together, Math.ceil(share * together.rows), scatter, 2)] : []));
  const found = best(merged.filter(({ scatter }) => scatter));
  return found.length > 0 ? found : best(fromStarts(matrix, h, bestKept, random));
}

function fromStarts(matrix: Matrix, h: number, starts: number, random: Random): Candidate[] {
  const pool = indices(matrix.rows);
  return Array.from({ length: starts }, () => {
    const scatter = randomStart(matrix, pool, random);
    return scatter ? concentrated(matrix, h, scatter, 2) : { rows: indices(h), logDeterminant: Number.NEGATIVE_INFINITY };
  });
}

/** A scatter of one row more than columns, of twice as many while those lie on a plane; none when all rows do. */
function randomStart(matrix: Matrix, pool: Uint32Array, random: Random): Scatter | undefined {
  for (let count = matrix.columns + 1; ; count = Math.min(2 * count, matrix.rows)) {
    const scatter = scatterOf(matrix, sampleWithout(random, pool, count));
    if (!("dependent" in scatter)) return scatter;
    if (count >= matrix.rows) return undefined;
  }
}

/** Takes the `h` rows nearest by the scatter, then those nearest by their own scatter, and so on: the determinant never grows. Ends when it stands still. */
function concentrated(matrix: Matrix, h: number, start: Scatter, steps: number): Candidate {
  const [distances, scratch] = [new Float64Array(matrix.rows), new Float64Array(matrix.rows)];
  let candidate: Candidate = { rows: new Uint32Array(), logDeterminant: Number.POSITIVE_INFINITY };
  let by = start;
  for (let step = 0; step < steps; step++) {
    const rows = indicesOfSmallest(squaredDistances(matrix, by, distances), h, scratch);
    const scatter = scatterOf(matrix, rows);
    if ("dependent" in scatter) return { rows, logDeterminant: Number.NEGATIVE_INFINITY };
    const stands = scatter.logDeterminant >= candidate.logDeterminant - 1e-12;
    candidate = { rows, scatter, logDeterminant: scatter.logDeterminant };
    by = scatter;
    if (stands) break;
  }
  return candidate;
}

/** The ten of the smallest determinants, each once. */
function best(candidates: Candidate[]): Candidate[] {
  const sorted = candidates.toSorted((a, b) => (a.logDeterminant < b.logDeterminant ? -1 : 1));
  return sorted.filter(({ logDeterminant }, i) => i === 0 || logDeterminant > sorted[i - 1].logDeterminant + 1e-9).slice(0, bestKept);
}

function groupsOf(matrix: Matrix, random: Random): Uint32Array[] {
  const count = Math.min(groupsMax, Math.floor(matrix.rows / groupRows));
  const rows = Math.min(groupRows, Math.floor(matrix.rows / count));
  const chosen = sampleWithout(random, indices(matrix.rows), count * rows);
  return Array.from({ length: count }, (_, i) => chosen.slice(i * rows, (i + 1) * rows));
}

function rowsOf({ values, columns }: Matrix, rows: Uint32Array): Matrix {
  const out = new Float64Array(rows.length * columns);
  for (const [to, from] of rows.entries()) out.set(values.subarray(from * columns, (from + 1) * columns), to * columns);
  return matrixOf(out, columns);
}
