import type { BatchColumn, Vector } from "../../batch/batch.ts";
import { BatchBuilder } from "../../batch/builder.ts";
import { parseTimestamp } from "../../batch/timestamp.ts";
import type { Column, ColumnType } from "../../model/manifest.ts";
import { FlagVector, FloatVector, TextVector } from "./column-vectors.ts";
import type { DecodedValues, ValueSpans } from "./values.ts";


/**
 * JSON objects as columns. Objects that are spelled as `encodeJson` does are read straight from the bytes; when one is not,
 * all are read again in the way that takes any JSON.
 */
export function decodeJson(texts: ValueSpans, columns: Column[]): DecodedValues {
  return decodeUsual(texts, columns) ?? decodeAny(texts, columns);
}

function decodeAny({ bytes, spans, from, to }: ValueSpans, columns: Column[]): DecodedValues {
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
function decodeUsual({ bytes, spans, from, to }: ValueSpans, columns: Column[]): DecodedValues | undefined {
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
class TextReader extends TextVector implements ValueReader {
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
    if (high > 0x7f) this.ascii = false;
    this.keep(row, bytes, start, at);
    scan.at = at + 1;
    return true;
  }

  #readEscaped(scan: Scan, row: number): boolean {
    const end = textEnd(scan);
    const text = parsed(scan, end);
    if (typeof text !== "string") return false;
    this.keepText(row, text);
    scan.at = end;
    return true;
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

class BooleanReader extends FlagVector implements ValueReader {
  read(scan: Scan, row: number): boolean {
    if (skipText(scan, trueText)) {
      this.values[row] = 1;
      return true;
    }
    return skipText(scan, falseText);
  }
}

/** So many digits make a whole number below 2 ** 53. */
const digitsMax = 15;
/** Powers of ten that are exact: a whole number divided by one of them is rounded once, as it must be. */
const powers = Array.from({ length: 23 }, (_, n) => 10 ** n);

class NumberReader extends FloatVector implements ValueReader {
  readonly #whole: boolean;

  constructor(type: "integer" | "number", count: number) {
    super(count);
    this.#whole = type === "integer";
  }

  read(scan: Scan, row: number): boolean {
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
class TimestampReader extends FloatVector implements ValueReader {
  #day = -1;
  #dayMs = 0;

  read(scan: Scan, row: number): boolean {
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
