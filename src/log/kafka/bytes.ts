/** Bytes that are written one behind the other, growing as needed. */
export class ByteWriter {
  bytes: Buffer;
  /** How many have been written. */
  at = 0;

  constructor(capacity: number) {
    this.bytes = Buffer.allocUnsafeSlow(capacity);
  }

  /** Makes room for `more` bytes behind what is written. */
  reserve(more: number): void {
    if (this.at + more <= this.bytes.byteLength) return;
    const grown = Buffer.allocUnsafeSlow(Math.max(this.bytes.byteLength * 2, this.at + more));
    this.bytes.copy(grown, 0, 0, this.at);
    this.bytes = grown;
  }

  /** Kafka's signed number of variable width: zigzag, seven bits a byte. Room must have been reserved: 10 bytes at most. */
  varint(value: number): void {
    if (value >= -0x4000_0000 && value < 0x4000_0000) {
      let left = (value << 1) ^ (value >> 31);
      while (left > 0x7f) {
        this.bytes[this.at++] = (left & 0x7f) | 0x80;
        left >>>= 7;
      }
      this.bytes[this.at++] = left;
      return;
    }
    let left = value < 0 ? -value * 2 - 1 : value * 2;
    while (left > 0x7f) {
      this.bytes[this.at++] = (left % 128) | 0x80;
      left = Math.floor(left / 128);
    }
    this.bytes[this.at++] = left;
  }

  /** Copies `from[start..end)`. Room must have been reserved. */
  copy(from: Uint8Array, start: number, end: number): void {
    const { bytes } = this;
    let at = this.at;
    if (end - start > copyMin) bytes.set(from.subarray(start, end), at);
    else for (let i = start; i < end; ) bytes[at++] = from[i++];
    this.at += end - start;
  }

  /** What is written. The writer must not be used afterwards. */
  finish(): Buffer {
    return this.bytes.subarray(0, this.at);
  }
}

/** From this many bytes on a call is cheaper than a loop. */
const copyMin = 48;

/** Reads numbers of variable width. What is cut off or too long ends in `RangeError`. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;

  constructor(bytes: Uint8Array, at = 0, end = bytes.byteLength) {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
  }

  varint(): number {
    const { bytes } = this;
    const first = bytes[this.at++];
    if (first < 0x80) return (first >>> 1) ^ -(first & 1);
    let value = first & 0x7f;
    let scale = 128;
    for (let byte = 0x80; byte >= 0x80; scale *= 128) {
      if (this.at >= this.end || scale > 2 ** 63) throw new RangeError("a number is cut off");
      byte = bytes[this.at++];
      value += (byte & 0x7f) * scale;
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2;
  }

  /** Passes over a length and its bytes. @returns where they begin; -1 where there are none at all (null) */
  skip(): number {
    const bytes = this.varint();
    if (bytes < 0) return -1;
    const start = this.at;
    this.at += bytes;
    if (this.at > this.end) throw new RangeError("bytes are cut off");
    return start;
  }
}
