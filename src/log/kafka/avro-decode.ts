import type { BatchColumn, Vector } from "../../batch/batch.ts";
import { Strings } from "../../batch/strings.ts";
import { type AvroField, type AvroRecord, type AvroType, columnsOfAvro, isNullable, withoutNull } from "../../model/avro-schema.ts";
import { AvroCursor } from "./avro-bytes.ts";
import { jsonText, readNested } from "./avro-nested.ts";
import { FlagVector, FloatVector, TextVector } from "./column-vectors.ts";
import { dayText } from "./days.ts";
import type { DecodedValues, ValueSpans } from "./values.ts";

/** Avro's values as columns. */
export function decodeAvro({ bytes, spans, from, to }: ValueSpans, schema: AvroRecord): DecodedValues {
  const { fields } = schema;
  const readers = fields.map(({ type }) => columnReader(type, to - from));
  const cursor = new AvroCursor(bytes);
  const broken = new Map<number, string>();
  for (let i = from; i < to; i++) {
    const row = i - from;
    const why = spans[2 * i] < 0 ? "" : readRecord(cursor, spans[2 * i], spans[2 * i + 1], { fields, readers, row });
    if (why === undefined) continue;
    for (const { reader } of readers) reader.setNull(row);
    if (why !== "") broken.set(row, why);
  }
  return { columns: columnsOfAvro(schema).map(({ name, type }, c): BatchColumn => ({ name, type, vector: readers[c].reader.finish() })), broken };
}

/** @returns what is wrong with it */
function readRecord(cursor: AvroCursor, start: number, end: number, { fields, readers, row }: { fields: AvroField[]; readers: ColumnReader[]; row: number }): string | undefined {
  cursor.at = start;
  cursor.end = end;
  let c = 0;
  try {
    for (; c < readers.length; c++) {
      const { hasLead, reader } = readers[c];
      if (hasLead && isNull(cursor)) reader.setNull(row);
      else reader.read(cursor, row);
    }
  } catch (error) {
    if (error instanceof RangeError) return `field "${fields[c].name}" cannot be read as Avro: ${error.message}`;
    throw error;
  }
  return cursor.at === end ? undefined : `${end - cursor.at} bytes are left behind its last field: it is written by another schema`;
}

/** Of a union of null and one type. */
function isNull(cursor: AvroCursor): boolean {
  const branch = cursor.long();
  if (branch !== 0 && branch !== 1) throw new RangeError(`there is no choice ${branch} among 2`);
  return branch === 0;
}

interface ValueReader {
  /** @throws RangeError when what stands there is no value of the type */
  read(cursor: AvroCursor, row: number): void;
  setNull(row: number): void;
  finish(): Vector;
}

interface ColumnReader {
  /** Before each value stands whether it is null. */
  hasLead: boolean;
  reader: ValueReader;
}

function columnReader(type: AvroType, count: number): ColumnReader {
  const own = withoutNull(type);
  const isUnion = Array.isArray(own);
  return { hasLead: isNullable(type) && !isUnion, reader: valueReader(isUnion ? type : own, count) };
}

function valueReader(type: AvroType, count: number): ValueReader {
  if (type === "string") return new TextReader(count);
  if (type === "boolean") return new BooleanReader(count);
  if (type === "double") return new DoubleReader(count);
  if (type === "long") return new LongReader(count, Number.MAX_SAFE_INTEGER);
  if (typeof type === "string" || Array.isArray(type)) return new NestedReader(count, type);
  if ("symbols" in type) return new SymbolReader(count, type.symbols);
  if (!("logicalType" in type)) return new NestedReader(count, type);
  if (type.logicalType === "json") return new JsonReader(count);
  return type.logicalType === "date" ? new DateReader(count) : new LongReader(count, timestampMax);
}

/** The range of `Date`, milliseconds either way from 1970. */
const timestampMax = 8.64e15;

class TextReader extends TextVector implements ValueReader {
  read(cursor: AvroCursor, row: number): void {
    const start = cursor.skip();
    const { bytes, at: end } = cursor;
    let high = 0;
    for (let i = start; i < end; i++) high |= bytes[i];
    if (high > 0x7f) this.ascii = false;
    this.keep(row, bytes, start, end);
  }
}

class JsonReader extends TextVector implements ValueReader {
  read(cursor: AvroCursor, row: number): void {
    this.keepText(row, jsonText(cursor.text()));
  }
}

class NestedReader extends TextVector implements ValueReader {
  readonly #type: AvroType;

  constructor(count: number, type: AvroType) {
    super(count);
    this.#type = type;
  }

  read(cursor: AvroCursor, row: number): void {
    const text = readNested(cursor, this.#type);
    if (text === "null" && isNullable(this.#type)) this.setNull(row);
    else this.keepText(row, text);
  }
}

/** Neighbours often share their day, whose text is kept. */
class DateReader extends TextVector implements ValueReader {
  #days = Number.NaN;
  #text = Buffer.alloc(0);

  read(cursor: AvroCursor, row: number): void {
    const days = cursor.long();
    if (days !== this.#days) {
      const text = dayText(days);
      if (text === undefined) throw new RangeError(`day ${days} has no date of four digits for its year`);
      this.#days = days;
      this.#text = Buffer.from(text);
    }
    this.keep(row, this.#text, 0, this.#text.byteLength);
  }
}

/** The symbols are the dictionary, and their numbers the codes. */
class SymbolReader implements ValueReader {
  readonly #codes: Int32Array;
  readonly #symbols: string[];
  #valid: Uint8Array | undefined;

  constructor(count: number, symbols: string[]) {
    this.#codes = new Int32Array(count);
    this.#symbols = symbols;
  }

  read(cursor: AvroCursor, row: number): void {
    const code = cursor.long();
    if (!(code >= 0 && code < this.#symbols.length)) throw new RangeError(`there is no symbol ${code}`);
    this.#codes[row] = code;
  }

  setNull(row: number): void {
    this.#valid ??= new Uint8Array(this.#codes.length).fill(1);
    this.#valid[row] = 0;
  }

  finish(): Vector {
    return { kind: "str", codes: this.#codes, dictionary: Strings.of(this.#symbols), valid: this.#valid };
  }
}

class BooleanReader extends FlagVector implements ValueReader {
  read(cursor: AvroCursor, row: number): void {
    this.values[row] = cursor.byte() === 1 ? 1 : 0;
  }
}

class DoubleReader extends FloatVector implements ValueReader {
  read(cursor: AvroCursor, row: number): void {
    this.values[row] = cursor.double();
  }
}

class LongReader extends FloatVector implements ValueReader {
  readonly #max: number;

  /** @param max - what is farther from 0 has no place in a column */
  constructor(count: number, max: number) {
    super(count);
    this.#max = max;
  }

  read(cursor: AvroCursor, row: number): void {
    const value = cursor.long();
    if (!(Math.abs(value) <= this.#max)) throw new RangeError(`${value} is too large`);
    this.values[row] = value;
  }
}
