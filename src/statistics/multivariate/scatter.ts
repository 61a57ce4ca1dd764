import { MillraceError } from "../../errors.ts";
import type { Matrix } from "../matrix.ts";

/** Where rows lie and how they spread, ready to measure distances by. */
export interface Scatter {
  /** The mean of each column. */
  location: Float64Array;
  /** The covariance matrix, over n - 1, row-major. */
  covariance: Float64Array;
  /** The inverse of its lower Cholesky factor: what turns a deviation into independent parts of variance 1. */
  whiten: Float64Array;
  /** The natural logarithm of its determinant. */
  logDeterminant: number;
}

/** Rows that spread in some directions only: a column that follows from those before it (a constant one follows from nothing), and its variance. */
export interface Dependent {
  dependent: number;
  variance: number;
}

/** Columns that the earlier ones explain but for this share of their variance count as following from them: rounding leaves no more. */
const independentMin = 1e-12;

/**
 * Mean and covariance of the rows in `subset`, of all when there is none; in two passes, so that a large mean takes no digits from the spread.
 */
export function scatterOf({ values, rows, columns: p }: Matrix, subset?: Uint32Array): Scatter | Dependent {
  const n = subset?.length ?? rows;
  const location = new Float64Array(p);
  const covariance = new Float64Array(p * p);
  for (let i = 0; i < n; i++) {
    const at = (subset ? subset[i] : i) * p;
    for (let a = 0; a < p; a++) location[a] += values[at + a];
  }
  for (let a = 0; a < p; a++) location[a] /= n;
  const deviation = new Float64Array(p);
  for (let i = 0; i < n; i++) {
    const at = (subset ? subset[i] : i) * p;
    for (let a = 0; a < p; a++) {
      const d = values[at + a] - location[a];
      deviation[a] = d;
      for (let b = 0; b <= a; b++) covariance[a * p + b] += d * deviation[b];
    }
  }
  for (let a = 0; a < p; a++) for (let b = 0; b <= a; b++) covariance[a * p + b] = covariance[b * p + a] = covariance[a * p + b] / (n - 1);
  const factor = cholesky(covariance, p);
  return "dependent" in factor ? { ...factor, variance: covariance[factor.dependent * (p + 1)] } : { location, covariance, whiten: inverseLower(factor.lower, p), logDeterminant: factor.logDeterminant };
}

/** The same scatter with every covariance `by` times as large. */
export function scaledScatter({ location, covariance, whiten, logDeterminant }: Scatter, by: number): Scatter {
  return { location, covariance: covariance.map((x) => x * by), whiten: whiten.map((x) => x / Math.sqrt(by)), logDeterminant: logDeterminant + location.length * Math.log(by) };
}

/** The lower triangle L of L L^T = `symmetric`, or the first column that has nothing of its own. */
export function cholesky(symmetric: Float64Array, p: number): { lower: Float64Array; logDeterminant: number } | { dependent: number } {
  const lower = new Float64Array(p * p);
  let logDeterminant = 0;
  for (let a = 0; a < p; a++) {
    for (let b = 0; b <= a; b++) {
      let sum = symmetric[a * p + b];
      for (let k = 0; k < b; k++) sum -= lower[a * p + k] * lower[b * p + k];
      if (b < a) {
        lower[a * p + b] = sum / lower[b * p + b];
        continue;
      }
      // Written so that NaN, from squares beyond the largest number, ends here too.
      if (!(sum > independentMin * symmetric[a * p + a] && sum < Number.POSITIVE_INFINITY)) return { dependent: a };
      lower[a * p + a] = Math.sqrt(sum);
      logDeterminant += Math.log(sum);
    }
  }
  return { lower, logDeterminant };
}

function inverseLower(lower: Float64Array, p: number): Float64Array {
  const inverse = new Float64Array(p * p);
  for (let b = 0; b < p; b++) {
    inverse[b * p + b] = 1 / lower[b * p + b];
    for (let a = b + 1; a < p; a++) {
      let sum = 0;
      for (let k = b; k < a; k++) sum -= lower[a * p + k] * inverse[k * p + b];
      inverse[a * p + b] = sum / lower[a * p + a];
    }
  }
  return inverse;
}

/** The squared Mahalanobis distance of every row from the location, into `out`. */
export function squaredDistances({ values, rows, columns: p }: Matrix, { location, whiten }: Pick<Scatter, "location" | "whiten">, out = new Float64Array(rows)): Float64Array {
  const deviation = new Float64Array(p);
  for (let i = 0, at = 0; i < rows; i++, at += p) {
    let distance = 0;
    for (let a = 0; a < p; a++) {
      deviation[a] = values[at + a] - location[a];
      let part = 0;
      for (let b = 0, w = a * p; b <= a; b++, w++) part += whiten[w] * deviation[b];
      distance += part * part;
    }
    out[i] = distance;
  }
  return out;
}

/** Refuses rows that do not spread in every direction. `which` says of what rows. */
export function requireScatter(scatter: Scatter | Dependent, which: string, where: string): Scatter {
  if (!("dependent" in scatter)) return scatter;
  throw new MillraceError("MR-STAT-003", {
    what: `${which} do not spread in every direction: column ${scatter.dependent} is constant, follows from the columns before it, or has a value so far out that rounding hides the others`,
    where,
    mend: "leave the column or the far value out, or give more rows than columns",
  });
}
