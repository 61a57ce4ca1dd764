/**
 * Murmur3, 32 bits, x86 variant, seed 0: what Iceberg's bucket transform hashes with.
 * @returns a signed 32-bit integer
 */
export function murmur3(bytes: Uint8Array): number {
  const blocks = bytes.length >> 2;
  let hash = 0;
  for (let i = 0; i < blocks; i++) {
    const at = i * 4;
    hash = mixBlock(hash, bytes[at] | (bytes[at + 1] << 8) | (bytes[at + 2] << 16) | (bytes[at + 3] << 24));
  }
  const at = blocks * 4;
  let tail = 0;
  if (bytes.length > at + 2) tail ^= bytes[at + 2] << 16;
  if (bytes.length > at + 1) tail ^= bytes[at + 1] << 8;
  if (bytes.length > at) hash ^= scramble(tail ^ bytes[at]);
  return finish(hash, bytes.length);
}

/** Murmur3 of an integer as eight little-endian bytes, given as its lower and upper half. */
export function murmur3Long(low: number, high: number): number {
  return finish(mixBlock(mixBlock(0, low), high), 8);
}

function scramble(block: number): number {
  const k = Math.imul(block, 0xcc9e2d51);
  return Math.imul((k << 15) | (k >>> 17), 0x1b873593);
}

function mixBlock(hash: number, block: number): number {
  const h = hash ^ scramble(block);
  return (Math.imul((h << 13) | (h >>> 19), 5) + 0xe6546b64) | 0;
}

function finish(hash: number, length: number): number {
  let h = hash ^ length;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return h ^ (h >>> 16);
}
