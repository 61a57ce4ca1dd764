import { timingSafeEqual } from "node:crypto";
import { aesBlocks, blockBytes, chained, xor } from "./aes.ts";

/*
 * AES-SIV (RFC 5297): deterministic encryption that notices every change of a byte. The same text has the same token under one
 * key, which is what joins need; equal texts are therefore seen to be equal, and nothing else is seen.
 */

export interface AesSiv {
  seal(plain: Buffer, associated?: readonly Buffer[]): Buffer;
  /** What was sealed; undefined for bytes that this key has not sealed. */
  open(sealed: Buffer, associated?: readonly Buffer[]): Buffer | undefined;
}

/** @param key - 32, 48 or 64 bytes: the first half authenticates, the second encrypts */
export function aesSiv(key: Buffer): AesSiv {
  const code = s2v(cmac(key.subarray(0, key.length / 2)));
  const stream = counter(key.subarray(key.length / 2));
  return {
    seal: (plain, associated = []) => {
      const iv = code([...associated, plain]);
      return Buffer.concat([iv, xor(plain, stream(iv, plain.length))]);
    },
    open: (sealed, associated = []) => {
      if (sealed.length < blockBytes) return undefined;
      const [iv, hidden] = [sealed.subarray(0, blockBytes), sealed.subarray(blockBytes)];
      const plain = xor(hidden, stream(iv, hidden.length));
      return timingSafeEqual(code([...associated, plain]), iv) ? plain : undefined;
    },
  };
}

/** Counter mode: so many bytes to mix in. Two bits of the counter are cleared, as the RFC has it, so that its low half never overflows. */
function counter(key: Buffer): (iv: Buffer, bytes: number) => Buffer {
  const encrypt = aesBlocks(key);
  return (iv, bytes) => {
    const counters = Buffer.alloc(Math.ceil(bytes / blockBytes) * blockBytes);
    const low = iv.readBigUInt64BE(8) & 0x7fffffff7fffffffn;
    for (let at = 0; at < counters.length; at += blockBytes) {
      iv.copy(counters, at, 0, 8);
      counters.writeBigUInt64BE(low + BigInt(at / blockBytes), at + 8);
    }
    return encrypt(counters);
  };
}

/** Section 2.4: one code over several byte strings, of which none runs into the next. */
function s2v(mac: (message: Buffer) => Buffer): (parts: readonly Buffer[]) => Buffer {
  const start = mac(Buffer.alloc(blockBytes));
  return (parts) => {
    const last = parts[parts.length - 1];
    let digest = start;
    for (const part of parts.slice(0, -1)) digest = xor(double(digest), mac(part));
    if (last.length < blockBytes) return mac(xor(double(digest), padded(last)));
    const end = last.length - blockBytes;
    return mac(Buffer.concat([last.subarray(0, end), xor(last.subarray(end), digest)]));
  };
}

/** AES-CMAC (RFC 4493). */
function cmac(key: Buffer): (message: Buffer) => Buffer {
  const encrypt = aesBlocks(key);
  const whole = double(encrypt(Buffer.alloc(blockBytes)));
  const broken = double(whole);
  return (message) => {
    const end = Math.max(0, Math.ceil(message.length / blockBytes) - 1) * blockBytes;
    const rest = message.subarray(end);
    const code = chained(encrypt, message.subarray(0, end));
    return chained(encrypt, rest.length === blockBytes ? xor(rest, whole) : xor(padded(rest), broken), code);
  };
}

/** A one and zeros behind what is there, up to a block. */
function padded(bytes: Buffer): Buffer {
  const block = Buffer.alloc(blockBytes);
  bytes.copy(block);
  block[bytes.length] = 0x80;
  return block;
}

/** Twice the value in GF(2^128). */
function double(block: Buffer): Buffer {
  const twice = Buffer.from(block.map((byte, i) => ((byte << 1) & 0xff) | ((block[i + 1] ?? 0) >> 7)));
  if (block[0] >> 7 === 1) twice[blockBytes - 1] ^= 0x87;
  return twice;
}
