import type { ByteWriter } from "./bytes.ts";

/** Of Avro's zigzag numbers: at most so many bytes. */
export const longBytesMax = 10;

/** Writes a whole number within 2 ** 53. Room must have been reserved. */
export function writeLong(out: ByteWriter, value: number): void {
  if (value >= -0x4000_0000 && value < 0x4000_0000) return out.varint(value);
  // Twice such a number may be more than a float holds to the last digit, so that its sign is put in on the way.
  const sign = value < 0 ? 1 : 0;
  const size = sign === 1 ? -value - 1 : value;
  let left = Math.floor(size / 64);
  out.bytes[out.at++] = (size % 64) * 2 + sign + (left > 0 ? 0x80 : 0);
  while (left > 0) {
    const rest = left % 128;
    left = Math.floor(left / 128);
    out.bytes[out.at++] = left > 0 ? rest | 0x80 : rest;
  }
}

export function writeDouble(out: ByteWriter, value: number): void {
  out.at = out.bytes.writeDoubleLE(value, out.at);
}

/** Reads Avro's values one behind the other. What is cut off ends in `RangeError`. */
export class AvroCursor {
  readonly bytes: Buffer;
  at = 0;
  end = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** A whole number; beyond 2 ** 53 not to the last digit, but beyond it all the same. */
  long(): number {
    const { bytes, end } = this;
    if (this.at >= end) throw cutOff();
    const first = bytes[this.at++];
    let size = (first & 0x7f) >>> 1;
    if (first >= 0x80) {
      let scale = 64;
      for (let byte = 0x80; byte >= 0x80; scale *= 128) {
        if (this.at >= end || scale > 2 ** 63) throw cutOff();
        byte = bytes[this.at++];
        size += (byte & 0x7f) * scale;
      }
    }
    return (first & 1) === 0 ? size : -size - 1;
  }

  double(): number {
    const { at } = this;
    if (at + 8 > this.end) throw cutOff();
    this.at = at + 8;
    return this.bytes.readDoubleLE(at);
  }

  byte(): number {
    if (this.at >= this.end) throw cutOff();
    return this.bytes[this.at++];
  }

  /** Passes over bytes and the length before them. @returns where they begin */
  skip(): number {
    const length = this.long();
    const start = this.at;
    if (length < 0 || start + length > this.end) throw cutOff();
    this.at = start + length;
    return start;
  }

  text(): string {
    const start = this.skip();
    return this.bytes.toString("utf8", start, this.at);
  }
}

const cutOff = (): RangeError => new RangeError("it ends in the middle of a value");
