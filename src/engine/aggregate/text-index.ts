import { murmur2 } from "../../batch/partition.ts";
import { grown } from "./grown.ts";

/**
 * Finds small numbers by text, given as UTF-8. Batches bring their texts as bytes, so a key that is known already never
 * becomes a string: with many keys, making and hashing those strings costs more than all else an aggregation does.
 */
export class TextIndex {
  /** Number plus one; 0: empty. */
  #table = new Int32Array(2_048);
  #count = 0;
  /** By number. */
  #hashes = new Int32Array(1_024);
  #starts = new Int32Array(1_024);
  #ends = new Int32Array(1_024);
  #bytes = new Uint8Array(16_384);
  #used = 0;

  get count(): number {
    return this.#count;
  }

  /** The number of the text `bytes[start, end)`; what `create` gives when it has none. */
  find(bytes: Uint8Array, start: number, end: number, create: () => number): number {
    const hash = murmur2(bytes, start, end);
    const mask = this.#table.length - 1;
    for (let at = Math.imul(hash, golden) >>> this.#shift; ; at = (at + 1) & mask) {
      const id = this.#table[at] - 1;
      if (id < 0) return this.#add(create(), hash, bytes, start, end);
      if (this.#hashes[id] === hash && this.#is(id, bytes, start, end)) return id;
    }
  }

  get #shift(): number {
    return Math.clz32(this.#table.length) + 1;
  }

  #is(id: number, bytes: Uint8Array, start: number, end: number): boolean {
    const from = this.#starts[id];
    if (this.#ends[id] - from !== end - start) return false;
    const known = this.#bytes;
    for (let i = start, k = from; i < end; i++, k++) if (bytes[i] !== known[k]) return false;
    return true;
  }

  #add(id: number, hash: number, bytes: Uint8Array, start: number, end: number): number {
    while (id >= this.#hashes.length) this.#growNumbers();
    while (this.#used + end - start > this.#bytes.length) this.#bytes = grown(this.#bytes, this.#bytes.length * 2);
    this.#hashes[id] = hash;
    this.#starts[id] = this.#used;
    for (let i = start; i < end; i++) this.#bytes[this.#used++] = bytes[i];
    this.#ends[id] = this.#used;
    if (++this.#count * 2 > this.#table.length) this.#growTable();
    this.#place(id);
    return id;
  }

  #place(id: number): void {
    const mask = this.#table.length - 1;
    let at = Math.imul(this.#hashes[id], golden) >>> this.#shift;
    while (this.#table[at] !== 0) at = (at + 1) & mask;
    this.#table[at] = id + 1;
  }

  #growTable(): void {
    const old = this.#table;
    this.#table = new Int32Array(old.length * 2);
    for (const entry of old) if (entry !== 0) this.#place(entry - 1);
  }

  #growNumbers(): void {
    const length = this.#hashes.length * 2;
    this.#hashes = grown(this.#hashes, length);
    this.#starts = grown(this.#starts, length);
    this.#ends = grown(this.#ends, length);
  }

  /** Forgets all texts but those whose numbers `keep` says. */
  sweep(keep: (id: number) => boolean): void {
    const [table, bytes] = [this.#table, this.#bytes];
    this.#table = new Int32Array(table.length);
    this.#bytes = new Uint8Array(bytes.length);
    this.#used = 0;
    this.#count = 0;
    for (const entry of table) {
      const id = entry - 1;
      if (id >= 0 && keep(id)) this.#add(id, this.#hashes[id], bytes, this.#starts[id], this.#ends[id]);
    }
  }
}

const golden = 0x9e37_79b1;
