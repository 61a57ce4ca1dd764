import type { HashedTo } from "../states/distinct-sketch.ts";
import { registerCount } from "../states/state-sql.ts";

/*
 * Hashes of values for the sketch of distinct ones, in JavaScript. They are not those of the engine: sketches of records merge
 * with one another, and not with those of files.
 */

const words = new Uint32Array(2);
const double = new Float64Array(words.buffer);

export function hashOfNumber(value: number): HashedTo {
  // Minus zero is zero.
  double[0] = value + 0;
  const low = mixed(words[0] ^ Math.imul(words[1], 0x9e3779b1) ^ 0x2545f491);
  return split(low, mixed(words[1] ^ Math.imul(low, 0x85ebca6b)));
}

export function hashOfText(text: string): HashedTo {
  let [a, b] = [0x811c9dc5, text.length ^ 0x27d4eb2f];
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    a = Math.imul(a ^ unit, 0x01000193);
    b = Math.imul(b ^ unit ^ (a >>> 15), 0x5bd1e995);
  }
  const low = mixed(a ^ (b >>> 7));
  return split(low, mixed(b ^ Math.imul(low, 0xc2b2ae35)));
}

/** The finaliser of MurmurHash3: each bit of what goes in changes about half of those that come out. */
function mixed(word: number): number {
  let h = word;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

/** 12 bits choose the register, 52 are the rest. */
const split = (low: number, high: number): HashedTo => [low % registerCount, Math.floor(low / registerCount) * 2 ** 32 + high];
