import type { Batch, Vector } from "../../batch/batch.ts";
import type { Utf8 } from "../../batch/strings.ts";
import { type AvroEnum, type AvroRecord, type AvroType, isNullable, withoutNull } from "../../model/avro-schema.ts";
import { longBytesMax, writeDouble, writeLong } from "./avro-bytes.ts";
import { writeNested } from "./avro-nested.ts";
import { ByteWriter } from "./bytes.ts";
import { dayNumber } from "./days.ts";
import type { EncodedValues } from "./values.ts";

/** Written to again and again: what is handed out for good is the record batch that is made of it. */
let scratch = new ByteWriter(1 << 16);
const scratchBytesMax = 8 * 1024 * 1024;

/**
 * Each record of a batch in Avro's binary form, straight from the columns. A record that deletes its key has no bytes.
 *
 * @param schema - its fields are the batch's columns, in their order
 * @returns bytes that hold until the next call; undefined when a value does not fit into the schema
 */
export function encodeAvro(batch: Batch, { fields }: AvroRecord): EncodedValues | undefined {
  const { count, tombstones } = batch;
  const columns: ColumnWriter[] = [];
  for (const [c, { vector }] of batch.columns.entries()) {
    const column = columnWriter(fields[c].type, vector, batch);
    if (!column) return undefined;
    columns.push(column);
  }
  const rowMax = columns.reduce((sum, { bytesMax }) => sum + bytesMax + 1, 0);
  const ends = new Int32Array(count);
  if (scratch.bytes.byteLength > scratchBytesMax) scratch = new ByteWriter(1 << 16);
  const out = scratch;
  out.at = 0;
  for (let i = 0; i < count; i++) {
    if (tombstones === undefined || tombstones[i] === 0) {
      out.reserve(rowMax);
      for (let c = 0; c < columns.length; c++) {
        const { nulls, lead, write } = columns[c];
        if (nulls !== undefined && nulls[i] === 0) {
          out.bytes[out.at++] = nullBranch;
          continue;
        }
        if (lead) out.bytes[out.at++] = valueBranch;
        write(out, i);
      }
    }
    ends[i] = out.at;
  }
  return { bytes: out.finish(), ends };
}

/** Null stands first in each union that has it, and numbers are zigzag. */
const nullBranch = 0;
const valueBranch = 2;

type WriteValue = (out: ByteWriter, index: number) => void;

interface ValueWriter {
  write: WriteValue;
  /** Of one value. */
  bytesMax: number;
}

interface ColumnWriter extends ValueWriter {
  /** 0 where there is no value. */
  nulls?: Uint8Array;
  /** Before each value stands that it is none of null. */
  lead: boolean;
}

/** Undefined when a value does not fit. */
function columnWriter(type: AvroType, vector: Vector, batch: Batch): ColumnWriter | undefined {
  const mayBeNull = isNullable(type);
  const nulls = vector.valid;
  if (nulls && !mayBeNull) for (let i = 0; i < batch.count; i++) if (nulls[i] === 0 && batch.tombstones?.[i] !== 1) return undefined;
  const own = withoutNull(type);
  const isUnion = Array.isArray(own);
  const writer = vector.kind === "str" ? textWriter(isUnion ? type : own, vector, batch.count) : numberWriter(own, vector, batch.count);
  return writer && { ...writer, nulls, lead: mayBeNull && !isUnion };
}

function numberWriter(type: AvroType, { kind, values, valid }: Exclude<Vector, { kind: "str" }>, count: number): ValueWriter | undefined {
  if (kind === "bool") return { write: (out, i) => void (out.bytes[out.at++] = values[i]), bytesMax: 1 };
  if (type === "double") return { write: (out, i) => writeDouble(out, values[i]), bytesMax: 8 };
  if (type !== "long") return { write: (out, i) => writeLong(out, Math.trunc(values[i])), bytesMax: longBytesMax };
  if (kind === "f64") for (let i = 0; i < count; i++) if (!Number.isSafeInteger(values[i]) && (valid === undefined || valid[i] === 1)) return undefined;
  return { write: (out, i) => writeLong(out, values[i]), bytesMax: longBytesMax };
}

type Texts = Extract<Vector, { kind: "str" }>;

function textWriter(type: AvroType, texts: Texts, count: number): ValueWriter | undefined {
  if (type === "string" || (typeof type === "object" && "logicalType" in type && type.logicalType === "json")) return plainWriter(texts);
  const encoded = encodedEntries(texts, count, entryWriter(type));
  return encoded && copyWriter(texts, encoded, 0);
}

/** Text as it is, with its length before it. */
function plainWriter(texts: Texts): ValueWriter {
  const { codes } = texts;
  const { blob, ends } = texts.dictionary.utf8;
  const copying = copyWriter(texts, { blob, ends }, longBytesMax);
  return {
    ...copying,
    write: (out, i) => {
      const code = codes[i];
      writeLong(out, ends[code] - (code === 0 ? 0 : ends[code - 1]));
      copying.write(out, i);
    },
  };
}

function copyWriter({ codes }: Texts, { blob, ends }: Pick<Utf8, "blob" | "ends">, moreBytes: number): ValueWriter {
  const write: WriteValue = (out, i) => {
    const code = codes[i];
    out.copy(blob, code === 0 ? 0 : ends[code - 1], ends[code]);
  };
  return { write, bytesMax: longest(ends) + moreBytes };
}

function longest(ends: Int32Array): number {
  let most = 0;
  let start = 0;
  for (const end of ends) {
    if (end - start > most) most = end - start;
    start = end;
  }
  return most;
}

/** The entries of a dictionary that are used, each written once. Undefined when one is no value of the type. */
function encodedEntries({ codes, dictionary, valid }: Texts, count: number, write: (out: ByteWriter, text: string) => boolean): Pick<Utf8, "blob" | "ends"> | undefined {
  const used = new Uint8Array(dictionary.length);
  for (let i = 0; i < count; i++) if (valid === undefined || valid[i] === 1) used[codes[i]] = 1;
  const out = new ByteWriter(count * 8 + 64);
  const ends = new Int32Array(dictionary.length);
  for (let code = 0; code < ends.length; code++) {
    if (used[code] === 1 && !write(out, dictionary.at(code))) return undefined;
    ends[code] = out.at;
  }
  return { blob: out.finish(), ends };
}

/** What stands in a column as text: days, one of a few names, JSON. */
function entryWriter(type: AvroType): (out: ByteWriter, text: string) => boolean {
  if (typeof type === "object" && "logicalType" in type) return (out, text) => writeNumber(out, dayNumber(text));
  if (typeof type === "object" && "symbols" in type) return symbolWriter(type);
  return (out, text) => writeNested(out, type, JSON.parse(text));
}

function symbolWriter({ symbols }: AvroEnum): (out: ByteWriter, text: string) => boolean {
  const numbers = new Map(symbols.map((symbol, n) => [symbol, n]));
  return (out, text) => {
    const number = numbers.get(text);
    return number !== undefined && writeNumber(out, number);
  };
}

function writeNumber(out: ByteWriter, value: number): boolean {
  out.reserve(longBytesMax);
  writeLong(out, value);
  return true;
}
