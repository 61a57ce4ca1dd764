import type { BatchColumn, Vector } from "../../batch/batch.ts";
import { BatchBuilder } from "../../batch/builder.ts";
import { Strings } from "../../batch/strings.ts";
import { parseTimestamp } from "../../batch/timestamp.ts";
import type { Column, ColumnType } from "../../model/manifest.ts";
import { ByteWriter } from "./bytes.ts";

/** JSON texts in bytes: text `i` stands at `spans[2 * i]` to `spans[2 * i + 1]`; a begin of -1 is a record without a value. */
export interface JsonSpans {
  bytes: Uint8Array;
  spans: Int32Array;
  /** The texts from this one on... */
  from: number;
  /** ...up to this one. */
  to: number;
}

export interface DecodedJson {
  columns: BatchColumn[];
  /** What was wrong with each text that is no record of these columns, by its number counted from `from`. Its values are null. */
  broken: Map<number, string>;
}

/**
 * JSON objects as columns. Objects that are spelled as `encodeJson` does are read straight from the bytes; when one is not,
 * all are read again in the way that takes any JSON.
 */
export function decodeJson(texts: JsonSpans, columns: Column[]): DecodedJson {
  return decodeUsual(texts, columns) ?? decodeAny(texts, columns);
}

function decodeAny({ bytes, spans, from, to }: JsonSpans, columns: Column[]): DecodedJson {
  const builder = new BatchBuilder({ columns, where: "a value in Kafka" });
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const broken = new Map<number, string>();
  for (let i = from; i < to; i++) {
    if (spans[2 * i] < 0) {
      builder.appendTombstone("", 0);
      continue;
    }
    try {
      builder.append(withNumbers(JSON.parse(text.toString("utf8", spans[2 * i], spans[2 * i + 1])), columns), 0);
    } catch (error) {
      broken.set(i - from, (error as Error).message.split("\n")[0]);
      builder.appendTombstone("", 0);
    }
  }
  return { columns: builder.finish().columns, broken };
}

/** Numbers that JSON cannot say come as text. */
function withNumbers(record: any, columns: Column[]): object {
  if (Array.isArray(record)) throw new Error("it is a list, and no object");
  for (const { name, type } of columns) if (type === "number" && typeof record?.[name] === "string" && unsaid.has(record[name])) record[name] = Number(record[name]);
  return record;
}

const unsaid = new Set(["NaN", "Infinity", "-Infinity"]);

/** Undefined when a text is spelled in another way, or holds what is not read here. */
function decodeUsual({ bytes, spans, from, to }: JsonSpans, columns: Column[]): DecodedJson | undefined {
  const readers = columns.map((column, c) => columnReader(column, c, to - from));
  if (readers.length === 0) return undefined;
  const scan: Scan = { bytes, at: 0, end: 0 };
  for (let i = from; i < to; i++) {
    const row = i - from;
    if (spans[2 * i] < 0) {
      for (const reader of readers) reader.setNull(row);
      continue;
    }
    scan.at = spans[2 * i];
    scan.end = spans[2 * i + 1];
    for (let c = 0; c < readers.length; c++) {
      const reader = readers[c];
      if (!skipText(scan, reader.lead)) return undefined;
      if (reader.nullable && skipText(scan, nullText)) reader.setNull(row);
      else if (!reader.read(scan, row)) return undefined;
    }
    if (scan.at + 1 !== scan.end || bytes[scan.at] !== 0x7d) return undefined;
  }
  return { columns: columns.map(({ name, type }, c): BatchColumn => ({ name, type, vector: readers[c].finish() })), broken: new Map() };
}

/** Where the reading of one text stands. */
interface Scan {
  bytes: Uint8Array;
  at: number;
  end: number;
}

interface ColumnReader {
  /** What stands before the value. */
  lead: Uint8Array;
  nullable: boolean;
  /** @returns false when what stands here is not read by it */
  read(scan: Scan, row: number): boolean;
  setNull(row: number): void;
  finish(): Vector;
}

const nullText = Buffer.from("null");
const trueText = Buffer.from("true");
const falseText = Buffer.from("false");
const quote = 0x22;
const backslash = 0x5c;

function skipText(scan: Scan, text: Uint8Array): boolean {
  const { bytes, at } = scan;
  if (at + text.length > scan.end) return false;
  for (let i = 0; i < text.length; i++) if (bytes[at + i] !== text[i]) return false;
  scan.at = at + text.length;
  return true;
}

function columnReader(column: Column, c: number, count: number): ColumnReader {
  const lead = Buffer.from(`${c === 0 ? "{" : ","}${JSON.stringify(column.name)}:`, "utf8");
  const reader = readerOf(column.type, count);
  return Object.assign(reader, { lead, nullable: column.nullable });
}

type ValueReader = Omit<ColumnReader, "lead" | "nullable">;

