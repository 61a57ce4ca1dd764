import { grown } from "./grown.ts";
import type { GroupTable } from "./group-table.ts";
import type { Pairs } from "./pairs.ts";
import type { Slots } from "./slots.ts";
import { inGroupOrder } from "./time-windows.ts";
import { type Placing, type Records, type Windowing, inRange } from "./windowing.ts";
import { WindowSlots } from "./window-slots.ts";

/** No windows: one state per group that is never over. The groups that an epoch changed are due at its end. */
export class Running implements Windowing {
  readonly #slots: Slots;
  readonly #groups: GroupTable;
  readonly #placing: Placing;
  #all: WindowSlots;
  #due: WindowSlots;
  #isDue = new Uint8Array(1_024);

  constructor(slots: Slots, groups: GroupTable, placing: Placing) {
    this.#slots = slots;
    this.#groups = groups;
    this.#placing = placing;
    this.#all = new WindowSlots(slots, 0);
    this.#due = new WindowSlots(slots, 0);
  }

  place({ count, times, groups }: Records, from: number, pairs: Pairs): number {
    for (let row = from; row < count; row++) {
      if (groups[row] < 0) continue;
      if (!inRange(times[row], 0)) {
        this.#placing.timeless(row);
        continue;
      }
      if (!pairs.fits(1)) return row;
      pairs.push(row, this.#slotOf(groups[row]));
    }
    return count;
  }

  #slotOf(group: number): number {
    const known = this.#all.find(group);
    if (known >= 0) return known;
    const slot = this.#placing.open(group, 0);
    this.#all.add(slot);
    return slot;
  }

  counted({ slots, count }: Pairs): void {
    for (let p = 0; p < count; p++) if (!this.#isDue[slots[p]]) this.#makeDue(slots[p]);
  }

  #makeDue(slot: number): void {
    while (slot >= this.#isDue.length) this.#isDue = grown(this.#isDue, this.#isDue.length * 2);
    this.#isDue[slot] = 1;
    this.#due.add(slot);
  }

  closableBy(): number {
    return -Infinity;
  }

  endOf(slot: number): number {
    return this.#slots.latest[slot];
  }

  close(): Int32Array {
    return new Int32Array(0);
  }

  due(): Int32Array {
    if (this.#due.count === 0) return new Int32Array(0);
    const slots = inGroupOrder(this.#due, this.#slots, this.#groups);
    for (const slot of slots) this.#isDue[slot] = 0;
    this.#due = new WindowSlots(this.#slots, 0);
    return slots;
  }

  resultsFrom(watermark: number): number {
    return watermark;
  }

  rebuild(): void {
    this.#all = new WindowSlots(this.#slots, 0);
    for (const slot of this.#slots.all()) this.#all.add(slot);
  }
}
