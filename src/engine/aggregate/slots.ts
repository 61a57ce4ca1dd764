import { grown } from "./grown.ts";
import type { Pairs } from "./pairs.ts";

const live = 1;
/** The state on disk knows the slot. */
const known = 2;
/** Changed since the last state entry. */
const changed = 4;

/** What is kept beside the slots, in arrays of its own. */
export interface SlotArrays {
  grow(capacity: number): void;
  /** The slot begins anew, empty. */
  open(slot: number): void;
  /** The slot's state is of no more use. */
  close?(slot: number): void;
}

/** What has changed since the last state entry. */
export interface SlotChanges {
  /** Slots that the state knows and that are closed. They come first: their numbers may have been given out again. */
  closed: Int32Array;
  /** Slots that the state does not know yet. */
  opened: Int32Array;
  /** Slots whose state differs, the opened ones included. */
  changed: Int32Array;
}

/**
 * A slot is the state of one group in one window. Slots have small numbers, given out again once closed, and their state
 * lies in arrays by that number: no object stands for a slot.
 */
export class Slots {
  group = new Int32Array(capacityMin);
  /** Start of the window; for a session the event time of its first record. Milliseconds. */
  start = new Float64Array(capacityMin);
  /** Highest event time among the slot's records. */
  latest = new Float64Array(capacityMin);
  /** Records. A slot whose only records were refused has none. */
  rows = new Float64Array(capacityMin);
  #flags = new Uint8Array(capacityMin);
  #arrays: SlotArrays[] = [];
  #free: number[] = [];
  #size = 0;
  #open = 0;
  #changed = new Int32Array(capacityMin);
  #changedCount = 0;
  #closed: number[] = [];
  #restored = false;

  attach(arrays: readonly SlotArrays[]): void {
    this.#arrays.push(...arrays);
    for (const each of arrays) each.grow(this.group.length);
  }

  /** Open slots. */
  get open(): number {
    return this.#open;
  }

  /** Slot numbers are below this. */
  get size(): number {
    return this.#size;
  }

  isOpen(slot: number): boolean {
    return (this.#flags[slot] & live) !== 0;
  }

  add(group: number, start: number): number {
    if (this.#restored) this.#findFree();
    const slot = this.#free.pop() ?? this.#size++;
    this.#begin(slot, group, start);
    this.change(slot);
    return slot;
  }

  /** Opens a slot under the number that the state gives it. */
  addKnown(slot: number, group: number, start: number): void {
    this.#restored = true;
    this.#size = Math.max(this.#size, slot + 1);
    this.#begin(slot, group, start);
    this.#flags[slot] |= known;
  }

  #begin(slot: number, group: number, start: number): void {
    while (slot >= this.group.length) this.#grow();
    this.#flags[slot] |= live;
    this.#open++;
    this.group[slot] = group;
    this.start[slot] = start;
    this.latest[slot] = -Infinity;
    this.rows[slot] = 0;
    for (const each of this.#arrays) each.open(slot);
  }

  #grow(): void {
    const capacity = this.group.length * 2;
    this.group = grown(this.group, capacity);
    this.start = grown(this.start, capacity);
    this.latest = grown(this.latest, capacity);
    this.rows = grown(this.rows, capacity);
    this.#flags = grown(this.#flags, capacity);
    this.#changed = grown(this.#changed, capacity);
    for (const each of this.#arrays) each.grow(capacity);
  }

  remove(slot: number): void {
    if (this.#flags[slot] & known) this.#closed.push(slot);
    this.#flags[slot] &= ~(live | known);
    this.#free.push(slot);
    this.#open--;
    for (const each of this.#arrays) each.close?.(slot);
  }

  change(slot: number): void {
    if (this.#flags[slot] & changed) return;
    this.#flags[slot] |= changed;
    this.#changed[this.#changedCount++] = slot;
  }

  /** Counts the records of the pairs and notes their slots as changed. */
  count({ rows, slots, count }: Pairs, times: Float64Array): void {
    const { latest, rows: counts } = this;
    const flags = this.#flags;
    for (let p = 0; p < count; p++) {
      const slot = slots[p];
      const time = times[rows[p]];
      counts[slot]++;
      if (time > latest[slot]) latest[slot] = time;
      if (!(flags[slot] & changed)) this.change(slot);
    }
  }

  /** Makes one slot of two. What is in the arrays beside is merged by its owner. */
  merge(into: number, from: number): void {
    this.start[into] = Math.min(this.start[into], this.start[from]);
    this.latest[into] = Math.max(this.latest[into], this.latest[from]);
    this.rows[into] += this.rows[from];
    this.change(into);
  }

  get hasChanges(): boolean {
    return this.#changedCount > 0 || this.#closed.length > 0;
  }

  /** The changes since the last call of this or of `takeAll`. */
  takeChanges(): SlotChanges {
    const flags = this.#flags;
    const listed = this.#changed;
    const changedSlots = new Int32Array(this.#changedCount);
    const opened = new Int32Array(this.#changedCount);
    let count = 0;
    let openedCount = 0;
    for (let i = 0; i < this.#changedCount; i++) {
      const slot = listed[i];
      if (!(flags[slot] & live)) continue;
      changedSlots[count++] = slot;
      if (!(flags[slot] & known)) opened[openedCount++] = slot;
      flags[slot] |= known;
    }
    const closed = Int32Array.from(this.#closed);
    this.settle();
    return { closed, opened: opened.subarray(0, openedCount), changed: changedSlots.subarray(0, count) };
  }

  /** All open slots, as if the state knew none. */
  takeAll(): SlotChanges {
    const all = this.all();
    this.settle();
    for (const slot of all) this.#flags[slot] |= known;
    return { closed: new Int32Array(0), opened: all, changed: all };
  }

  all(): Int32Array {
    const all = new Int32Array(this.#open);
    for (let slot = 0, at = 0; slot < this.#size; slot++) if (this.isOpen(slot)) all[at++] = slot;
    return all;
  }

  /** What is here is what the state knows. */
  settle(): void {
    for (let i = 0; i < this.#changedCount; i++) this.#flags[this.#changed[i]] &= ~changed;
    this.#changedCount = 0;
    this.#closed = [];
  }

  /** Restoring opens slots out of turn; the numbers left between them are found once, when the first is needed. */
  #findFree(): void {
    this.#restored = false;
    this.#free = [];
    for (let slot = this.#size - 1; slot >= 0; slot--) if (!this.isOpen(slot)) this.#free.push(slot);
  }
}

const capacityMin = 1_024;
