/*
 * Avro's binary form, read where it lies. A record is walked once, to find where each of its fields begins; a field is
 * decoded when it is asked for. Planning a query asks a few of the twenty-odd fields of each of a great many records.
 */

/** A schema as its JSON stands, with `field-id` and the like. */
export type AvroSchema = string | AvroSchema[] | { [attribute: string]: unknown };

/** Knows one type: how to pass over a value that begins at a byte, and how to read it. */
interface Decoder {
  /** @returns where the value ends */
  skip(bytes: Buffer, at: number): number;
  read(bytes: Buffer, at: number): unknown;
}

export interface RecordDecoder extends Decoder {
  readonly names: readonly string[];
  readonly fields: readonly Decoder[];
  /** Of each field: where among the places of a record its own stands, or those of the record that it is. */
  readonly slots: readonly number[];
  /** How many places a record has. */
  readonly size: number;
  /** Notes where each field begins. @returns where the record ends */
  walk(bytes: Buffer, at: number, places: Int32Array, base: number): number;
}

/** A record that is decoded field by field, as asked. Keeps the bytes that it came in. */
export class AvroRecord {
  readonly #decoder: RecordDecoder;
  readonly #bytes: Buffer;
  readonly #places: Int32Array;
  readonly #base: number;

  /** @param base - where the record's own begin among the places of many */
  constructor(decoder: RecordDecoder, bytes: Buffer, places: Int32Array, base: number) {
    this.#decoder = decoder;
    this.#bytes = bytes;
    this.#places = places;
    this.#base = base;
  }

