/**
 * The chance of a value above `x` under Kolmogorov's distribution: of sqrt(n) D as n grows (Kolmogorov 1933). By the alternating series, and below 1 by its
 * theta transform, which ends as fast there. Absolute error below 1e-15.
 */
export function kolmogorovUpper(x: number): number {
  if (!(x > 0)) return x <= 0 ? 1 : Number.NaN;
  if (x < 1) {
    let sum = 0;
    for (let k = 1; k <= 9; k += 2) sum += Math.exp(-((k * Math.PI) ** 2) / (8 * x * x));
    return 1 - (Math.sqrt(2 * Math.PI) / x) * sum;
  }
  let sum = 0;
  for (let k = 1; k <= 5; k++) sum += (k % 2 === 1 ? 2 : -2) * Math.exp(-2 * k * k * x * x);
  return sum;
}
