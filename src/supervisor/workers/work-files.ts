import type { Work } from "../../scheduler/executor.ts";
import type { StoredResult } from "../../state/run-store.ts";

/** Keys of the files that an attempt reads: results of others that are too large for a row. */
export function filesOf({ inputs, list, previous }: Work): string[] {
  const results: (StoredResult | null | undefined)[] = [...Object.values(inputs).flat(), list, previous];
  return [...new Set(results.flatMap((result) => (result && "file" in result ? [result.file] : [])))];
}