function readerOf(type: ColumnType, count: number): ValueReader {
  switch (type) {
    case "string":
      return new TextReader(count);
    case "boolean":
      return new BooleanReader(count);
    case "integer":
    case "number":
      return new NumberReader(type, count);
    case "timestamp":
      return new TimestampReader(count);
    case "date":
      return new DateReader(count);
    case "json":
      return new JsonReader(count);
  }
}

/** Text is copied byte by byte, and becomes JavaScript's strings when somebody asks for them. */
class TextReader implements ValueReader {
  readonly #count: number;
  readonly #ends: Int32Array;
  readonly #blob: ByteWriter;
  #ascii = true;
  #valid: Uint8Array | undefined;

  constructor(count: number) {
    this.#count = count;
    this.#ends = new Int32Array(count);
    this.#blob = new ByteWriter(count * 16 + 64);
  }

  read(scan: Scan, row: number): boolean {
    const { bytes, end } = scan;
    if (bytes[scan.at] !== quote) return false;
    let at = scan.at + 1;
    const start = at;
    let high = 0;
    let byte = quote;
    for (; at < end; at++) {
      byte = bytes[at];
      if (byte === quote || byte === backslash || byte < 0x20) break;
      high |= byte;
    }
    if (at === end || byte < 0x20) return false;
    if (byte === backslash) return this.#readEscaped(scan, row);
    if (high > 0x7f) this.#ascii = false;
    this.keep(row, bytes, start, at);
    scan.at = at + 1;
    return true;
  }

  /** Keeps `bytes[start..end)` as the text of a row. */
  protected keep(row: number, bytes: Uint8Array, start: number, end: number): void {
    this.#blob.reserve(end - start);
    this.#blob.copy(bytes, start, end);
    this.#ends[row] = this.#blob.at;
  }

  protected keepText(row: number, text: string): void {
    const bytes = Buffer.from(text, "utf8");
    if (bytes.byteLength !== text.length) this.#ascii = false;
    this.keep(row, bytes, 0, bytes.byteLength);
  }

