/*
 * What a snapshot's summary says beside what every Iceberg engine writes there. All values are text.
 *
 * - `millrace.run`, `millrace.dag`, `millrace.task`: what made the rows
 * - `millrace.interval`: `start/end` of the data interval, ISO 8601
 * - `millrace.release`: the release whose code or statement ran
 * - `millrace.inputs`: JSON object, by table the id of the snapshot that was read, null where it had none
 * - `millrace.input-columns`: JSON object, by table a digest of the columns under which it was read
 */
import type { Snapshot } from "./table-metadata.ts";

/** Of the attempt that made the snapshot; an attempt makes one snapshot at most. */
export const attemptKey = "millrace.attempt";

/** Where in its input topics the table stands, as JSON: `TablePosition[]`. Every later snapshot of a branch carries it on. */
export const positionsKey = "millrace.positions";

/** Of a model's table: which data intervals are filled, as `model-intervals.ts` has it. Every later snapshot carries it on. */
export const intervalsKey = "millrace.intervals";

/**
 * Of a table that is loaded from files: the address of the file that says which of them it holds, as `bookmark.ts` has it. The file
 * stays for as long as a snapshot names it. Every later snapshot carries it on.
 */
export const bookmarkKey = "millrace.bookmark";

/** What a snapshot takes over from the one before it, whoever makes it. */
export function carried(parent: Snapshot | undefined): Record<string, string> {
  const pairs = [positionsKey, intervalsKey, bookmarkKey].map((key): [string, string | undefined] => [key, parent?.summary[key]]);
  return Object.fromEntries(pairs.filter((pair): pair is [string, string] => pair[1] !== undefined));
}

/** `compact` where files were joined and no row changed. */
export const operationKey = "millrace.operation";

/** How many rows a merge inserted, put in place of others, and found as they were. */
export const insertedKey = "millrace.rows-inserted";
export const updatedKey = "millrace.rows-updated";
export const unchangedKey = "millrace.rows-unchanged";
