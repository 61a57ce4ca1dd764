import { createCipheriv } from "node:crypto";

export const blockBytes = 16;

/**
 * AES on whole blocks, each by itself: what modes of operation are made of. The cipher is set up once, which costs more than a
 * thousand blocks do.
 * @param key - 16, 24 or 32 bytes
 */
export function aesBlocks(key: Buffer): (blocks: Buffer) => Buffer {
  const cipher = createCipheriv(`aes-${key.length * 8}-ecb`, key, null).setAutoPadding(false);
  return (blocks) => cipher.update(blocks);
}

/** Each block is encrypted with the one before mixed in; the last one is the code of all. */
export function chained(encrypt: (block: Buffer) => Buffer, blocks: Buffer, start: Buffer = Buffer.alloc(blockBytes)): Buffer {
  let code = start;
  for (let at = 0; at < blocks.length; at += blockBytes) code = encrypt(xor(blocks.subarray(at, at + blockBytes), code));
  return code;
}

export function xor(a: Buffer, b: Buffer): Buffer {
  const mixed = Buffer.allocUnsafe(a.length);
  for (let i = 0; i < a.length; i++) mixed[i] = a[i] ^ b[i];
  return mixed;
}
