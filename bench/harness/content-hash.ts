import type { Batch, BatchColumn } from "../../src/batch/batch.ts";
import { murmur2 } from "../../src/batch/partition.ts";

const nullHash = 0x2545_f491;

/**
 * Hashes records as a multiset: neither their order, nor how they are cut into batches, nor the partition that they
 * stand in makes a difference; a record more, less, or other does.
 */
export class ContentHash {
  #count = 0;
  #low = 0;
  #high = 0;

  add(batch: Batch): void {
    const rows = new Int32Array(batch.count).fill(0x9747_b28c | 0);
    for (const column of batch.columns) mixColumn(rows, column, batch.count);
    for (let i = 0; i < batch.count; i++) {
      this.#low = (this.#low + finish(rows[i], 0x85eb_ca6b)) >>> 0;
      this.#high = (this.#high + finish(rows[i], 0xc2b2_ae35)) >>> 0;
    }
    this.#count += batch.count;
  }

  get count(): number {
    return this.#count;
  }

  /** Records and a hash of their contents. */
  get text(): string {
    return `${this.#count}-${hex(this.#high)}${hex(this.#low)}`;
  }
}

const hex = (value: number): string => value.toString(16).padStart(8, "0");

function mixColumn(rows: Int32Array, { name, vector }: BatchColumn, count: number): void {
  const seed = murmur2(Buffer.from(name));
  const values = vector.kind === "str" ? textHashes(vector) : vector.kind === "f64" ? floatHashes(vector.values, count) : floatHashes(Float64Array.from(vector.values), count);
  for (let i = 0; i < count; i++) {
    const value = vector.valid && !vector.valid[i] ? nullHash : vector.kind === "str" ? values[vector.codes[i]] : values[i];
    rows[i] = Math.imul(rows[i] ^ mix(value ^ seed), 0x5bd1_e995) + seed;
  }
}

function textHashes({ dictionary }: Extract<BatchColumn["vector"], { kind: "str" }>): Int32Array {
  const { blob, ends } = dictionary.utf8;
  const hashes = new Int32Array(ends.length);
  for (let i = 0; i < ends.length; i++) hashes[i] = murmur2(blob, i === 0 ? 0 : ends[i - 1], ends[i]);
  return hashes;
}

/** By value: a whole number has one hash, however its column is stored. */
function floatHashes(values: Float64Array, count: number): Int32Array {
  const words = new Int32Array(values.buffer, values.byteOffset, count * 2);
  const hashes = new Int32Array(count);
  for (let i = 0; i < count; i++) hashes[i] = mix(words[2 * i]) ^ words[2 * i + 1];
  return hashes;
}

function mix(value: number): number {
  let h = Math.imul(value ^ (value >>> 15), 0x2c1b_3c6d);
  h = Math.imul(h ^ (h >>> 12), 0x297a_2d39);
  return h ^ (h >>> 15);
}

const finish = (value: number, seed: number): number => mix(Math.imul(value ^ seed, 0x9e37_79b1)) >>> 0;
