import type { Slots } from "./slots.ts";

/**
 * The slots of one window by group: a hash table of slot numbers, whose size follows the groups that the window has, not
 * those that there are.
 */
export class WindowSlots {
  readonly #slots: Slots;
  readonly start: number;
  /** Slot number plus one; 0: empty. */
  #table = new Int32Array(16);
  #shift = 28;
  #count = 0;

  constructor(slots: Slots, start: number) {
    this.#slots = slots;
    this.start = start;
  }

  get count(): number {
    return this.#count;
  }

  /** The group's slot, or -1. */
  find(group: number): number {
    const { group: groupOf } = this.#slots;
    const table = this.#table;
    const mask = table.length - 1;
    for (let at = Math.imul(group, golden) >>> this.#shift; ; at = (at + 1) & mask) {
      const slot = table[at] - 1;
      if (slot < 0 || groupOf[slot] === group) return slot;
    }
  }

  /** The slot's group must not have one yet. */
  add(slot: number): void {
    if (++this.#count * 2 > this.#table.length) this.#grow();
    this.#place(slot);
  }

  #place(slot: number): void {
    const mask = this.#table.length - 1;
    let at = Math.imul(this.#slots.group[slot], golden) >>> this.#shift;
    while (this.#table[at] !== 0) at = (at + 1) & mask;
    this.#table[at] = slot + 1;
  }

  #grow(): void {
    const old = this.#table;
    this.#table = new Int32Array(old.length * 2);
    this.#shift--;
    for (const entry of old) if (entry !== 0) this.#place(entry - 1);
  }

  /** All slots, in no order that means anything. */
  all(): Int32Array {
    return this.#table.filter((entry) => entry !== 0).map((entry) => entry - 1);
  }
}

/** 2 ** 32 over the golden ratio: spreads neighbouring numbers evenly. */
const golden = 0x9e37_79b1;
