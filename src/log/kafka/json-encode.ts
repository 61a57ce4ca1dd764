import type { Batch, Vector } from "../../batch/batch.ts";
import type { Utf8 } from "../../batch/strings.ts";
import { Strings } from "../../batch/strings.ts";
import { isoTimestamp } from "../../batch/timestamp.ts";
import type { ColumnType } from "../../model/manifest.ts";
import { ByteWriter } from "./bytes.ts";
import type { EncodedValues } from "./values.ts";

/** Written to again and again: what is handed out for good is the record batch that is made of it. */
let scratch = new ByteWriter(1 << 16);
const scratchBytesMax = 8 * 1024 * 1024;

/**
 * Each record of a batch as a JSON object with all its columns, in UTF-8: straight from the columns, no object in between.
 * Timestamps are ISO 8601; a number that JSON cannot say is the text `NaN`, `Infinity` or `-Infinity`.
 *
 * @returns bytes that hold until the next call
 */
export function encodeJson(batch: Batch): EncodedValues {
  const { count } = batch;
  const columns = batch.columns.map(({ name, type, vector }, c) => columnWriter(`${c === 0 ? "{" : ","}${JSON.stringify(name)}:`, type, vector));
  const rowMax = columns.reduce((sum, { bytesMax }) => sum + bytesMax, 2);
  const ends = new Int32Array(count);
  if (scratch.bytes.byteLength > scratchBytesMax) scratch = new ByteWriter(1 << 16);
  const out = scratch;
  out.at = 0;
  for (let i = 0; i < count; i++) {
    out.reserve(rowMax);
    for (const column of columns) {
      out.copy(column.lead, 0, column.lead.byteLength);
      if (column.valid && column.valid[i] === 0) out.copy(nullText, 0, 4);
      else column.write(out, i);
    }
    if (columns.length === 0) out.bytes[out.at++] = 0x7b;
    out.bytes[out.at++] = 0x7d;
    ends[i] = out.at;
  }
  return { bytes: out.finish(), ends };
}

interface ColumnWriter {
  lead: Uint8Array;
  valid?: Uint8Array;
  write(out: ByteWriter, index: number): void;
  bytesMax: number;
}

const nullText = Buffer.from("null");
const trueText = Buffer.from("true");
const falseText = Buffer.from("false");
/** `-2.2250738585072014e-308` in quotes, and some. */
const numberBytesMax = 32;

function columnWriter(name: string, type: ColumnType, vector: Vector): ColumnWriter {
  const lead = Buffer.from(name, "utf8");
  const writer = vector.kind === "str" ? textWriter(type, vector.codes, vector.dictionary) : { write: numberWriter(type, vector), bytesMax: numberBytesMax };
  return { lead, valid: vector.valid, write: writer.write, bytesMax: writer.bytesMax + lead.byteLength };
}

function numberWriter(type: ColumnType, { kind, values }: Exclude<Vector, { kind: "str" }>): ColumnWriter["write"] {
  if (kind === "bool") return (out, i) => (values[i] === 1 ? out.copy(trueText, 0, 4) : out.copy(falseText, 0, 5));
  if (type === "timestamp") return timestampWriter(values);
  return (out, i) => writeNumber(out, values[i]);
}

function textWriter(type: ColumnType, codes: Int32Array, dictionary: Strings): Pick<ColumnWriter, "write" | "bytesMax"> {
  const quotes = type === "json" ? 0 : 1;
  const { blob, ends } = quotes === 0 ? dictionary.utf8 : escaped(dictionary);
  const write = (out: ByteWriter, i: number): void => {
    const code = codes[i];
    if (quotes === 1) out.bytes[out.at++] = quote;
    out.copy(blob, code === 0 ? 0 : ends[code - 1], ends[code]);
    if (quotes === 1) out.bytes[out.at++] = quote;
  };
  return { write, bytesMax: longest(ends) + 2 };
}

