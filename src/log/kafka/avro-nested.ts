import type { AvroField, AvroLogical, AvroRecord, AvroType } from "../../model/avro-schema.ts";
import { type AvroCursor, longBytesMax, writeDouble, writeLong } from "./avro-bytes.ts";
import type { ByteWriter } from "./bytes.ts";

/* What is nested in a column: JSON here, Avro there. Back comes what went in, but for the order of the fields of objects. */

/**
 * Writes a value of JSON.
 * @returns false when it is none of the type: what is written until then counts for nothing
 */
export function writeNested(out: ByteWriter, type: AvroType, value: unknown): boolean {
  if (Array.isArray(type)) return writeBranch(out, type, value);
  if (!isOf(type, value)) return false;
  out.reserve(longBytesMax);
  if (typeof type === "string") return writePlain(out, type, value);
  if ("logicalType" in type) return writeText(out, JSON.stringify(value));
  switch (type.type) {
    case "enum":
      writeLong(out, type.symbols.indexOf(value as string));
      return true;
    case "array":
      return writeBlock(out, value as unknown[], (item) => writeNested(out, type.items, item));
    case "map":
      return writeBlock(out, Object.entries(value as object), ([key, item]) => writeText(out, key) && writeNested(out, type.values, item));
    case "record":
      return writeFields(out, type, value as Record<string, unknown>);
  }
}

function writePlain(out: ByteWriter, type: AvroType, value: unknown): boolean {
  if (type === "string") return writeText(out, value as string);
  if (type === "long") writeLong(out, value as number);
  if (type === "double") writeDouble(out, value as number);
  if (type === "boolean") out.bytes[out.at++] = value === true ? 1 : 0;
  return true;
}

function writeText(out: ByteWriter, text: string): boolean {
  const bytes = Buffer.from(text, "utf8");
  out.reserve(bytes.byteLength + longBytesMax);
  writeLong(out, bytes.byteLength);
  out.copy(bytes, 0, bytes.byteLength);
  return true;
}

function writeBlock<T>(out: ByteWriter, items: readonly T[], write: (item: T) => boolean): boolean {
  if (items.length > 0) writeLong(out, items.length);
  if (!items.every(write)) return false;
  out.reserve(1);
  writeLong(out, 0);
  return true;
}

function writeFields(out: ByteWriter, { fields }: AvroRecord, value: Record<string, unknown>): boolean {
  let known = 0;
  for (const field of fields) {
    const isThere = Object.hasOwn(value, field.name);
    if (isThere) known++;
    // Null stands for a field that is absent, if it may be: what is there and null would come back as absent.
    if (isOptional(field) ? isThere && value[field.name] === null : !isThere) return false;
    if (!writeNested(out, field.type, isThere ? value[field.name] : null)) return false;
  }
  return known === Object.keys(value).length;
}

const isOptional = (field: AvroField): boolean => field.default === null;

function writeBranch(out: ByteWriter, types: readonly AvroType[], value: unknown): boolean {
  const branch = types.findIndex((type) => isOf(type, value));
  if (branch < 0) return false;
  out.reserve(longBytesMax);
  writeLong(out, branch);
  return writeNested(out, types[branch], value);
}

function isOf(type: AvroType, value: unknown): boolean {
  switch (kindOf(type)) {
    case "null":
      return value === null;
    case "boolean":
      return typeof value === "boolean";
    case "long":
      return Number.isSafeInteger(value);
    case "double":
      return typeof value === "number";
    case "string":
      return typeof value === "string";
    case "enum":
      return typeof value === "string" && (type as { symbols: string[] }).symbols.includes(value);
    case "array":
      return Array.isArray(value);
    case "json":
      return true;
    default:
      return typeof value === "object" && value !== null && !Array.isArray(value);
  }
}

function kindOf(type: AvroType): string {
  if (typeof type === "string") return type;
  return "logicalType" in type ? (type as AvroLogical).logicalType : (type as AvroRecord).type;
}

/**
 * Reads a value.
 *
 * @returns its JSON text
 * @throws RangeError when it is cut off, or none of the type
 */
export function readNested(cursor: AvroCursor, type: AvroType): string {
  if (Array.isArray(type)) return readNested(cursor, oneOf(type, cursor.long()));
  if (typeof type === "string") return readPlain(cursor, type);
  if ("logicalType" in type) return jsonText(cursor.text());
  switch (type.type) {
    case "enum":
      return JSON.stringify(oneOf(type.symbols, cursor.long()));
    case "array":
      return `[${readBlocks(cursor, () => readNested(cursor, type.items)).join(",")}]`;
    case "map":
      return `{${readBlocks(cursor, () => `${JSON.stringify(cursor.text())}:${readNested(cursor, type.values)}`).join(",")}}`;
    case "record":
      return `{${readFields(cursor, type).join(",")}}`;
  }
}

function readPlain(cursor: AvroCursor, type: AvroType): string {
  if (type === "null") return "null";
  if (type === "boolean") return String(cursor.byte() === 1);
  if (type === "string") return JSON.stringify(cursor.text());
  const value = type === "long" ? cursor.long() : cursor.double();
  if (type === "long" ? Number.isSafeInteger(value) : Number.isFinite(value)) return JSON.stringify(value);
  throw new RangeError(`${value} is no number of JSON's`);
}

/** @throws RangeError when the text is no JSON */
export function jsonText(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    throw new RangeError("a text is no JSON");
  }
}

function readFields(cursor: AvroCursor, { fields }: AvroRecord): string[] {
  const written: string[] = [];
  for (const field of fields) {
    const text = readNested(cursor, field.type);
    if (text !== "null" || !isOptional(field)) written.push(`${JSON.stringify(field.name)}:${text}`);
  }
  return written;
}

/** Items that take no bytes could be claimed without end. */
const itemsMax = 1_000_000;

function readBlocks(cursor: AvroCursor, read: () => string): string[] {
  const items: string[] = [];
  for (let count = cursor.long(); count !== 0; count = cursor.long()) {
    // A block that says how long it is has its count below zero.
    if (count < 0) cursor.long();
    count = Math.abs(count);
    if (count > Math.max(cursor.end - cursor.at, itemsMax)) throw new RangeError("a list claims more items than it has bytes");
    for (let i = 0; i < count; i++) items.push(read());
  }
  return items;
}

function oneOf<T>(items: readonly T[], index: number): T {
  if (index >= 0 && index < items.length) return items[index];
  throw new RangeError(`there is no choice ${index} among ${items.length}`);
}
