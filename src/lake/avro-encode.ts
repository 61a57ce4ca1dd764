import type { AvroSchema } from "./avro-decode.ts";

/*
 * Avro's binary form, written. Arrays say how many bytes they take, as the format allows: whoever passes over the statistics
 * of a file does so in one step, which is most of the work of planning a query.
 */

/** Knows one type: how to write a value of it. */
export type Encoder = (out: AvroBytes, value: unknown) => void;

/** Bytes on their way into a file. */
export class AvroBytes {
  #bytes = Buffer.allocUnsafe(4096);
  #at = 0;

  /** What was written: no copy, so only until more is. */
  get written(): Buffer {
    return this.#bytes.subarray(0, this.#at);
  }

  clear(): void {
    this.#at = 0;
  }

  byte(value: number): void {
    this.#room(1);
    this.#bytes[this.#at++] = value;
  }

  raw(value: Uint8Array): void {
    this.#room(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  double(value: number): void {
    this.#room(8);
    this.#at = this.#bytes.writeDoubleLE(value, this.#at);
  }

  float(value: number): void {
    this.#room(4);
    this.#at = this.#bytes.writeFloatLE(value, this.#at);
  }

  /** Of 64 bits, zigzag and seven bits to a byte. */
  long(value: number | bigint): void {
    this.#room(10);
    const small = Number(value);
    if (Math.abs(small) < 2 ** 51) return this.#varint(small < 0 ? -small * 2 - 1 : small * 2);
    let rest = BigInt.asUintN(64, (BigInt(value) << 1n) ^ (BigInt(value) >> 63n));
    for (; rest > 0x7fn; rest >>= 7n) this.#bytes[this.#at++] = Number(rest & 0x7fn) | 0x80;
    this.#bytes[this.#at++] = Number(rest);
  }

  sized(value: Uint8Array): void {
    this.long(value.length);
    this.raw(value);
  }

  #varint(value: number): void {
    let rest = value;
    for (; rest > 0x7f; rest = Math.floor(rest / 128)) this.#bytes[this.#at++] = (rest % 128) | 0x80;
    this.#bytes[this.#at++] = rest;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(Math.max(2 * this.#bytes.length, this.#at + bytes));
    this.#bytes.copy(larger, 0, 0, this.#at);
    this.#bytes = larger;
  }
}

/** @throws Error when the schema has a type that manifests do not need: maps, enumerations, unions but for "null, or this" */
export function encoderOf(schema: AvroSchema): Encoder {
  if (Array.isArray(schema)) return optionalEncoder(schema);
  if (typeof schema === "string") return primitives[schema] ?? unknownType(schema);
  switch (schema.type) {
    case "record":
      return recordEncoder(schema.fields as { name: string; type: AvroSchema }[]);
    case "fixed":
      return fixedEncoder(Number(schema.size));
    case "array":
      return arrayEncoder(encoderOf(schema.items as AvroSchema));
    default:
      return encoderOf(schema.type as AvroSchema);
  }
}

const primitives: Record<string, Encoder> = {
  boolean: (out, value) => out.byte(value ? 1 : 0),
  int: (out, value) => out.long(value as number),
  long: (out, value) => out.long(value as bigint),
  float: (out, value) => out.float(value as number),
  double: (out, value) => out.double(value as number),
  bytes: (out, value) => out.sized(value as Uint8Array),
  string: (out, value) => out.sized(Buffer.from(value as string, "utf8")),
};

function unknownType(name: string): never {
  throw new Error(`type ${name} is not written`);
}

function optionalEncoder([none, some, ...others]: AvroSchema[]): Encoder {
  if (none !== "null" || some === undefined || others.length > 0) unknownType("of a union");
  const encode = encoderOf(some);
  return (out, value) => {
    if (value === null || value === undefined) return out.long(0);
    out.long(1);
    encode(out, value);
  };
}

function recordEncoder(fields: { name: string; type: AvroSchema }[]): Encoder {
  const encoders = fields.map(({ name, type }) => ({ name, encode: encoderOf(type) }));
  return (out, value) => {
    for (const { name, encode } of encoders) encode(out, (value as Record<string, unknown>)[name]);
  };
}

function fixedEncoder(size: number): Encoder {
  return (out, value) => {
    if ((value as Uint8Array).length !== size) throw new Error(`${(value as Uint8Array).length} bytes where ${size} are to be written`);
    out.raw(value as Uint8Array);
  };
}

function arrayEncoder(item: Encoder): Encoder {
  const inner = new AvroBytes();
  return (out, value) => {
    const items = value as readonly unknown[];
    if (items.length > 0) {
      inner.clear();
      for (const one of items) item(inner, one);
      // A count below zero says that the size in bytes follows it.
      out.long(-items.length);
      out.sized(inner.written);
    }
    out.long(0);
  };
}
