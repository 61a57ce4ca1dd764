import type { ColumnState } from "../states/column-state.ts";
import { type CountedValue, mostFrequent } from "../states/frequent-values.ts";

/** Texts of a column that can be looked at one by one. */
export interface TextSample {
  /** Each once. */
  texts: CountedValue[];
  /** Counts are of rows, and the texts are all that there are; or each is one of a sample of the different texts. */
  of: "rows" | "sampled texts";
}

export function textSample({ frequent, sample }: ColumnState): TextSample {
  if (frequent.complete) return { texts: mostFrequent(frequent), of: "rows" };
  return { texts: Array.from(new Set(Array.from(sample.values(), ({ text }) => text)), (text): CountedValue => [text, 1]), of: "sampled texts" };
}

/** The share of the texts, as they count, of which something holds. */
export function shareOf({ texts }: TextSample, holds: (text: string) => boolean): number {
  let [all, held] = [0, 0];
  for (const [text, count] of texts) {
    all += count;
    if (holds(text)) held += count;
  }
  return all === 0 ? 0 : held / all;
}
