import type { ColumnType } from "../model/manifest.ts";
import type { Strings } from "./strings.ts";

/**
 * The values of one column, as typed arrays of at least `count` entries.
 * `valid[i] === 0` marks a null; absent means that there is none. What stands at a null's place is undefined.
 */
export type Vector =
  | { kind: "i32"; values: Int32Array; valid?: Uint8Array }
  | { kind: "f64"; values: Float64Array; valid?: Uint8Array }
  | { kind: "bool"; values: Uint8Array; valid?: Uint8Array }
  | { kind: "str"; codes: Int32Array; dictionary: Strings; valid?: Uint8Array };

export interface BatchColumn {
  name: string;
  type: ColumnType;
  vector: Vector;
}

/**
 * Records side by side: the form in which they are held, sent and stored between stages.
 * A batch describes itself: the columns' names and types travel with it, so that any reader can show it.
 */
export interface Batch {
  count: number;
  columns: BatchColumn[];
  /** Event time of each record, milliseconds since 1970 UTC, fractions allowed. */
  eventTime: Float64Array;
  /** The key of each record as text (see `keyText`); null where the record has none. Absent: no record has one. */
  keys?: Extract<Vector, { kind: "str" }>;
  /** Ordered pairs of name and value of each record, as JSON text. Absent: no record has any. */
  headers?: Extract<Vector, { kind: "str" }>;
  /** 1 where the record deletes its key in a compacted topic; its columns are all null. */
  tombstones?: Uint8Array;
  /**
   * Offset of each record from the first that the entry in the log began with, growing; compaction leaves gaps.
   * Absent: 0 to `count - 1`. Only the log writes it: a batch that is written again gets offsets of its own.
   */
  offsets?: Int32Array;
}

/** Index of the first record at or after `relative`, an offset counted from the entry's first; `count` where none is. */
export function indexAtOffset({ count, offsets }: Batch, relative: number): number {
  if (!offsets) return Math.max(0, Math.min(count, relative));
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (offsets[middle] < relative) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A header of a record. Names may repeat; order is kept. */
export type Header = readonly [name: string, value: string];
