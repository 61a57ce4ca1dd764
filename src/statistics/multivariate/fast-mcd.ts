import type { Matrix } from "../matrix.ts";
import { matrixOf } from "../matrix.ts";
import type { Random } from "../random.ts";
import { indices, sampleWithout } from "../random.ts";
import { determinantOfDependent } from "./flat.ts";
import type { Dependent, Scatter } from "./scatter.ts";
import { scatterOf, squaredDistances } from "./scatter.ts";
import { indicesOfSmallest } from "./smallest.ts";

/** Some rows, and the logarithm of the determinant of their covariance. Rows on a plane, and those with an outlier far out, have no scatter to go on with. */
interface Candidate {
  rows: Uint32Array;
  scatter?: Scatter;
  logDeterminant: number;
}

const groupRows = 300;
const groupsMax = 5;
const bestKept = 10;
/** Of many rows, so many candidates go to the end: after two steps in all rows their order hardly changes. */
const wholeKept = 2;
const stepsMax = 100;
/** A step that makes the logarithm of the determinant less by no more than this has come to the end. */
const stillMin = 1e-10;

/**
 * The rows whose covariance has the smallest determinant that was found from `starts` random starts: FAST-MCD of Rousseeuw and Van Driessen (1999). Each
 * start takes two steps of concentration; the ten best go on to the end. More than 600 rows are searched in up to five groups of 300 first, the best of them
 * go on in those rows together, and the best of these for two steps in all rows, the two best to the end.
 *
 * @param matrix - columns in units of their own robust spread, about 0
 */
export function fastMcd(matrix: Matrix, h: number, starts: number, random: Random): Uint32Array {
  const candidates = matrix.rows > 2 * groupRows ? best(furtherOn(matrix, h, nested(matrix, h, starts, random), 2), wholeKept) : best(fromStarts(matrix, h, starts, random), bestKept);
  return best(furtherOn(matrix, h, candidates, stepsMax), 1)[0].rows;
}

/**
 * Searches groups of rows, then goes to the end in the groups together, where it is cheap and most candidates become one. What came to lie on a plane in some
 * rows says nothing of all.
 */
function nested(matrix: Matrix, h: number, starts: number, random: Random): Candidate[] {
  const share = h / matrix.rows;
  const groups = groupsOf(matrix, random);
  const together = rowsOf(matrix, Uint32Array.from(groups.flatMap((group) => [...group])));
  const perGroup = groups.flatMap((group) => best(fromStarts(rowsOf(matrix, group), Math.ceil(share * group.length), Math.ceil(starts / groups.length), random), bestKept));
  const merged = furtherOn(together, Math.ceil(share * together.rows), perGroup.filter(({ scatter }) => scatter), stepsMax);
  const found = best(merged.filter(({ scatter }) => scatter), bestKept);
  return found.length > 0 ? found : fromStarts(matrix, h, bestKept, random);
}

function fromStarts(matrix: Matrix, h: number, starts: number, random: Random): Candidate[] {
  const pool = indices(matrix.rows);
  return Array.from({ length: starts }, () => {
    const start = randomStart(matrix, pool, random);
    return "dependent" in start ? { rows: indices(h), logDeterminant: determinantOfDependent(start.variance) } : concentrated(matrix, h, start, 2);
  });
}

function furtherOn(matrix: Matrix, h: number, candidates: Candidate[], steps: number): Candidate[] {
  return candidates.map((candidate) => (candidate.scatter ? concentrated(matrix, h, candidate.scatter, steps) : candidate));
}

/** A scatter of one row more than columns, of twice as many while those lie on a plane. */
function randomStart(matrix: Matrix, pool: Uint32Array, random: Random): Scatter | Dependent {
  for (let count = matrix.columns + 1; ; count = Math.min(2 * count, matrix.rows)) {
    const scatter = scatterOf(matrix, sampleWithout(random, pool, count));
    if (!("dependent" in scatter) || count >= matrix.rows) return scatter;
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
    if ("dependent" in scatter) return { rows, logDeterminant: determinantOfDependent(scatter.variance) };
    const stands = scatter.logDeterminant >= candidate.logDeterminant - stillMin;
    candidate = { rows, scatter, logDeterminant: scatter.logDeterminant };
    by = scatter;
    if (stands) break;
  }
  return candidate;
}

/** Those of the smallest determinants, each once. */
function best(candidates: Candidate[], count: number): Candidate[] {
  const sorted = candidates.toSorted((a, b) => (a.logDeterminant < b.logDeterminant ? -1 : 1));
  return sorted.filter(({ logDeterminant }, i) => i === 0 || logDeterminant > sorted[i - 1].logDeterminant + 1e-9).slice(0, count);
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