  /** The field's value: 64-bit integers as bigint, arrays as lists, records as `AvroRecord`. Undefined where there is none of the name. */
  get(name: string): unknown {
    const { names, fields, slots } = this.#decoder;
    const field = names.indexOf(name);
    if (field < 0) return undefined;
    const decoder = fields[field];
    const slot = this.#base + slots[field];
    return "walk" in decoder ? new AvroRecord(decoder as RecordDecoder, this.#bytes, this.#places, slot) : decoder.read(this.#bytes, this.#places[slot]);
  }

  /** All fields, and those of the records inside, as the encoder takes them. */
  plain(): Record<string, unknown> {
    return Object.fromEntries(this.#decoder.names.map((name) => [name, plainValue(this.get(name))]));
  }
}

/** The records of a block. @throws Error when it ends inside of one */
export function blockRecords(decoder: RecordDecoder, bytes: Buffer, count: number): AvroRecord[] {
  const places = new Int32Array(count * decoder.size);
  const records: AvroRecord[] = [];
  for (let n = 0, at = 0; n < count; n++) {
    const base = n * decoder.size;
    at = decoder.walk(bytes, at, places, base);
    if (!(at <= bytes.length)) throw new Error("a block ends inside a record");
    records.push(new AvroRecord(decoder, bytes, places, base));
  }
  return records;
}

/** A map of bytes by name, as a container's header is. @throws Error when the bytes end inside of it */
export function bytesByName(bytes: Buffer, at: number): { entries: [name: string, value: Buffer][]; end: number } {
  const end = within(bytes, namedBytes.skip(bytes, at));
  const entries = (namedBytes.read(bytes, at) as AvroRecord[]).map((entry): [string, Buffer] => [entry.get("key") as string, entry.get("value") as Buffer]);
  return { entries, end };
}

function plainValue(value: unknown): unknown {
  if (value instanceof AvroRecord) return value.plain();
  if (value instanceof AvroPairs) return Array.from(value, ([key, one]) => ({ key, value: one }));
  return Array.isArray(value) ? Array.from(value, plainValue) : value;
}

/** @throws Error when the schema is not that of a record, or has a type that is not known */
export function recordDecoder(schema: AvroSchema): RecordDecoder {
  const decoder = decoderOf(schema, new Map());
  if ("walk" in decoder) return decoder as RecordDecoder;
  throw new Error("it holds no records");
}

function decoderOf(schema: AvroSchema, named: Map<string, Decoder>): Decoder {
  if (Array.isArray(schema)) return unionDecoder(schema.map((one) => decoderOf(one, named)));
  if (typeof schema === "string") return primitives[schema] ?? named.get(schema) ?? unknownType(schema);
  const { type, name } = schema as { type: AvroSchema; name?: string };
  switch (type) {
    case "record":
      return namedDecoder(named, name, (self) => Object.assign(self, recordOf(schema.fields as { name: string; type: AvroSchema }[], named)));
    case "fixed":
      return namedDecoder(named, name, (self) => Object.assign(self, fixedDecoder(Number(schema.size))));
    case "enum":
      return namedDecoder(named, name, (self) => Object.assign(self, enumDecoder(schema.symbols as string[])));
    case "array": {
      const item = decoderOf(schema.items as AvroSchema, named);
      return arrayDecoder(item, isPair(item));
    }
    case "map":
      return arrayDecoder(recordOf([{ name: "key", type: "string" }, { name: "value", type: schema.values as AvroSchema }], named), false);
    default:
      return decoderOf(type, named);
  }
}

/** Known by its name before it is whole: a type may hold itself. */
function namedDecoder(named: Map<string, Decoder>, name: string | undefined, fill: (self: Decoder) => Decoder): Decoder {
  const self = {} as Decoder;
  if (name !== undefined) named.set(name, self);
  return fill(self);
}

function unknownType(name: string): never {
  throw new Error(`type ${name} is not known`);
}

const primitives: Record<string, Decoder> = {
  null: { skip: (_bytes, at) => at, read: () => null },
  boolean: { skip: (_bytes, at) => at + 1, read: (bytes, at) => bytes[at] !== 0 },
  int: { skip: skipVarint, read: readInt },
  long: { skip: skipVarint, read: readLong },
  float: { skip: (_bytes, at) => at + 4, read: (bytes, at) => bytes.readFloatLE(at) },
  double: { skip: (_bytes, at) => at + 8, read: (bytes, at) => bytes.readDoubleLE(at) },
  bytes: { skip: skipBytes, read: readBytes },
  string: { skip: skipBytes, read: (bytes, at) => readBytes(bytes, at).toString("utf8") },
};

const namedBytes = decoderOf({ type: "map", values: "bytes" }, new Map());

/** Where the varint read last has ended. */
let next = 0;

/** A size or an index: an integer that a double holds. Leaves its end in `next`. */
function readInt(bytes: Buffer, at: number): number {
  let byte = bytes[at++];
  if (byte < 0x80) {
    next = at;
    return (byte >> 1) ^ -(byte & 1);
  }
  let raw = byte & 0x7f;
  let weight = 128;
  do {
    byte = bytes[at++];
    raw += (byte & 0x7f) * weight;
    weight *= 128;
  } while (byte >= 0x80);
  next = at;
  if (!(raw <= Number.MAX_SAFE_INTEGER)) throw new Error("a size is too large");
  return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
}

function readLong(bytes: Buffer, at: number): bigint {
  let low = 0;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = bytes[at++];
    low |= (byte & 0x7f) << shift;
    if (byte < 0x80) return BigInt((low >>> 1) ^ -(low & 1));
  }
  let raw = BigInt(low);
  for (let shift = 28n; shift < 70n; shift += 7n) {
    const byte = bytes[at++];
    raw |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) break;
  }
  return BigInt.asIntN(64, (raw >> 1n) ^ -(raw & 1n));
}

function skipVarint(bytes: Buffer, at: number): number {
  while (bytes[at] >= 0x80) at++;
  return at + 1;
}

function skipVarints(bytes: Buffer, at: number, count: number): number {
  for (let n = 0; n < count; n++) {
    while (bytes[at] >= 0x80) at++;
    at++;
    if (at > bytes.length) throw new Error("a block ends inside an array");
  }
  return at;
}

function skipBytes(bytes: Buffer, at: number): number {
  const size = readInt(bytes, at);
  if (size < 0) throw new Error("a size is negative");
  return next + size;
}

function readBytes(bytes: Buffer, at: number): Buffer {
  const end = skipBytes(bytes, at);
  return bytes.subarray(next, end);
}

function fixedDecoder(size: number): Decoder {
  return { skip: (_bytes, at) => at + size, read: (bytes, at) => bytes.subarray(at, at + size) };
}

function enumDecoder(symbols: string[]): Decoder {
  return { skip: skipVarint, read: (bytes, at) => symbols[readInt(bytes, at)] };
}

function unionDecoder(branches: Decoder[]): Decoder {
  const branchAt = (bytes: Buffer, at: number) => branches[readInt(bytes, at)] ?? unknownType("of a union's branch");
  return {
    skip: (bytes, at) => branchAt(bytes, at).skip(bytes, next),
    read: (bytes, at) => branchAt(bytes, at).read(bytes, next),
  };
}

