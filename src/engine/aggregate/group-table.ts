import { detached } from "./detached.ts";
import { TextIndex } from "./text-index.ts";

/**
 * One field's value of a group, as batches hold it: text for string, date and json; a number for the rest, a boolean as
 * 0 or 1, a timestamp in whole milliseconds.
 */
export type GroupPart = string | number | null;

/**
 * The groups that windows are held open for, each under a small number.
 *
 * A group that no window holds any more is kept for a while, since it mostly comes back with the next window. When such
 * groups outnumber the held ones they are let go, so memory follows the open windows.
 */
export class GroupTable {
  readonly #fieldCount: number;
  /** Groups of a single field whose value is text. */
  readonly #texts = new TextIndex();
  /** All others, by their value or the key of their values. */
  readonly #ids = new Map<string | number | null, number>();
  /** By field, then by group. */
  readonly parts: GroupPart[][];
  /** Windows open for the group; `unused` for a number that is not given out. */
  #held = new Int32Array(1_024);
  #free: number[] = [];
  #size = 0;
  #idle = 0;
  /** Groups in the order of their values, but for the new ones. */
  #sorted = new Int32Array(0);
  #rank = new Int32Array(1_024);
  #unsorted: number[] = [];

  constructor(fieldCount: number) {
    this.#fieldCount = fieldCount;
    this.parts = Array.from({ length: fieldCount }, () => []);
  }

  /** The number of the group of a single field, whose value is the text `bytes[start, end)` in UTF-8. */
  idOfText(bytes: Uint8Array, start: number, end: number): number {
    return this.#texts.find(bytes, start, end, () => this.#add([textOf(bytes, start, end)]));
  }

  /** The number of the group of a single field. */
  idOfPart(part: GroupPart): number {
    if (typeof part !== "string") return this.#idOfKey(part, [part]);
    const bytes = Buffer.from(part, "utf8");
    return this.idOfText(bytes, 0, bytes.byteLength);
  }

  /** The number of the group with these values, one for each field. */
  idOf(parts: readonly GroupPart[]): number {
    return this.#fieldCount === 1 ? this.idOfPart(parts[0]) : this.#idOfKey(partsKey(parts), parts);
  }

  #idOfKey(key: string | number | null, parts: readonly GroupPart[]): number {
    let id = this.#ids.get(key);
    if (id === undefined) this.#ids.set(typeof key === "string" ? detached(key) : key, (id = this.#add(parts)));
    return id;
  }

  #add(parts: readonly GroupPart[]): number {
    const id = this.#free.pop() ?? this.#size++;
    if (id >= this.#held.length) this.#grow();
    this.#held[id] = 0;
    this.#idle++;
    parts.forEach((part, field) => (this.parts[field][id] = typeof part === "string" ? detached(part) : part === 0 ? 0 : part));
    this.#unsorted.push(id);
    return id;
  }

  #grow(): void {
    const held = new Int32Array(this.#held.length * 2);
    held.set(this.#held);
    this.#held = held;
    const rank = new Int32Array(held.length);
    rank.set(this.#rank);
    this.#rank = rank;
  }

  /** A window is open for the group. */
  hold(id: number): void {
    if (this.#held[id]++ === 0) this.#idle--;
  }

  /** One of the group's windows is closed. */
  release(id: number): void {
    if (--this.#held[id] === 0) this.#idle++;
  }

  /** Lets go of groups without windows when they are many. Numbers of groups without windows must not be used afterwards. */
  sweep(): void {
    if (this.#idle <= idleMin + this.size / 2) return;
    const isHeld = (id: number): boolean => this.#held[id] > 0;
    this.#texts.sweep(isHeld);
    for (const [key, id] of this.#ids) if (!isHeld(id)) this.#ids.delete(key);
    for (let id = 0; id < this.#size; id++) if (this.#held[id] === 0) this.#letGo(id);
    this.#idle = 0;
    this.#unsorted = this.#unsorted.filter(isHeld);
    this.#setSorted(this.#sorted.filter(isHeld));
  }

  #letGo(id: number): void {
    this.#held[id] = unused;
    this.#free.push(id);
    for (const parts of this.parts) parts[id] = null;
  }

  /** Sorts group numbers by the groups' values, in place: nulls first, numbers by size, text by UTF-16 code units. */
  sort(ids: Int32Array): void {
    const cheap = ids.length * Math.log2(ids.length + 1) < this.#sorted.length / 4;
    if (this.#unsorted.length > 0 && cheap) {
      ids.sort(this.compare);
      return;
    }
    this.#rankAll();
    for (let i = 0; i < ids.length; i++) ids[i] = this.#rank[ids[i]];
    ids.sort();
    for (let i = 0; i < ids.length; i++) ids[i] = this.#sorted[ids[i]];
  }

  readonly compare = (a: number, b: number): number => {
    for (const parts of this.parts) {
      const order = compareParts(parts[a], parts[b]);
      if (order !== 0) return order;
    }
    return 0;
  };

  #rankAll(): void {
    if (this.#unsorted.length === 0) return;
    const fresh = this.#unsorted.sort(this.compare);
    const old = this.#sorted;
    const merged = new Int32Array(old.length + fresh.length);
    for (let at = 0, o = 0, f = 0; at < merged.length; at++) {
      const takeOld = f === fresh.length || (o < old.length && this.compare(old[o], fresh[f]) < 0);
      merged[at] = takeOld ? old[o++] : fresh[f++];
    }
    this.#unsorted = [];
    this.#setSorted(merged);
  }

  #setSorted(sorted: Int32Array<ArrayBuffer>): void {
    this.#sorted = sorted;
    for (let i = 0; i < sorted.length; i++) this.#rank[sorted[i]] = i;
  }

  get size(): number {
    return this.#ids.size + this.#texts.count;
  }
}

/** Idle groups that are always let be. */
const idleMin = 10_000;

const unused = -1;

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + start, end - start).toString("utf8");
}

const partsKey = (parts: readonly GroupPart[]): string => parts.map(partKey).join("");

/** Cannot be mistaken for another list of values when joined: text says its length, a number ends with `;`. */
function partKey(part: GroupPart): string {
  if (part === null) return "z";
  return typeof part === "string" ? `s${part.length}:${part}` : `n${part};`;
}

function compareParts(a: GroupPart, b: GroupPart): number {
  if (a === b) return 0;
  if (a === null || b === null) return a === null ? -1 : 1;
  if (a < b) return -1;
  if (a > b) return 1;
  // Only NaN is neither: it comes after every number.
  return (a === a ? 0 : 1) - (b === b ? 0 : 1);
}
