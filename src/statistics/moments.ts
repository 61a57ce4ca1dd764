/**
 * Count, mean and the sums of the second to fourth powers of deviations from it: what mean, variance, skewness and kurtosis follow from. States of parts
 * merge to the state of the whole, so that new data cost only themselves. A plain object: it may be stored as JSON.
 */
export interface Moments {
  count: number;
  mean: number;
  /** Sum of squared deviations from the mean. */
  m2: number;
  m3: number;
  m4: number;
}

export const noMoments: Moments = { count: 0, mean: 0, m2: 0, m3: 0, m4: 0 };

/** The state of the finite `values`; NaN and infinities are left out. Welford's (1962) one pass, with Pébay's (2008) higher powers. */
export function momentsOf(values: Float64Array): Moments {
  let [count, mean, m2, m3, m4] = [0, 0, 0, 0, 0];
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    count++;
    const delta = value - mean;
    const part = delta / count;
    const square = part * part;
    const term = delta * part * (count - 1);
    mean += part;
    m4 += term * square * (count * count - 3 * count + 3) + 6 * square * m2 - 4 * part * m3;
    m3 += term * part * (count - 2) - 3 * part * m2;
    m2 += term;
  }
  return { count, mean, m2, m3, m4 };
}

/** The state of both together (Pébay 2008, "Formulas for Robust, One-Pass Parallel Computation of Covariances and Arbitrary-Order Statistical Moments"). */
export function mergeMoments(a: Moments, b: Moments): Moments {
  if (a.count === 0) return b;
  if (b.count === 0) return a;
  const count = a.count + b.count;
  const delta = b.mean - a.mean;
  const [wa, wb] = [a.count / count, b.count / count];
  const mean = a.mean + delta * wb;
  const m2 = a.m2 + b.m2 + delta ** 2 * a.count * wb;
  const m3 = a.m3 + b.m3 + delta ** 3 * a.count * wb * (wa - wb) + 3 * delta * (wa * b.m2 - wb * a.m2);
  const m4 = a.m4 + b.m4 + delta ** 4 * a.count * wb * (wa * wa - wa * wb + wb * wb) + 6 * delta ** 2 * (wa * wa * b.m2 + wb * wb * a.m2) + 4 * delta * (wa * b.m3 - wb * a.m3);
  return { count, mean, m2, m3, m4 };
}

/** The sample's variance, over n - 1. NaN for fewer than two values. */
export function variance({ count, m2 }: Moments): number {
  return count < 2 ? Number.NaN : m2 / (count - 1);
}

/** The sample's standard deviation. NaN for fewer than two values. */
export function standardDeviation(moments: Moments): number {
  return Math.sqrt(variance(moments));
}

/** The third standardised moment, not corrected for bias (g1). NaN when all values are equal. */
export function skewness({ count, m2, m3 }: Moments): number {
  return (Math.sqrt(count) * m3) / m2 ** 1.5;
}

/** The fourth standardised moment less that of a normal distribution, not corrected for bias (g2). NaN when all values are equal. */
export function excessKurtosis({ count, m2, m4 }: Moments): number {
  return (count * m4) / (m2 * m2) - 3;
}
