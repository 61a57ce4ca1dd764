import { registerCount } from "./state-sql.ts";

/*
 * HyperLogLog (Flajolet and others 2007): each value falls into a register by its hash, and the register keeps the longest run
 * of zeros that the rest of a hash began with. The union of two tables has the greater of each register, so that states merge
 * without loss. The estimate is Ertl's (2017, "New cardinality estimation algorithms for HyperLogLog sketches", algorithm 6),
 * which needs no tables and no switch between small and large numbers.
 */

/** By register the longest run of zeros plus one; 0 where no value fell. */
export type DistinctSketch = Uint8Array;

/** Bits of a hash beyond those that choose the register. */
const hashBits = 52;

/** Standard error of the estimate, as a share of it. */
export const distinctError = 1.04 / Math.sqrt(registerCount);

/** What the hash of a value comes to: the register, and the rest. */
export type HashedTo = readonly [register: number, rest: number];

/** @param hashes - of all different values */
export function sketchOfHashes(hashes: Iterable<HashedTo>): DistinctSketch {
  const sketch = new Uint8Array(registerCount);
  for (const [register, rest] of hashes) sketch[register] = Math.max(sketch[register], hashBits + 1 - bitsOf(rest));
  return sketch;
}

/** How many bits a number has from its first one on; of zero 1, as DuckDB writes it. */
function bitsOf(rest: number): number {
  const high = Math.floor(rest / 2 ** 32);
  return high > 0 ? 64 - Math.clz32(high) : Math.max(1, 32 - Math.clz32(rest));
}

/** @param codes - `register * 64 + rank`, of each register that a value fell into, or of each value: as `sketchesSql` gives them */
export function sketchOfCodes(codes: readonly number[]): DistinctSketch {
  const sketch = new Uint8Array(registerCount);
  for (const code of codes) sketch[Math.floor(code / 64)] = Math.max(sketch[Math.floor(code / 64)], code % 64);
  return sketch;
}

/** For a file: 5 kB. */
export const sketchText = (sketch: DistinctSketch): string => Buffer.from(sketch).toString("base64");
export const sketchOfText = (text: string): DistinctSketch => new Uint8Array(Buffer.from(text, "base64"));

/** The sketch of both together. */
export function mergeSketches(a: DistinctSketch, b: DistinctSketch): DistinctSketch {
  return a.map((rank, register) => Math.max(rank, b[register]));
}

/** How many different values went into the sketch, with a standard error of `distinctError`. */
export function estimateDistinct(sketch: DistinctSketch): number {
  const counts = new Float64Array(hashBits + 2);
  for (const rank of sketch) counts[rank] += 1;
  const m = sketch.length;
  let z = m * tau(1 - counts[hashBits + 1] / m);
  for (let rank = hashBits; rank >= 1; rank--) z = 0.5 * (z + counts[rank]);
  z += m * sigma(counts[0] / m);
  return (m * m) / (2 * Math.LN2) / z;
}

/** Of the registers that no value fell into. */
function sigma(share: number): number {
  if (share === 1) return Number.POSITIVE_INFINITY;
  let [x, y, z] = [share, 1, share];
  for (let before = Number.NaN; z !== before; y *= 2) {
    before = z;
    x *= x;
    z += x * y;
  }
  return z;
}

/** Of the registers that can take no more. */
function tau(share: number): number {
  if (share === 0 || share === 1) return 0;
  let [x, y, z] = [share, 1, 1 - share];
  for (let before = Number.NaN; z !== before; ) {
    before = z;
    x = Math.sqrt(x);
    y *= 0.5;
    z -= (1 - x) ** 2 * y;
  }
  return z / 3;
}
