import { grown } from "./grown.ts";

const chunkValues = 16;
const pageChunks = 1 << 12;
const none = -1;

/**
 * A growing list of numbers per slot, in chunks of 16 out of large shared pages: tens of millions of values cost little
 * more than their own eight bytes, and short lists no object each.
 */
export class ValueLists {
  #pages: Float64Array[] = [];
  /** The chunk after each chunk of a list; in the free list likewise. */
  #next = new Int32Array(pageChunks);
  #freeChunk = none;
  #used = 0;
  #head = new Int32Array(0);
  #tail = new Int32Array(0);
  #count = new Int32Array(0);
  /** The tail as it was, and how many values there were, when the list was last marked. */
  #markedTail = new Int32Array(0);
  #marked = new Int32Array(0);

  grow(capacity: number): void {
    this.#head = grown(this.#head, capacity);
    this.#tail = grown(this.#tail, capacity);
    this.#count = grown(this.#count, capacity);
    this.#markedTail = grown(this.#markedTail, capacity);
    this.#marked = grown(this.#marked, capacity);
  }

  open(slot: number): void {
    this.#head[slot] = none;
    this.#tail[slot] = none;
    this.#count[slot] = 0;
    this.unmark(slot);
  }

  close(slot: number): void {
    const head = this.#head[slot];
    if (head === none) return;
    this.#used -= Math.ceil(this.#count[slot] / chunkValues);
    this.#next[this.#tail[slot]] = this.#freeChunk;
    this.#freeChunk = head;
    this.open(slot);
    if (this.#used === 0) this.#letGo();
  }

  /** With no list left, the pages go back to the system. */
  #letGo(): void {
    this.#pages = [];
    this.#freeChunk = none;
  }

  count(slot: number): number {
    return this.#count[slot];
  }

  push(slot: number, value: number): void {
    const at = this.#count[slot] % chunkValues;
    if (at === 0) this.#addChunk(slot);
    this.#count[slot]++;
    const chunk = this.#tail[slot];
    this.#pages[(chunk / pageChunks) | 0][(chunk % pageChunks) * chunkValues + at] = value;
  }

  #addChunk(slot: number): void {
    if (this.#freeChunk === none) this.#addPage();
    const chunk = this.#freeChunk;
    this.#freeChunk = this.#next[chunk];
    this.#next[chunk] = none;
    if (this.#head[slot] === none) this.#head[slot] = chunk;
    else this.#next[this.#tail[slot]] = chunk;
    this.#tail[slot] = chunk;
    this.#used++;
  }

  #addPage(): void {
    const first = this.#pages.length * pageChunks;
    this.#pages.push(new Float64Array(pageChunks * chunkValues));
    if (first + pageChunks > this.#next.length) this.#next = grown(this.#next, this.#next.length * 2);
    for (let chunk = first; chunk < first + pageChunks - 1; chunk++) this.#next[chunk] = chunk + 1;
    this.#next[first + pageChunks - 1] = none;
    this.#freeChunk = first;
  }

  /** Copies all values of the list to `out`, in order. @returns where the next may stand */
  copyAll(slot: number, out: Float64Array, at: number): number {
    return this.#copy(this.#head[slot], 0, this.#count[slot], out, at);
  }

  /** Values added since the list was last marked. */
  countNew(slot: number): number {
    return this.#count[slot] - this.#marked[slot];
  }

  /** Copies the values added since the last mark, and marks. @returns where the next may stand */
  copyNew(slot: number, out: Float64Array, at: number): number {
    const skipped = this.#marked[slot];
    const inChunk = skipped % chunkValues;
    const from = skipped === 0 ? this.#head[slot] : inChunk === 0 ? this.#next[this.#markedTail[slot]] : this.#markedTail[slot];
    const end = this.#copy(from, inChunk, this.#count[slot] - skipped, out, at);
    this.mark(slot);
    return end;
  }

  mark(slot: number): void {
    this.#marked[slot] = this.#count[slot];
    this.#markedTail[slot] = this.#tail[slot];
  }

  /** As if the list had never been marked. */
  unmark(slot: number): void {
    this.#marked[slot] = 0;
    this.#markedTail[slot] = none;
  }

  #copy(chunk: number, skip: number, count: number, out: Float64Array, at: number): number {
    for (let left = count; left > 0; chunk = this.#next[chunk], skip = 0) {
      const some = Math.min(left, chunkValues - skip);
      const page = this.#pages[(chunk / pageChunks) | 0];
      const from = (chunk % pageChunks) * chunkValues + skip;
      for (let i = 0; i < some; i++) out[at++] = page[from + i];
      left -= some;
    }
    return at;
  }
}