  #readEscaped(scan: Scan, row: number): boolean {
    const end = textEnd(scan);
    const text = parsed(scan, end);
    if (typeof text !== "string") return false;
    this.keepText(row, text);
    scan.at = end;
    return true;
  }

  setNull(row: number): void {
    this.#valid ??= new Uint8Array(this.#count).fill(1);
    this.#valid[row] = 0;
    this.#ends[row] = this.#blob.at;
  }

  finish(): Vector {
    const codes = new Int32Array(this.#count);
    for (let i = 0; i < codes.length; i++) codes[i] = i;
    return { kind: "str", codes, dictionary: Strings.ofUtf8({ blob: this.#blob.finish(), ends: this.#ends, ascii: this.#ascii }), valid: this.#valid };
  }
}

/** Where the text ends that begins here, behind its closing quote. */
function textEnd({ bytes, at, end }: Scan): number {
  at++;
  while (at < end && bytes[at] !== quote) at += bytes[at] === backslash ? 2 : 1;
  return at + 1;
}

/** Where the object, list, text or word ends that begins here. */
function valueEnd({ bytes, at, end }: Scan): number {
  let depth = 0;
  for (; at < end; at++) {
    const byte = bytes[at];
    if (byte === quote) at = textEnd({ bytes, at, end }) - 1;
    else if (byte === 0x7b || byte === 0x5b) depth++;
    else if (depth === 0 && (byte === 0x2c || byte === 0x7d)) return at;
    else if ((byte === 0x7d || byte === 0x5d) && --depth === 0) return at + 1;
    if (depth === 0 && byte === quote) return at + 1;
  }
  return at;
}

/** Undefined where it is no JSON. */
function parsed({ bytes, at, end }: Scan, to: number): unknown {
  if (to > end) return undefined;
  try {
    return JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset + at, to - at).toString("utf8"));
  } catch {
    return undefined;
  }
}

/** A value of any kind, as its JSON text. */
class JsonReader extends TextReader {
  override read(scan: Scan, row: number): boolean {
    const end = valueEnd(scan);
    const value = parsed(scan, end);
    if (value === undefined) return false;
    this.keepText(row, JSON.stringify(value));
    scan.at = end;
    return true;
  }
}

/** `"2024-02-29"`. Neighbours often share their day, which is looked at once. */
class DateReader extends TextReader {
  #day = -1;

  override read(scan: Scan, row: number): boolean {
    const { bytes, at } = scan;
    if (at + 12 > scan.end || bytes[at] !== quote || bytes[at + 5] !== 0x2d || bytes[at + 8] !== 0x2d || bytes[at + 11] !== quote) return false;
    const day = dayOf(bytes, at + 1);
    if (day !== this.#day && Number.isNaN(dayMs(day))) return false;
    this.#day = day;
    this.keep(row, bytes, at + 1, at + 11);
    scan.at = at + 12;
    return true;
  }
}

/** 20240229 for `2024-02-29`; NaN where they are not all digits. */
const dayOf = (bytes: Uint8Array, at: number): number => digits(bytes, at, 4) * 10_000 + digits(bytes, at + 5, 2) * 100 + digits(bytes, at + 8, 2);

/** When the day begins, milliseconds since 1970; NaN when there is no such day. */
function dayMs(day: number): number {
  const text = String(day).padStart(8, "0");
  return parseTimestamp(`${text.slice(0, 4)}-${text.slice(4, 6)}-${text.slice(6)}T00:00:00.000Z`);
}

class BooleanReader implements ValueReader {
  readonly #values: Uint8Array;
  #valid: Uint8Array | undefined;

  constructor(count: number) {
    this.#values = new Uint8Array(count);
  }

  read(scan: Scan, row: number): boolean {
    if (skipText(scan, trueText)) {
      this.#values[row] = 1;
      return true;
    }
    return skipText(scan, falseText);
  }

  setNull(row: number): void {
    this.#valid ??= new Uint8Array(this.#values.length).fill(1);
    this.#valid[row] = 0;
  }

  finish(): Vector {
    return { kind: "bool", values: this.#values, valid: this.#valid };
  }
}

/** Numbers by type, in 64-bit floats. */
abstract class FloatReader implements ValueReader {
  protected readonly values: Float64Array;
  #valid: Uint8Array | undefined;

  constructor(count: number) {
    this.values = new Float64Array(count);
  }

  abstract read(scan: Scan, row: number): boolean;

  setNull(row: number): void {
    this.#valid ??= new Uint8Array(this.values.length).fill(1);
    this.#valid[row] = 0;
  }

  finish(): Vector {
    return { kind: "f64", values: this.values, valid: this.#valid };
  }
}

/** So many digits make a whole number below 2 ** 53. */
const digitsMax = 15;
/** Powers of ten that are exact: a whole number divided by one of them is rounded once, as it must be. */
const powers = Array.from({ length: 23 }, (_, n) => 10 ** n);

class NumberReader extends FloatReader {
  readonly #whole: boolean;

  constructor(type: "integer" | "number", count: number) {
    super(count);
    this.#whole = type === "integer";
  }

  override read(scan: Scan, row: number): boolean {
    const { bytes, end } = scan;
    let at = scan.at;
    const negative = bytes[at] === 0x2d;
    if (negative) at++;
    const first = at;
    let value = 0;
    let digit = bytes[at] - 0x30;
    while (digit >= 0 && digit <= 9 && at < end) {
      value = value * 10 + digit;
      digit = bytes[++at] - 0x30;
    }
    let digits = at - first;
    if (digits === 0 || (digits > 1 && bytes[first] === 0x30)) return false;
    if (bytes[at] === 0x2e && !this.#whole) {
      const point = at++;
      digit = bytes[at] - 0x30;
      while (digit >= 0 && digit <= 9 && at < end) {
        value = value * 10 + digit;
        digit = bytes[++at] - 0x30;
      }
      const decimals = at - point - 1;
      digits += decimals;
      if (decimals === 0 || digits > digitsMax) return false;
      value /= powers[decimals];
    }
    if (digits > digitsMax || bytes[at] === 0x2e || (bytes[at] | 0x20) === 0x65) return false;
    this.values[row] = negative ? -value : value;
    scan.at = at;
    return true;
  }
}

/** `"2024-02-29T12:00:00.123Z"`, as we spell it. Neighbours often share their day, which is read once. */
class TimestampReader extends FloatReader {
  #day = -1;
  #dayMs = 0;

  override read(scan: Scan, row: number): boolean {
    const { bytes, at } = scan;
    if (at + 26 > scan.end || bytes[at] !== quote || bytes[at + 25] !== quote || bytes[at + 24] !== 0x5a) return false;
    if (bytes[at + 5] !== 0x2d || bytes[at + 8] !== 0x2d || bytes[at + 11] !== 0x54 || bytes[at + 14] !== 0x3a || bytes[at + 17] !== 0x3a || bytes[at + 20] !== 0x2e) return false;
    const day = dayOf(bytes, at + 1);
    const [hour, minute, second, ms] = [digits(bytes, at + 12, 2), digits(bytes, at + 15, 2), digits(bytes, at + 18, 2), digits(bytes, at + 21, 3)];
    if (!(day >= 0 && hour < 24 && minute < 60 && second < 60 && hour + minute + second + ms >= 0)) return false;
    if (day !== this.#day) {
      this.#dayMs = dayMs(day);
      if (Number.isNaN(this.#dayMs)) return false;
      this.#day = day;
    }
    this.values[row] = this.#dayMs + hour * 3_600_000 + minute * 60_000 + second * 1_000 + ms;
    scan.at = at + 26;
    return true;
  }
}

/** NaN where they are not all digits. */
function digits(bytes: Uint8Array, at: number, count: number): number {
  let value = 0;
  for (let i = at; i < at + count; i++) {
    const digit = bytes[i] - 0x30;
    if (digit < 0 || digit > 9) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
