import { valuesMax } from "./state-sql.ts";

/** A value as text, and how many rows have it. */
export type CountedValue = [text: string, count: number];

/**
 * Values with their counts. Complete, they are all that there are, and the counts are exact. Otherwise they are the frequent ones:
 * a count may miss up to `missingMax` rows, and a value that is not listed has at most so many.
 */
export interface FrequentValues {
  /** In no order. */
  counts: ReadonlyMap<string, number>;
  complete: boolean;
  missingMax: number;
}

/** Kept of those that are not complete. */
const frequentMax = 200;

export const noValues: FrequentValues = { counts: new Map(), complete: true, missingMax: 0 };

/** The most frequent first; equals by their text. */
export function mostFrequent({ counts }: FrequentValues): CountedValue[] {
  return [...counts].sort(([a, m], [b, n]) => n - m || (a < b ? -1 : a > b ? 1 : 0));
}

/** @param counts - complete ones that are more than `valuesMax` become the frequent ones */
export function frequentValues(counts: ReadonlyMap<string, number>, complete: boolean, missingMax: number): FrequentValues {
  if (counts.size <= (complete ? valuesMax : frequentMax)) return { counts, complete, missingMax };
  const sorted = mostFrequent({ counts, complete, missingMax });
  // What is cut off is no longer known to be there.
  return { counts: new Map(sorted.slice(0, frequentMax)), complete: false, missingMax: missingMax + sorted[frequentMax][1] };
}

/** Of both together. What one has not listed may be there as often as its bound says. */
export function mergeFrequent(a: FrequentValues, b: FrequentValues): FrequentValues {
  const counts = new Map(a.counts);
  for (const [text, count] of b.counts) counts.set(text, (counts.get(text) ?? 0) + count);
  return frequentValues(counts, a.complete && b.complete, a.missingMax + b.missingMax);
}
