import type { Batch } from "../batch/batch.ts";
import type { StateEntry } from "../log/driver.ts";
import type { Collector } from "./collector.ts";

/** Records of one partition of one input, in order. */
export interface InputBatch {
  topic: string;
  partition: number;
  /** Offset of the first record, or of what it was cut from: `offsetAt` gives that of each. */
  offset: number;
  batch: Batch;
}

/**
 * What a stage does with its input. The runner owns reading, committing and state on disk; an operator only computes.
 * One instance serves one task, and is thrown away when the task moves or an epoch fails.
 */
export interface Operator {
  /** Takes back state, in the order it was written; before any `process`. */
  restore?(entry: StateEntry): void;
  /** Works on one batch. What it emits is committed together with the batch's position. */
  process(input: InputBatch, out: Collector): void | Promise<void>;
  /**
   * The batches of an epoch are done, and event time has come to `watermark`, milliseconds or minus infinity; called in
   * every epoch, also when the watermark stayed. No record below it comes any more, except late ones.
   */
  advance?(watermark: number, out: Collector): void | Promise<void>;
  /**
   * No input is active. Closes what the wall clock `nowMs` says is over; returns the event time up to which it is
   * closed now, or undefined when nothing was.
   */
  quiet?(nowMs: number, out: Collector): number | undefined;
  /**
   * How far event time has come for those who read what the stage writes, when it has come to `watermark` for the stage:
   * results of windows come after the records in them. Absent: as far.
   */
  resultsFrom?(watermark: number): number;
  /** State changed since the last call; undefined when none was. */
  delta?(): Uint8Array | undefined;
  /** All state, just after `delta`. Replaces the deltas before it; what comes later goes on from it and from them alike. */
  snapshot?(): Uint8Array;
  /** Groups and windows held open, for status. */
  readonly held?: number;
}
