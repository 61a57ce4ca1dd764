/*
 * The compact protocol of Thrift, in which Parquet writes its footer: enough to read one whatever it holds. Structs become
 * maps from field id to value.
 */
export type ThriftValue = boolean | bigint | number | Buffer | ThriftValue[] | ThriftStruct;
export interface ThriftStruct extends Map<number, ThriftValue> {}

const depthMax = 32;

/** @throws RangeError where the bytes end, or hold what the protocol cannot have */
export function readThrift(bytes: Buffer): ThriftStruct {
  return new Reader(bytes).struct(0);
}

/** The struct that the bytes begin with, and how many of them it takes. @throws RangeError as `readThrift` does */
export function readThriftHead(bytes: Buffer): { struct: ThriftStruct; length: number } {
  const reader = new Reader(bytes);
  const struct = reader.struct(0);
  return { struct, length: reader.at };
}

class Reader {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  /** Bytes that were read. */
  get at(): number {
    return this.#at;
  }

  struct(depth: number): ThriftStruct {
    if (depth > depthMax) throw new RangeError("structs are nested too deep");
    const fields: ThriftStruct = new Map();
    for (let id = 0; ; ) {
      const head = this.#byte();
      if (head === 0) return fields;
      id = head >> 4 === 0 ? Number(this.#zigzag()) : id + (head >> 4);
      fields.set(id, this.#value(head & 15, depth));
    }
  }

  #value(type: number, depth: number): ThriftValue {
    switch (type) {
      case 1:
        return true;
      case 2:
        return false;
      case 3:
        return (this.#byte() << 24) >> 24;
      case 4:
      case 5:
      case 6:
        return this.#zigzag();
      case 7:
        return this.#take(8).readDoubleLE();
      case 8:
        return this.#take(Number(this.#varint()));
      case 9:
      case 10:
        return this.#list(depth);
      case 11:
        return this.#map(depth);
      case 12:
        return this.struct(depth + 1);
      default:
        throw new RangeError(`type ${type} at byte ${this.#at} is none`);
    }
  }

  #list(depth: number): ThriftValue[] {
    const head = this.#byte();
    const count = head >> 4 === 15 ? Number(this.#varint()) : head >> 4;
    if (count > this.#bytes.length - this.#at) throw new RangeError("a list is longer than the footer");
    // In a list a truth value takes a byte of its own.
    return Array.from({ length: count }, () => ((head & 15) <= 2 ? this.#byte() === 1 : this.#value(head & 15, depth + 1)));
  }

  /** Nothing in a footer is a map that matters here: it is read to get past it. */
  #map(depth: number): ThriftValue[] {
    const count = Number(this.#varint());
    if (count === 0) return [];
    if (count > this.#bytes.length - this.#at) throw new RangeError("a map is longer than the footer");
    const types = this.#byte();
    return Array.from({ length: count * 2 }, (_, i) => this.#value(i % 2 === 0 ? types >> 4 : types & 15, depth + 1));
  }

  #byte(): number {
    if (this.#at >= this.#bytes.length) throw new RangeError("the footer ends too early");
    return this.#bytes[this.#at++];
  }

  #take(length: number): Buffer {
    if (length > this.#bytes.length - this.#at) throw new RangeError("the footer ends too early");
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #varint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new RangeError("a number is too long");
  }

  #zigzag(): bigint {
    const raw = this.#varint();
    return (raw >> 1n) ^ -(raw & 1n);
  }
}
