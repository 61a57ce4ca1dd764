/** What one unit is of another: the factor, and the two. */
const units: readonly (readonly [factor: number, text: string])[] = [
  [100, "a whole and its hundredths, as francs and centimes, or a share and per cent"],
  [1_000, "a unit and its thousandths, as kilograms and grams"],
  [1_000_000, "a unit and its millionths"],
  [60, "minutes and seconds, or hours and minutes"],
  [3_600, "hours and seconds"],
  [24, "days and hours"],
  [1.609344, "miles and kilometres"],
  [3.28084, "metres and feet"],
  [2.54, "inches and centimetres"],
  [2.204623, "kilograms and pounds"],
  [4.546092, "gallons and litres"],
];

/** How far quantiles may be from the factor: of small ones less, for two populations differ by as much soon. */
const toleranceOf = (factor: number): number => (factor < 10 ? 0.05 : 0.25);

export interface UnitFactor {
  text: string;
  /** Values of the second are so many times those of the first. */
  factor: number;
  /** And so much is added. */
  offset: number;
}

/**
 * By which units two columns of numbers seem to differ, from quantiles of their values; undefined where none that is known fits all of them.
 * @param a - quantiles at the same shares as `b`
 */
export function unitFactor(a: readonly number[], b: readonly number[]): UnitFactor | undefined {
  if (a.length !== b.length || !a.every(Number.isFinite) || !b.every(Number.isFinite)) return undefined;
  for (const [factor, text] of units) {
    for (const each of [factor, 1 / factor]) if (fits(a, b, each, toleranceOf(factor))) return { text, factor: each, offset: 0 };
  }
  const isFahrenheit = (celsius: readonly number[], other: readonly number[]): boolean => celsius.every((value, i) => Math.abs(value * 1.8 + 32 - other[i]) <= 0.1 * Math.max(1, other[other.length - 1] - other[0]));
  const text = "degrees Celsius and Fahrenheit";
  if (spread(a) > 0 && isFahrenheit(a, b)) return { text, factor: 1.8, offset: 32 };
  return spread(b) > 0 && isFahrenheit(b, a) ? { text, factor: 1 / 1.8, offset: -32 / 1.8 } : undefined;
}

const spread = (values: readonly number[]): number => values[values.length - 1] - values[0];

/** Of columns of one value nothing can be told. */
function fits(a: readonly number[], b: readonly number[], factor: number, tolerance: number): boolean {
  const ratios = a.flatMap((value, i) => (value === 0 ? [] : [b[i] / value / factor]));
  return ratios.length >= 3 && spread(a) > 0 && ratios.every((ratio) => Math.abs(ratio - 1) <= tolerance);
}
