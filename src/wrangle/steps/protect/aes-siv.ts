import { createCipheriv, timingSafeEqual } from "node:crypto";

/*
 * AES-SIV (RFC 5297): deterministic encryption that notices every change of a byte. The same text has the same token under one
 * key, which is what joins need; equal texts are therefore seen to be equal, and nothing else is seen.
 */

const blockBytes = 16;

/** @param key - 32, 48 or 64 bytes: the first half authenticates, the second encrypts */
export function sivSeal(key: Buffer, plain: Buffer, associated: readonly Buffer[] = []): Buffer {
  const [macKey, cipherKey] = halves(key);
  const iv = s2v(macKey, [...associated, plain]);
  return Buffer.concat([iv, counter(cipherKey, iv, plain)]);
}

/** What was sealed; undefined for bytes that this key has not sealed. */
export function sivOpen(key: Buffer, sealed: Buffer, associated: readonly Buffer[] = []): Buffer | undefined {
  if (sealed.length < blockBytes) return undefined;
  const [macKey, cipherKey] = halves(key);
  const iv = sealed.subarray(0, blockBytes);
  const plain = counter(cipherKey, iv, sealed.subarray(blockBytes));
  return timingSafeEqual(s2v(macKey, [...associated, plain]), iv) ? plain : undefined;
}

const halves = (key: Buffer): [Buffer, Buffer] => [key.subarray(0, key.length / 2), key.subarray(key.length / 2)];

/** Counter mode. Two bits of the counter are cleared, as the RFC has it for the sake of 32-bit adders. */
function counter(key: Buffer, iv: Buffer, bytes: Buffer): Buffer {
  const start = Buffer.from(iv);
  start[8] &= 0x7f;
  start[12] &= 0x7f;
  return createCipheriv(`aes-${key.length * 8}-ctr`, key, start).update(bytes);
}

/** Section 2.4: one code over several byte strings, of which none runs into the next. */
function s2v(key: Buffer, parts: readonly Buffer[]): Buffer {
  const last = parts[parts.length - 1];
  let digest = cmac(key, Buffer.alloc(blockBytes));
  for (const part of parts.slice(0, -1)) digest = xor(double(digest), cmac(key, part));
  if (last.length < blockBytes) return cmac(key, xor(double(digest), padded(last)));
  const end = last.length - blockBytes;
  return cmac(key, Buffer.concat([last.subarray(0, end), xor(last.subarray(end), digest)]));
}

/** AES-CMAC (RFC 4493). */
function cmac(key: Buffer, message: Buffer): Buffer {
  const sub = double(encryptBlocks(key, Buffer.alloc(blockBytes)));
  const blocks = Math.max(1, Math.ceil(message.length / blockBytes));
  const rest = message.subarray((blocks - 1) * blockBytes);
  const last = rest.length === blockBytes ? xor(rest, sub) : xor(padded(rest), double(sub));
  const chain = createCipheriv(`aes-${key.length * 8}-cbc`, key, Buffer.alloc(blockBytes)).setAutoPadding(false);
  const all = chain.update(Buffer.concat([message.subarray(0, (blocks - 1) * blockBytes), last]));
  return all.subarray(all.length - blockBytes);
}

const encryptBlocks = (key: Buffer, blocks: Buffer): Buffer => createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false).update(blocks);

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

const xor = (a: Buffer, b: Buffer): Buffer => Buffer.from(a.map((byte, i) => byte ^ b[i]));
