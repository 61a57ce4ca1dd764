import type { GroupTable } from "./group-table.ts";
import type { Pairs } from "./pairs.ts";
import type { Slots } from "./slots.ts";
import { type Placing, type Records, type Windowing, inRange } from "./windowing.ts";

export interface SessionShape {
  gapMs: number;
  latenessMs: number;
}

/**
 * Sessions: records of a group that follow each other within the gap, inclusive. A session reaches from its first to its
 * last record, so one of a single record starts where it ends. It is over when no record that is not late could still
 * join it: at the first whole millisecond past its end, gap and lateness.
 *
 * A record between two sessions makes one of them. A record out of order may start a session beside one that is over.
 * A record that an aggregate of the user's refuses still stretches its session: it was there.
 */
export class SessionWindows implements Windowing {
  readonly #shape: SessionShape;
  readonly #slots: Slots;
  readonly #groups: GroupTable;
  readonly #placing: Placing;
  /** Slots by group, by start. Mostly one. */
  #sessions: (number[] | undefined)[] = [];
  /** No session closes before this watermark. */
  #nextClose = Infinity;
  #watermark = -Infinity;

  constructor(shape: SessionShape, slots: Slots, groups: GroupTable, placing: Placing) {
    this.#shape = shape;
    this.#slots = slots;
    this.#groups = groups;
    this.#placing = placing;
  }

  place({ count, times, groups }: Records, from: number, pairs: Pairs): number {
    for (let row = from; row < count; row++) {
      const group = groups[row];
      if (group < 0) continue;
      if (!inRange(times[row], this.#shape.gapMs)) {
        this.#placing.timeless(row);
        continue;
      }
      if (!pairs.fits(1)) return row;
      const slot = this.#sessionOf(group, times[row]);
      if (slot < 0) this.#placing.late(row, times[row]);
      else pairs.push(row, slot);
    }
    return count;
  }

  /** The slot of the session that the time belongs to, made or merged where need be; -1 when it would be over already. */
  #sessionOf(group: number, time: number): number {
    const sessions = this.#sessions[group] ?? [];
    const after = this.#firstAfter(sessions, time);
    let first = after;
    while (first > 0 && this.#slots.latest[sessions[first - 1]] >= time - this.#shape.gapMs) first--;
    if (first === after) return this.#begin(sessions, after, group, time);
    const slot = after - first === 1 ? sessions[first] : this.#unite(sessions, first, after);
    this.#stretch(slot, time);
    return slot;
  }

  /** Index of the first session that starts too long after the time to be joined by it. */
  #firstAfter(sessions: number[], time: number): number {
    const { start } = this.#slots;
    const reach = time + this.#shape.gapMs;
    let high = sessions.length;
    if (high === 0 || start[sessions[high - 1]] <= reach) return high;
    let low = 0;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (start[sessions[middle]] <= reach) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #begin(sessions: number[], at: number, group: number, time: number): number {
    const closesAt = time + this.#reach;
    if (closesAt <= this.#watermark) return -1;
    this.#nextClose = Math.min(this.#nextClose, closesAt);
    const slot = this.#placing.open(group, time);
    this.#slots.latest[slot] = time;
    sessions.splice(at, 0, slot);
    this.#sessions[group] = sessions;
    return slot;
  }

  #stretch(slot: number, time: number): void {
    this.#slots.change(slot);
    if (time < this.#slots.start[slot]) this.#slots.start[slot] = time;
    if (time > this.#slots.latest[slot]) this.#slots.latest[slot] = time;
  }

  /** Makes one session of those from `first` (inclusive) to `after` (exclusive). The fewer records move. */
  #unite(sessions: number[], first: number, after: number): number {
    this.#placing.flush();
    const { rows } = this.#slots;
    const [slot, ...rest] = sessions.slice(first, after).sort((a, b) => rows[b] - rows[a]);
    for (const other of rest) this.#placing.merge(slot, other);
    sessions.splice(first, after - first, slot);
    return slot;
  }

  get #reach(): number {
    return this.#shape.gapMs + this.#shape.latenessMs + 1;
  }

  #closesAt(slot: number): number {
    return this.#slots.latest[slot] + this.#reach;
  }

  endOf(slot: number): number {
    return this.#slots.latest[slot];
  }

  close(watermark: number): Int32Array {
    this.#watermark = Math.max(this.#watermark, watermark);
    if (this.#nextClose > this.#watermark) return new Int32Array(0);
    const over: number[] = [];
    this.#nextClose = Infinity;
    for (let slot = 0; slot < this.#slots.size; slot++) {
      if (!this.#slots.isOpen(slot)) continue;
      const closesAt = this.#closesAt(slot);
      if (closesAt <= this.#watermark) over.push(slot);
      else if (closesAt < this.#nextClose) this.#nextClose = closesAt;
    }
    for (const slot of over) this.#forget(slot);
    return Int32Array.from(over.sort(this.#inOrder));
  }

  readonly #inOrder = (a: number, b: number): number => {
    const { latest, start, group } = this.#slots;
    return latest[a] - latest[b] || start[a] - start[b] || this.#groups.compare(group[a], group[b]);
  };

  #forget(slot: number): void {
    const group = this.#slots.group[slot];
    const rest = this.#sessions[group]?.filter((each) => each !== slot);
    this.#sessions[group] = rest?.length ? rest : undefined;
  }

  /** By the ends of sessions, which is the time of their results: a session may have started any time before. */
  resultsFrom(watermark: number): number {
    return watermark - this.#reach;
  }

  closableBy(nowMs: number): number {
    let highest = -Infinity;
    if (this.#nextClose > nowMs) return highest;
    for (let slot = 0; slot < this.#slots.size; slot++) {
      if (!this.#slots.isOpen(slot)) continue;
      const closesAt = this.#closesAt(slot);
      if (closesAt <= nowMs && closesAt > highest) highest = closesAt;
    }
    return highest;
  }

  rebuild(watermark: number): void {
    this.#sessions = [];
    this.#watermark = watermark;
    this.#nextClose = Infinity;
    for (const slot of this.#slots.all()) {
      (this.#sessions[this.#slots.group[slot]] ??= []).push(slot);
      this.#nextClose = Math.min(this.#nextClose, this.#closesAt(slot));
    }
    for (const sessions of this.#sessions) sessions?.sort((a, b) => this.#slots.start[a] - this.#slots.start[b]);
  }
}
