import type { Accumulator } from "./accumulator.ts";
import type { BatchColumns, NumberColumn } from "./batch-columns.ts";
import type { Pairs } from "./pairs.ts";
import type { StateReader, StateWriter } from "./state-codec.ts";
import { ValueLists } from "./value-lists.ts";

/** All values of a field, for exact quantiles. Its state entries hold only the values that are new. */
export class Values implements Accumulator {
  readonly #field: string;
  readonly #lists = new ValueLists();
  #column: NumberColumn | undefined;
  #sorted = new Float64Array(1_024);
  #sortedSlot = -1;
  #sortedCount = -1;

  constructor(field: string) {
    this.#field = field;
  }

  grow(capacity: number): void {
    this.#lists.grow(capacity);
  }

  open(slot: number): void {
    this.#forget(slot);
    this.#lists.open(slot);
  }

  close(slot: number): void {
    this.#forget(slot);
    this.#lists.close(slot);
  }

  #forget(slot: number): void {
    if (slot === this.#sortedSlot) this.#sortedSlot = -1;
  }

  bind(columns: BatchColumns): void {
    this.#column = columns.numbers(this.#field);
  }

  add({ rows, slots, count }: Pairs): void {
    if (!this.#column) return;
    const { values, valid } = this.#column;
    const lists = this.#lists;
    for (let p = 0; p < count; p++) if (!valid || valid[rows[p]]) lists.push(slots[p], values[rows[p]]);
  }

  merge(into: number, from: number): void {
    const values = new Float64Array(this.#lists.count(from));
    this.#lists.copyAll(from, values, 0);
    for (const value of values) this.#lists.push(into, value);
  }

  write(slots: Int32Array, out: StateWriter): void {
    const counts = Int32Array.from(slots, (slot) => this.#lists.countNew(slot));
    const values = new Float64Array(counts.reduce((sum, count) => sum + count, 0));
    let at = 0;
    for (const slot of slots) at = this.#lists.copyNew(slot, values, at);
    out.numbers(counts);
    out.numbers(values);
  }

  unwrite(slots: Int32Array): void {
    for (const slot of slots) this.#lists.unmark(slot);
  }

  read(slots: Int32Array, state: StateReader): void {
    const counts = state.numbers(slots.length);
    const values = state.numbers(counts.reduce((sum, count) => sum + count, 0));
    let at = 0;
    for (let i = 0; i < slots.length; i++) {
      for (let left = counts[i]; left > 0; left--) this.#lists.push(slots[i], values[at++]);
      this.#lists.mark(slots[i]);
    }
  }

  /** The value below which the share `q` of the slot's values lies, between the two nearest; null when there are none. */
  quantile(slot: number, q: number): number | null {
    const count = this.#lists.count(slot);
    if (count === 0) return null;
    const sorted = this.#sort(slot, count);
    const rank = (count - 1) * q;
    const low = sorted[Math.floor(rank)];
    const high = sorted[Math.ceil(rank)];
    return interpolate(low, high, rank - Math.floor(rank));
  }

  /** Sorted once for all quantiles of the slot. */
  #sort(slot: number, count: number): Float64Array {
    if (this.#sortedSlot !== slot || this.#sortedCount !== count) {
      if (this.#sorted.length < count) this.#sorted = new Float64Array(count * 2);
      this.#lists.copyAll(slot, this.#sorted, 0);
      this.#sorted.subarray(0, count).sort();
      this.#sortedSlot = slot;
      this.#sortedCount = count;
    }
    return this.#sorted;
  }
}

function interpolate(low: number, high: number, share: number): number {
  // Between two infinities of one sign there is no distance to take a share of.
  return low === high || share === 0 ? low : low * (1 - share) + high * share;
}
