import type { BatchColumn } from "../../batch/batch.ts";

/** The values of records one behind the other; `ends[i]` is where value `i` ends, and the next one begins. */
export interface EncodedValues {
  bytes: Uint8Array;
  ends: Int32Array;
}

/** Values among bytes: value `i` stands at `spans[2 * i]` to `spans[2 * i + 1]`; a begin of -1 is a record without one. */
export interface ValueSpans {
  bytes: Uint8Array;
  spans: Int32Array;
  /** The values from this one on... */
  from: number;
  /** ...up to this one. */
  to: number;
}

export interface DecodedValues {
  columns: BatchColumn[];
  /** What was wrong with each value that is no record of these columns, by its number counted from `from`. Its fields are null. */
  broken: Map<number, string>;
}
