/** The middle of the values, which must be at least one. */
export function median(values: readonly number[]): number {
  return quantile(values, 0.5);
}

/** @param q - 0 to 1, inclusive; the nearest value is given, none between two */
export function quantile(values: readonly number[], q: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

export const sum = (values: readonly number[]): number => values.reduce((all, value) => all + value, 0);

/** (max - min) / median: how far runs of the same work lie apart. */
export function spread(values: readonly number[]): number {
  return (Math.max(...values) - Math.min(...values)) / median(values);
}

/** Four digits that mean something: a benchmark on a shared machine has no more. */
export const rounded = (value: number): number => Number(value.toPrecision(4));