function recordOf(declared: { name: string; type: AvroSchema }[], named: Map<string, Decoder>): RecordDecoder {
  const names = declared.map(({ name }) => name);
  const fields = declared.map(({ type }) => decoderOf(type, named));
  let size = 0;
  const slots = fields.map((field) => {
    const slot = size;
    size += "walk" in field ? (field as RecordDecoder).size : 1;
    return slot;
  });
  const walk: RecordDecoder["walk"] = (bytes, at, places, base) => {
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i];
      const slot = base + slots[i];
      if ("walk" in field) at = (field as RecordDecoder).walk(bytes, at, places, slot);
      else {
        places[slot] = at;
        at = field.skip(bytes, at);
      }
    }
    return at;
  };
  const decoder: RecordDecoder = {
    ...{ names, fields, slots, size, walk },
    skip(bytes, at) {
      for (const field of fields) at = field.skip(bytes, at);
      return at;
    },
    read(bytes, at) {
      const places = new Int32Array(size);
      walk(bytes, at, places, 0);
      return new AvroRecord(decoder, bytes, places, 0);
    },
  };
  return decoder;
}

/** Told by what is read, not by how the schema puts it: DuckDB writes `{"type": "int"}` where others write `"int"`. */
function isPair(item: Decoder): boolean {
  const { names, fields } = item as Partial<RecordDecoder>;
  return names?.length === 2 && names[0] === "key" && names[1] === "value" && fields?.[0] === primitives.int;
}

function arrayDecoder(item: Decoder, isPairs: boolean): Decoder {
  // Most of a manifest's bytes are counts by column.
  const isLongs = isPairs && (item as RecordDecoder).fields[1] === primitives.long;
  return {
    skip(bytes, at) {
      for (;;) {
        const count = readInt(bytes, at);
        at = next;
        if (count === 0) return at;
        if (count < 0) at = skipBytes(bytes, at);
        else if (isLongs) at = skipVarints(bytes, at, 2 * count);
        else for (let n = 0; n < count; n++) at = within(bytes, item.skip(bytes, at));
      }
    },
    read: (bytes, at) => (isPairs ? new AvroPairs(item as RecordDecoder, bytes, at) : Array.from(items(item, bytes, at), (place) => item.read(bytes, place))),
  };
}

function within(bytes: Buffer, at: number): number {
  if (at <= bytes.length) return at;
  throw new Error("a block ends inside an array");
}

/** Where each item of an array begins. */
function* items(item: Decoder, bytes: Buffer, at: number): Generator<number> {
  for (;;) {
    const count = readInt(bytes, at);
    at = next;
    if (count === 0) return;
    if (count < 0) at = skipVarint(bytes, at);
    for (let n = 0; n < Math.abs(count); n++) {
      yield at;
      at = within(bytes, item.skip(bytes, at));
    }
  }
}

/** A map from whole numbers, which Avro has as an array of pairs. */
class AvroPairs implements Iterable<[key: number, value: unknown]> {
  readonly #pair: RecordDecoder;
  readonly #bytes: Buffer;
  readonly #at: number;

  constructor(pair: RecordDecoder, bytes: Buffer, at: number) {
    this.#pair = pair;
    this.#bytes = bytes;
    this.#at = at;
  }

  /** Looks the key up where it lies: of a file's statistics a plan wants those of one column or two. */
  get(key: number): unknown {
    const bytes = this.#bytes;
    const value = this.#pair.fields[1];
    for (let at = this.#at; ; ) {
      const count = readInt(bytes, at);
      at = next;
      if (count === 0) return undefined;
      if (count < 0) at = skipVarint(bytes, at);
      for (let n = Math.abs(count); n > 0; n--) {
        const found = readInt(bytes, at);
        if (found === key) return value.read(bytes, next);
        at = within(bytes, value.skip(bytes, next));
      }
    }
  }

  *[Symbol.iterator](): Generator<[key: number, value: unknown]> {
    const value = this.#pair.fields[1];
    for (const place of items(this.#pair, this.#bytes, this.#at)) {
      const key = readInt(this.#bytes, place);
      yield [key, value.read(this.#bytes, next)];
    }
  }
}
