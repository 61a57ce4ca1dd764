import type { BatchColumns } from "./batch-columns.ts";
import type { Pairs } from "./pairs.ts";
import type { SlotArrays } from "./slots.ts";
import type { StateReader, StateWriter } from "./state-codec.ts";

/**
 * One running figure per slot, in arrays by slot number. Aggregates that need the same figure share it.
 *
 * A restored accumulator goes on as if it had never stopped: what `write` gave for a slot since it was opened, read back
 * in the same order, is the slot's state, bit for bit.
 */
export interface Accumulator extends SlotArrays {
  /** Says which batch the rows of the following pairs are of. */
  bind(columns: BatchColumns, firstArrival: number): void;
  add(pairs: Pairs): void;
  /** Adds the state of `from` to that of `into`. `fromIsEarlier`: its window began before the other. */
  merge(into: number, from: number, fromIsEarlier: boolean): void;
  /** Writes the state of these slots, or what is new in it since the last call for the slot. */
  write(slots: Int32Array, out: StateWriter): void;
  read(slots: Int32Array, state: StateReader): void;
  /** Forgets what has been written: the next `write` gives all. */
  unwrite?(slots: Int32Array): void;
}
