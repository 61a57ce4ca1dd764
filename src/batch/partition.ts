import { MillraceError } from "../errors.ts";
import type { Strings } from "./strings.ts";

/**
 * Chooses the partition of a keyed record as the Kafka Java client does, so that both profiles put a key in one place.
 *
 * @param key - the record's key; hashed as UTF-8. An empty key is a key.
 * @param partitionCount - a count, not an index: integer, 1 to 2 ** 31 - 1
 * @returns a partition index, 0 to `partitionCount - 1`
 * @throws MillraceError `MR-LOG-004` when `partitionCount` is outside its range
 * @see Apache Kafka `Utils.murmur2` and `Utils.toPositive`; its test vectors are in partition.test.ts
 */
export function partitionFor(key: string, partitionCount: number): number {
  if (!Number.isInteger(partitionCount) || partitionCount < 1 || partitionCount > 0x7fff_ffff) {
    throw new MillraceError("MR-LOG-004", {
      what: `a partition count of ${partitionCount} is not a whole number from 1 to 2147483647`,
      where: "the topic's declaration",
      mend: "give the topic a partition count in that range",
    });
  }
  return (murmur2(Buffer.from(key, "utf8")) & 0x7fff_ffff) % partitionCount;
}

/** The partition of each string of a dictionary: a key is hashed once a batch, however many records carry it. */
export function partitionsOf(dictionary: Strings, partitionCount: number): Int32Array {
  const { blob, ends } = dictionary.utf8;
  const partitions = new Int32Array(ends.length);
  let start = 0;
  for (let i = 0; i < ends.length; i++) {
    partitions[i] = (murmur2(blob, start, ends[i]) & 0x7fff_ffff) % partitionCount;
    start = ends[i];
  }
  return partitions;
}

/** Kafka's murmur2 over `bytes[start, end)`, as a signed 32-bit integer. */
export function murmur2(bytes: Uint8Array, start = 0, end = bytes.length): number {
  const m = 0x5bd1_e995;
  let h = 0x9747_b28c ^ (end - start);
  let at = start;
  for (; end - at >= 4; at += 4) {
    let k = bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24);
    k = Math.imul(k, m);
    k ^= k >>> 24;
    h = Math.imul(h, m) ^ Math.imul(k, m);
  }
  const rest = end - at;
  if (rest === 3) h ^= bytes[at + 2] << 16;
  if (rest >= 2) h ^= bytes[at + 1] << 8;
  if (rest >= 1) h = Math.imul(h ^ bytes[at], m);
  h ^= h >>> 13;
  h = Math.imul(h, m);
  return (h ^ (h >>> 15)) | 0;
}

/** The text of a key field's value: what is hashed and what other clients see as the key. */
export function keyText(value: unknown): string | null {
  if (value === null || value === undefined) return null;
  if (typeof value === "string") return value;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
