import type { Pairs } from "./pairs.ts";

/** The records of a batch, as windows need them. */
export interface Records {
  count: number;
  /** Event times, milliseconds. */
  times: Float64Array;
  /** Group numbers, or `noGroup`. */
  groups: Int32Array;
}

/** What windows tell while they place records. */
export interface Placing {
  /** All windows of the record are closed. `windowEnd`: the end of the last of them, milliseconds. */
  late(row: number, windowEnd: number): void;
  /** The record's event time lies outside the range that timestamps have. */
  timeless(row: number): void;
  /** The pairs so far must be counted now, since slots are about to merge. Empties them. */
  flush(): void;
  /** The figures of slot `from` join those of `into`; then `from` is closed. */
  merge(into: number, from: number): void;
  /** A slot for the group in a window that starts there. */
  open(group: number, start: number): number;
}

/** One kind of window: where records belong, and when a window is over. */
export interface Windowing {
  /**
   * Places records from `from` on until the pairs are full.
   * @returns the first record that is not placed yet
   */
  place(records: Records, from: number, pairs: Pairs): number;
  /** The end of the slot's window, as results show it. */
  endOf(slot: number): number;
  /** Takes out the slots whose windows are over at the watermark, in the order of their results. */
  close(watermark: number): Int32Array;
  /** These pairs have been counted: none of their records was refused. */
  counted?(pairs: Pairs): void;
  /** Slots whose results are due although their windows stay open, in the order of the results. */
  due?(): Int32Array;
  /** No result that starts before this will come any more once the watermark is there. */
  resultsFrom(watermark: number): number;
  /** The highest watermark up to `nowMs` that closes a window; minus infinity when none does. */
  closableBy(nowMs: number): number;
  /** Slots have been restored, as they were at the watermark: finds its way among them again. */
  rebuild(watermark: number): void;
}

const dateMax = 8.64e15;

/** Whether a window of `spanMs` around the time can be written as timestamps. False for NaN. */
export const inRange = (time: number, spanMs: number): boolean => time >= spanMs - dateMax && time <= dateMax - spanMs;
