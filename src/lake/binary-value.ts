/** An integer as two's complement, the most significant byte first, in `length` bytes, or in as few as hold it. */
export function unscaledBytes(value: bigint, length?: number): Buffer {
  let bytes = 1;
  while (BigInt.asIntN(bytes * 8, value) !== value) bytes += 1;
  const width = length ?? bytes;
  const hex = BigInt.asUintN(width * 8, value).toString(16).padStart(width * 2, "0");
  return Buffer.from(hex, "hex");
}

/** The inverse of `unscaledBytes`. */
export function fromUnscaledBytes(bytes: Uint8Array): bigint {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
  return hex === "" ? 0n : BigInt.asIntN(bytes.length * 8, BigInt(`0x${hex}`));
}

/** Sixteen bytes as `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx`. */
export function uuidText(bytes: Uint8Array): string {
  const hex = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
