import type { GroupTable } from "./group-table.ts";
import { type Pairs, pairsMax } from "./pairs.ts";
import type { Slots } from "./slots.ts";
import { type Placing, type Records, type Windowing, inRange } from "./windowing.ts";
import { WindowSlots } from "./window-slots.ts";

export interface TimeWindowShape {
  sizeMs: number;
  /** From one start to the next; `sizeMs` for windows that do not overlap. */
  advanceMs: number;
  latenessMs: number;
}

/** Windows in which one record may be. More would be a mistake in the units, and would not fit the pairs. */
export const windowsPerRecordMax = 10_000;
if (windowsPerRecordMax > pairsMax) throw new RangeError("a record's windows must fit the pairs");

/**
 * Windows `[start, start + size)` whose starts are multiples of `advance` since 1970 UTC, and so are those before 1970.
 * A window is over when the watermark reaches its end and lateness: no record below the watermark comes any more.
 */
export class TimeWindows implements Windowing {
  readonly #shape: TimeWindowShape;
  readonly #slots: Slots;
  readonly #groups: GroupTable;
  readonly #placing: Placing;
  readonly #open = new Map<number, WindowSlots>();
  /** No open window closes before this watermark. */
  #nextClose = Infinity;
  #watermark = -Infinity;
  /** Windows not over for times in `[#from, #until)`, the last place looked at: neighbours mostly share them. */
  #current: WindowSlots[] = [];
  #from = NaN;
  #until = NaN;
  /** End of the last window that holds these times. */
  #lastEnd = NaN;

  constructor(shape: TimeWindowShape, slots: Slots, groups: GroupTable, placing: Placing) {
    this.#shape = shape;
    this.#slots = slots;
    this.#groups = groups;
    this.#placing = placing;
  }

  place({ count, times, groups }: Records, from: number, pairs: Pairs): number {
    for (let row = from; row < count; row++) {
      const time = times[row];
      const group = groups[row];
      if (group < 0) continue;
      if (!(time >= this.#from && time < this.#until) && !this.#goTo(time)) {
        this.#placing.timeless(row);
        continue;
      }
      const windows = this.#current;
      if (windows.length === 0) this.#placing.late(row, this.#lastEnd);
      if (!pairs.fits(windows.length)) return row;
      for (let w = 0; w < windows.length; w++) {
        const slot = windows[w].find(group);
        pairs.push(row, slot < 0 ? this.#openSlot(windows[w], group) : slot);
      }
    }
    return count;
  }

  #openSlot(window: WindowSlots, group: number): number {
    const slot = this.#placing.open(group, window.start);
    window.add(slot);
    return slot;
  }

  /** Finds the windows around a time. False when there can be none. */
  #goTo(time: number): boolean {
    const { sizeMs, advanceMs } = this.#shape;
    if (!inRange(time, sizeMs + advanceMs)) return false;
    const last = multipleUpTo(time, advanceMs);
    const first = multipleUpTo(time - sizeMs, advanceMs) + advanceMs;
    this.#from = Math.max(last, first - advanceMs + sizeMs);
    this.#until = Math.min(last + advanceMs, first + sizeMs);
    this.#lastEnd = last + sizeMs;
    this.#current = [];
    for (let start = first; start <= last; start += advanceMs) if (this.#closesAt(start) > this.#watermark) this.#current.push(this.#window(start));
    return true;
  }

  #window(start: number): WindowSlots {
    let window = this.#open.get(start);
    if (window === undefined) {
      this.#open.set(start, (window = new WindowSlots(this.#slots, start)));
      this.#nextClose = Math.min(this.#nextClose, this.#closesAt(start));
    }
    return window;
  }

  #closesAt(start: number): number {
    return start + this.#shape.sizeMs + this.#shape.latenessMs;
  }

  endOf(slot: number): number {
    return this.#slots.start[slot] + this.#shape.sizeMs;
  }

  close(watermark: number): Int32Array {
    this.#watermark = Math.max(this.#watermark, watermark);
    this.#from = NaN;
    if (this.#nextClose > this.#watermark) return new Int32Array(0);
    const starts = [...this.#open.keys()].sort((a, b) => a - b);
    const over = starts.filter((start) => this.#closesAt(start) <= this.#watermark);
    const slots = over.map((start) => this.#take(start));
    this.#nextClose = over.length < starts.length ? this.#closesAt(starts[over.length]) : Infinity;
    return joined(slots);
  }

  #take(start: number): Int32Array {
    const window = this.#open.get(start) as WindowSlots;
    this.#open.delete(start);
    return inGroupOrder(window, this.#slots, this.#groups);
  }

  resultsFrom(watermark: number): number {
    const { sizeMs, advanceMs, latenessMs } = this.#shape;
    const over = watermark - sizeMs - latenessMs;
    // The start of the first window that is still to come.
    return Number.isFinite(over) ? multipleUpTo(over, advanceMs) + advanceMs : watermark;
  }

  closableBy(nowMs: number): number {
    let highest = -Infinity;
    if (this.#nextClose <= nowMs) for (const start of this.#open.keys()) if (this.#closesAt(start) <= nowMs) highest = Math.max(highest, this.#closesAt(start));
    return highest;
  }

  rebuild(watermark: number): void {
    this.#open.clear();
    this.#watermark = watermark;
    this.#nextClose = Infinity;
    this.#from = NaN;
    for (const slot of this.#slots.all()) this.#window(this.#slots.start[slot]).add(slot);
  }
}

/** The slots of a window by the values of their groups. */
export function inGroupOrder(window: WindowSlots, slots: Slots, groups: GroupTable): Int32Array {
  const ids = window.all().map((slot) => slots.group[slot]);
  groups.sort(ids);
  return ids.map((group) => window.find(group));
}

function joined(parts: Int32Array[]): Int32Array {
  const all = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** The largest multiple of `step` that is at most `value`. A quotient rounded up must not carry it past the value. */
function multipleUpTo(value: number, step: number): number {
  const multiple = Math.floor(value / step) * step;
  return multiple > value ? multiple - step : multiple;
}
