import { aesBlocks, blockBytes, chained } from "./aes.ts";

/*
 * FF1, the format-preserving encryption of NIST SP 800-38G: numerals of some radix become as many numerals of the same radix.
 * Ten rounds of a Feistel network whose halves are numbers; names below are those of the publication.
 */

const rounds = 10;

export interface Ff1 {
  encrypt(numerals: readonly number[], tweak: Buffer): number[];
  decrypt(numerals: readonly number[], tweak: Buffer): number[];
}

/**
 * @param key - 16, 24 or 32 bytes
 * @param radix - 2 to 65,536; numerals are 0 to `radix - 1`, and there are at least two of them
 */
export function ff1(key: Buffer, radix: number): Ff1 {
  const encrypt = aesBlocks(key);
  const run = (numerals: readonly number[], tweak: Buffer, isBack: boolean): number[] => {
    const u = Math.floor(numerals.length / 2);
    const v = numerals.length - u;
    const half = roundFunction(encrypt, radix, numerals.length, tweak);
    let [a, b] = [toNumber(numerals.slice(0, u), radix), toNumber(numerals.slice(u), radix)];
    for (let round = 0; round < rounds; round++) {
      const i = isBack ? rounds - 1 - round : round;
      const modulus = BigInt(radix) ** BigInt(i % 2 === 0 ? u : v);
      if (isBack) [a, b] = [mod(b - half(i, a), modulus), a];
      else [a, b] = [b, mod(a + half(i, b), modulus)];
    }
    return [...toNumerals(a, radix, u), ...toNumerals(b, radix, v)];
  };
  return { encrypt: (numerals, tweak) => run(numerals, tweak, false), decrypt: (numerals, tweak) => run(numerals, tweak, true) };
}

const mod = (value: bigint, modulus: bigint): bigint => ((value % modulus) + modulus) % modulus;

/** Steps 6.i to 6.iv: of the round and one half, a number that the other half is moved by. */
function roundFunction(encrypt: (blocks: Buffer) => Buffer, radix: number, n: number, tweak: Buffer): (i: number, half: bigint) => bigint {
  const v = n - Math.floor(n / 2);
  const halfBytes = Math.ceil((BigInt(radix) ** BigInt(v) - 1n).toString(2).length / 8);
  const wantedBytes = 4 * Math.ceil(halfBytes / 4) + 4;
  const p = Buffer.alloc(blockBytes);
  p.set([1, 2, 1]);
  p.writeUIntBE(radix, 3, 3);
  p.set([10, Math.floor(n / 2) % 256], 6);
  p.writeUInt32BE(n, 8);
  p.writeUInt32BE(tweak.length, 12);
  const padding = (blockBytes - ((tweak.length + halfBytes + 1) % blockBytes)) % blockBytes;
  const start = encrypt(p);
  return (i, half) => {
    const q = Buffer.concat([tweak, Buffer.alloc(padding), Buffer.from([i]), toBytes(half, halfBytes)]);
    return BigInt(`0x${stretched(encrypt, chained(encrypt, q, start), wantedBytes).toString("hex")}`);
  };
}

/** R, and behind it what the cipher makes of R xor 1, R xor 2 and so on, as many bytes as are wanted. */
function stretched(encrypt: (blocks: Buffer) => Buffer, r: Buffer, bytes: number): Buffer {
  const blocks = Array.from({ length: Math.ceil(bytes / blockBytes) - 1 }, (_, j) => {
    const block = Buffer.from(r);
    block.writeUInt32BE((block.readUInt32BE(12) ^ (j + 1)) >>> 0, 12);
    return block;
  });
  return Buffer.concat([r, ...blocks.map(encrypt)]).subarray(0, bytes);
}

const toNumber = (numerals: readonly number[], radix: number): bigint => numerals.reduce((number, numeral) => number * BigInt(radix) + BigInt(numeral), 0n);

function toNumerals(number: bigint, radix: number, count: number): number[] {
  const numerals: number[] = new Array(count);
  for (let i = count - 1; i >= 0; i--) {
    numerals[i] = Number(number % BigInt(radix));
    number /= BigInt(radix);
  }
  return numerals;
}

const toBytes = (number: bigint, bytes: number): Buffer => Buffer.from(number.toString(16).padStart(bytes * 2, "0"), "hex");
