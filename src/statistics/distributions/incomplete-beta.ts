import { continuedFraction } from "./continued-fraction.ts";
import type { Tails } from "./incomplete-gamma.ts";
import { betaPower } from "./saddle-point.ts";

/**
 * The regularised incomplete beta function I_x(a, b) and 1 - I_x(a, b), by the continued fraction 26.5.8 of Abramowitz and Stegun on the side of the mean
 * where it ends fast. Relative error of either below 1e-12 for a and b to 1e6 (held against SciPy).
 *
 * @param a - above 0
 * @param b - above 0
 * @param x - 0 to 1
 * @param y - 1 - x, which the caller may know with more digits
 */
export function incompleteBeta(a: number, b: number, x: number, y: number): Tails {
  if (x <= 0) return { lower: 0, upper: 1 };
  if (y <= 0) return { lower: 1, upper: 0 };
  if (x < (a + 1) / (a + b + 2)) {
    const lower = Math.min(1, betaPower(a, b, x, y) / a / fraction(a, b, x));
    return { lower, upper: 1 - lower };
  }
  const upper = Math.min(1, betaPower(b, a, y, x) / b / fraction(b, a, y));
  return { lower: 1 - upper, upper };
}

function fraction(a: number, b: number, x: number): number {
  return continuedFraction(1, (i) => {
    const m = i >>> 1;
    const odd = i % 2 === 1;
    const numerator = odd ? -((a + m) * (a + b + m)) / ((a + 2 * m) * (a + 2 * m + 1)) : (m * (b - m)) / ((a + 2 * m - 1) * (a + 2 * m));
    return [numerator * x, 1];
  });
}
