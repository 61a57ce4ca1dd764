import { fromUnscaledBytes, unscaledBytes, uuidText } from "./binary-value.ts";
import type { IcebergType } from "./iceberg-type.ts";
import { decimalOf } from "./iceberg-type.ts";
import type { PartitionValue, SourceValue } from "./transform.ts";
import { firstCharacters } from "./transform.ts";

/** Bounds of text are cut to this many characters, as other engines do: they prune, they are no copy of the data. */
const boundCharacters = 16;

/** A value in Iceberg's binary form for bounds. Not of types that hold others, nor of `binary` and `fixed`. */
export function encodeValue(type: IcebergType, value: SourceValue): Buffer {
  switch (type) {
    case "string":
      return Buffer.from(value as string, "utf8");
    case "boolean":
      return Buffer.from([value ? 1 : 0]);
    case "int":
    case "date":
      return sized(4, (bytes) => bytes.writeInt32LE(Number(value)));
    case "long":
    case "time":
    case "timestamptz":
    case "timestamp":
      return sized(8, (bytes) => bytes.writeBigInt64LE(BigInt(value)));
    case "float":
      return sized(4, (bytes) => bytes.writeFloatLE(Number(value)));
    case "double":
      return sized(8, (bytes) => bytes.writeDoubleLE(Number(value)));
    case "uuid":
      return Buffer.from((value as string).replaceAll("-", ""), "hex");
    default:
      return decimalOf(type) === undefined ? Buffer.from(value as string, "hex") : unscaledBytes(BigInt(value));
  }
}

/** The inverse of `encodeValue`. A bound of four bytes under a type of eight stems from before a promotion. */
export function decodeValue(type: IcebergType, bytes: Uint8Array): SourceValue {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  switch (type) {
    case "string":
      return view.toString("utf8");
    case "boolean":
      return view[0] !== 0;
    case "int":
    case "date":
      return view.readInt32LE();
    case "long":
    case "time":
    case "timestamptz":
    case "timestamp":
      return view.length === 4 ? BigInt(view.readInt32LE()) : view.readBigInt64LE();
    case "float":
      return view.readFloatLE();
    case "double":
      return view.length === 4 ? view.readFloatLE() : view.readDoubleLE();
    case "uuid":
      return uuidText(view);
    default:
      return decimalOf(type) === undefined ? view.toString("hex") : fromUnscaledBytes(view);
  }
}

/** Lower bound: the first characters of a text are never above it. */
export function encodeLowerBound(type: IcebergType, value: SourceValue): Buffer {
  return encodeValue(type, type === "string" ? firstCharacters(value as string, boundCharacters) : value);
}

/** Upper bound: a text that is cut must be raised. Undefined where no text of that length is above it. */
export function encodeUpperBound(type: IcebergType, value: SourceValue): Buffer | undefined {
  if (type !== "string") return encodeValue(type, value);
  const cut = firstCharacters(value as string, boundCharacters);
  const bound = cut === value ? cut : raised(cut);
  return bound === undefined ? undefined : encodeValue(type, bound);
}

/** The least text of at most the same length that is above every text that begins with `text`. */
export function raised(text: string): string | undefined {
  const characters = [...text];
  while (characters.length > 0) {
    const next = ((characters.pop() as string).codePointAt(0) as number) + 1;
    // The surrogates are no characters of their own.
    if (next <= 0x10ffff) return characters.join("") + String.fromCodePoint(next === 0xd800 ? 0xe000 : next);
  }
  return undefined;
}

/** Reads a bound as DuckDB prints it; undefined where it cannot be read, for a missing bound harms nobody. */
export function parseBound(type: IcebergType, text: string): SourceValue | undefined {
  switch (type) {
    case "string":
      return text;
    case "boolean":
      return text === "true" ? true : text === "false" ? false : undefined;
    case "int":
    case "long":
      return /^-?\d+$/.test(text) ? BigInt(text) : undefined;
    case "float":
    case "double":
      return text.trim() === "" || Number.isNaN(Number(text)) ? undefined : Number(text);
    case "date":
      return parseDays(text);
    case "timestamptz":
    case "timestamp":
      return parseMicros(text);
    case "time":
      return parseMicros(`1970-01-01 ${text}`);
    case "uuid":
      return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(text) ? text : undefined;
    default:
      return parseDecimal(type, text);
  }
}

/** The unscaled value of a decimal; undefined for other types, whose bounds are not kept. */
function parseDecimal(type: IcebergType, text: string): bigint | undefined {
  const decimal = decimalOf(type);
  const match = /^(-?)(\d*)(?:\.(\d+))?$/.exec(text);
  if (decimal === undefined || match === null || (match[3] ?? "").length > decimal.scale) return undefined;
  const digits = BigInt(`${match[2]}${(match[3] ?? "").padEnd(decimal.scale, "0")}` || "0");
  return match[1] === "-" ? -digits : digits;
}

/**
 * Days since 1970 of `YYYY-MM-DD`, or of a year with a sign and six digits.
 * @returns undefined for what is no date of the calendar
 */
export function parseDays(text: string): number | undefined {
  const match = /^(\d{4}|[+-]\d{6})-(\d\d)-(\d\d)$/.exec(text);
  if (match === null) return undefined;
  const [year, month, day] = [Number(match[1]), Number(match[2]), Number(match[3])];
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return date.getUTCMonth() === month - 1 && date.getUTCDate() === day ? date.getTime() / 86_400_000 : undefined;
}

/** Microseconds since 1970 of `YYYY-MM-DD hh:mm:ss[.ffffff][+00]`. */
function parseMicros(text: string): bigint | undefined {
  const match = /^(\d{4}-\d\d-\d\d) (\d\d):(\d\d):(\d\d)(?:\.(\d{1,6}))?(?:\+00)?$/.exec(text);
  const days = match ? parseDays(match[1]) : undefined;
  if (match === null || days === undefined) return undefined;
  const seconds = days * 86_400 + Number(match[2]) * 3600 + Number(match[3]) * 60 + Number(match[4]);
  return BigInt(seconds) * 1_000_000n + BigInt((match[5] ?? "").padEnd(6, "0"));
}

/** Order of two partition values of one type. */
export function compareValues(a: Exclude<PartitionValue, null>, b: Exclude<PartitionValue, null>): number {
  if (typeof a === "string") return Buffer.compare(Buffer.from(a), Buffer.from(b as string));
  return a === b ? 0 : a < b ? -1 : 1;
}

function sized(length: number, write: (bytes: Buffer) => void): Buffer {
  const bytes = Buffer.alloc(length);
  write(bytes);
  return bytes;
}
