import { requireCount, requireParameter } from "../refuse.ts";

/** What a profile keeps of a column: its quantiles at ascending probabilities, the least value at 0 and the greatest at 1. */
export interface QuantileSummary {
  /** How many values were summarised. */
  count: number;
  /** Ascending, from 0 to 1. */
  probabilities: ArrayLike<number>;
  /** The quantile at each probability, ascending; several may be equal. */
  values: ArrayLike<number>;
}

export function requireSummary({ count, probabilities, values }: QuantileSummary, method: string): void {
  requireCount(count, 1, method);
  const spans = probabilities.length === values.length && probabilities[0] === 0 && probabilities[probabilities.length - 1] === 1;
  const ascend = (numbers: ArrayLike<number>, least: number): boolean => Array.from(numbers).every((number, i) => !Number.isNaN(number) && (i === 0 || number - numbers[i - 1] >= least));
  requireParameter(spans && ascend(probabilities, Number.MIN_VALUE) && ascend(values, 0), `${method}, quantiles`, `${values.length} quantiles at ${probabilities.length} probabilities`, "give ascending probabilities from 0 to 1, and as many values, ascending");
}

/** The share of a summary's values up to `x`, linear between quantiles; where several are equal, the highest. */
export function shareOfSummaryUpTo({ probabilities, values }: QuantileSummary, x: number): number {
  let last = -1;
  while (last + 1 < values.length && values[last + 1] <= x) last++;
  if (last < 0) return 0;
  if (last === values.length - 1) return 1;
  const step = (x - values[last]) / (values[last + 1] - values[last]);
  return probabilities[last] + step * (probabilities[last + 1] - probabilities[last]);
}