const quote = 0x22;

function longest(ends: Int32Array): number {
  let most = 0;
  let start = 0;
  for (const end of ends) {
    if (end - start > most) most = end - start;
    start = end;
  }
  return most;
}

/** The texts as they stand between quotes. Most texts need no escape at all, which is seen from the bytes of all of them. */
function escaped(dictionary: Strings): Utf8 {
  const { utf8 } = dictionary;
  if (!needsEscape(utf8.blob.subarray(0, utf8.ends.at(-1) ?? 0))) return utf8;
  return Strings.of(dictionary.values.map((text) => JSON.stringify(text.toWellFormed()).slice(1, -1))).utf8;
}

function needsEscape(bytes: Uint8Array): boolean {
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i];
    if (byte < 0x20 || byte === quote || byte === 0x5c) return true;
  }
  return false;
}

function writeQuoted(out: ByteWriter, text: string): void {
  out.bytes[out.at++] = quote;
  writeAscii(out, text);
  out.bytes[out.at++] = quote;
}

function writeAscii(out: ByteWriter, text: string): void {
  const { bytes } = out;
  let at = out.at;
  for (let i = 0; i < text.length; i++) bytes[at++] = text.charCodeAt(i);
  out.at = at;
}

/** `"2024-02-29T12:00:00.123Z"`. Neighbours often share their second, whose text is kept. */
function timestampWriter(values: Exclude<Vector, { kind: "str" }>["values"]): ColumnWriter["write"] {
  let newest = Number.NaN;
  let text: Uint8Array = nullText;
  return (out, i) => {
    const ms = Math.trunc(values[i]);
    const second = Math.floor(ms / 1_000);
    if (second !== newest) {
      text = Buffer.from(`"${isoTimestamp(second * 1_000).slice(0, -4)}`);
      newest = second;
    }
    out.copy(text, 0, text.byteLength);
    const rest = ms - second * 1_000;
    writeDigits(out, rest, 3);
    out.bytes[out.at++] = 0x5a;
    out.bytes[out.at++] = quote;
  };
}

/** Decimals that are written without asking JavaScript for a text: what amounts and prices have. */
const decimals = 4;
const scale = 10 ** decimals;
const scaledMax = 2 ** 31;

function writeNumber(out: ByteWriter, value: number): void {
  if (value === Math.trunc(value) && value > -1e9 && value < 1e9) return writeWhole(out, value);
  const scaled = Math.round(value * scale);
  // The same number is read back, for both are the one that is nearest to this decimal.
  if (scaled / scale === value && scaled > -scaledMax && scaled < scaledMax) return writeDecimal(out, scaled);
  if (Number.isFinite(value)) writeAscii(out, String(value));
  else writeQuoted(out, String(value));
}

function writeDecimal(out: ByteWriter, scaled: number): void {
  if (scaled < 0) out.bytes[out.at++] = 0x2d;
  const positive = Math.abs(scaled);
  const whole = Math.floor(positive / scale);
  writeWhole(out, whole);
  out.bytes[out.at++] = 0x2e;
  writeDigits(out, positive - whole * scale, decimals);
  while (out.bytes[out.at - 1] === 0x30) out.at--;
}

/** With zeros in front, so that there are `count`. */
function writeDigits(out: ByteWriter, value: number, count: number): void {
  const { bytes } = out;
  let left = value | 0;
  for (let at = out.at + count - 1; at >= out.at; at--) {
    const rest = (left / 10) | 0;
    bytes[at] = 0x30 + left - rest * 10;
    left = rest;
  }
  out.at += count;
}

function writeWhole(out: ByteWriter, value: number): void {
  if (value < 0 || Object.is(value, -0)) out.bytes[out.at++] = 0x2d;
  const left = Math.abs(value) | 0;
  let digits = 1;
  for (let power = 10; digits < 9 && left >= power; power *= 10) digits++;
  writeDigits(out, left, digits);
}
