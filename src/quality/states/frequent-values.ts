import { valuesMax } from "./state-sql.ts";

/** A value as text, and how many rows have it. */
export type CountedValue = [text: string, count: number];

/**
 * Values with their counts. Complete, they are all that there are, and the counts are exact. Otherwise they are the frequent ones:
 * a count may miss up to `missingMax` rows, and a value that is not listed has at most so many.
 */
export interface FrequentValues {
  /** The most frequent first; equals by their text. */
  values: CountedValue[];
  complete: boolean;
  missingMax: number;
}

/** Kept of those that are not complete. */
const frequentMax = 200;

export const noValues: FrequentValues = { values: [], complete: true, missingMax: 0 };

export function frequentOf(values: Iterable<CountedValue>, complete: boolean, missingMax: number): FrequentValues {
  const sorted = [...values].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : a > b ? 1 : 0));
  if (complete && sorted.length <= valuesMax) return { values: sorted, complete, missingMax: 0 };
  // What is cut off is no longer known to be there.
  const cut = sorted[frequentMax]?.[1] ?? 0;
  return { values: sorted.slice(0, frequentMax), complete: false, missingMax: Math.max(missingMax, complete ? cut : missingMax + cut) };
}

/** Of both together. What one has not listed may be there as often as its bound says. */
export function mergeFrequent(a: FrequentValues, b: FrequentValues): FrequentValues {
  const counts = new Map(a.values);
  for (const [text, count] of b.values) counts.set(text, (counts.get(text) ?? 0) + count);
  return frequentOf(counts, a.complete && b.complete, a.missingMax + b.missingMax);
}
