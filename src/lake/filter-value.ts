import { duckdbType } from "./duckdb-type.ts";
import { sqlText } from "./duckdb.ts";
import type { IcebergType } from "./iceberg-type.ts";
import { decimalOf, typeText } from "./iceberg-type.ts";
import { parseBound, parseDays } from "./single-value.ts";
import { badDeclaration } from "./table-schema.ts";
import type { SourceValue } from "./transform.ts";

/**
 * A value as a filter gives it: text for strings; numbers, or a bigint, for whole numbers; for a date `2001-12-31` or the
 * days since 1970; for a timestamp ISO 8601 (UTC where it names no zone) or, as a bigint, the microseconds since 1970; for a
 * decimal text such as `12.50`; for a time `hh:mm:ss`; for a uuid its text; for bytes hexadecimal.
 */
export type FilterValue = string | number | bigint | boolean;

/** A value in the form in which values of its type are compared: text as its UTF-8, for that is the order of it; uuids as bytes. */
export type ComparableValue = bigint | number | Buffer;

/** @param value - as `decodeValue` and partitions give it */
export function comparableValue(type: IcebergType, value: SourceValue): ComparableValue {
  if (type === "string") return Buffer.from(value as string, "utf8");
  if (isBytes(type)) return Buffer.from((value as string).replaceAll("-", ""), "hex");
  return type === "float" || type === "double" ? Number(value) : BigInt(value);
}

/** Types whose bounds are compared as the bytes that they are stored as. */
export function isBytes(type: IcebergType): boolean {
  return type === "uuid" || type === "binary" || (typeof type === "string" && type.startsWith("fixed"));
}

/** NaN is above all numbers and equals itself. */
export function compareComparable(a: ComparableValue, b: ComparableValue): number {
  if (typeof a === "object" || typeof b === "object") return Buffer.compare(a as Buffer, b as Buffer);
  if (a === b) return 0;
  if (a < b) return -1;
  if (a > b) return 1;
  // One of two numbers is NaN, or both are; or 0 stands beside -0, which are one.
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

/** @throws MillraceError `MR-LAKE-006` */
export function parseFilterValue(table: string, column: string, type: IcebergType, value: FilterValue): ComparableValue {
  const parsed = readFilterValue(type, value);
  if (parsed !== undefined) return parsed;
  const shown = typeof value === "string" ? JSON.stringify(value.slice(0, 60)) : String(value);
  throw badDeclaration(table, `a filter compares column "${column}", which is ${typeText(type)}, with ${shown}`, `give a value of type ${typeText(type)}`);
}

/** Undefined for what is no value of the type, or is one that no filter can name, such as a date after the year 9999. */
export function readFilterValue(type: IcebergType, value: FilterValue): ComparableValue | undefined {
  switch (type) {
    case "string":
      return typeof value === "string" ? Buffer.from(value, "utf8") : undefined;
    case "boolean":
      return typeof value === "boolean" ? BigInt(value) : undefined;
    case "int":
    case "long":
      return wholeNumber(value);
    case "float":
      return typeof value === "number" ? Math.fround(value) : undefined;
    case "double":
      return typeof value === "number" ? value : undefined;
    case "date": {
      const days = typeof value === "string" ? parseDays(value) : wholeNumber(value);
      return days === undefined ? undefined : BigInt(days);
    }
    case "timestamptz":
    case "timestamp":
      return typeof value === "bigint" ? value : typeof value === "string" ? parseTime(value) : undefined;
    case "time":
      return (typeof value === "bigint" ? value : parseBound(type, String(value))) as bigint | undefined;
    default:
      return typeof value === "boolean" ? undefined : parseText(type, String(value));
  }
}

/** Of decimals, uuids and bytes. */
function parseText(type: IcebergType, text: string): ComparableValue | undefined {
  if (!isBytes(type)) return parseBound(type, text) as bigint | undefined;
  const isRight = type === "uuid" ? parseBound(type, text.toLowerCase()) !== undefined : /^([0-9a-f]{2})*$/i.test(text);
  return isRight ? comparableValue(type, text) : undefined;
}

function wholeNumber(value: FilterValue): bigint | undefined {
  if (typeof value === "bigint") return value;
  return Number.isSafeInteger(value) ? BigInt(value as number) : undefined;
}

/** Microseconds since 1970 of an ISO 8601 date or time. */
function parseTime(text: string): bigint | undefined {
  const match = /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,6}))?)?(Z|[+-]\d\d(?::?\d\d)?)?)?$/.exec(text);
  const days = match ? parseDays(match[1]) : undefined;
  if (match === null || days === undefined) return undefined;
  const [hours, minutes, seconds] = [match[2], match[3], match[4]].map((part) => Number(part ?? 0));
  const at = days * 86_400 + hours * 3600 + minutes * 60 + seconds - zoneSeconds(match[6]);
  return BigInt(at) * 1_000_000n + BigInt((match[5] ?? "").padEnd(6, "0"));
}

function zoneSeconds(zone: string | undefined): number {
  if (zone === undefined || zone === "Z") return 0;
  const [hours, minutes] = [Number(zone.slice(1, 3)), Number(zone.slice(3).replace(":", "") || 0)];
  return (zone[0] === "-" ? -1 : 1) * (hours * 3600 + minutes * 60);
}

/** The value as an SQL expression of the type that DuckDB reads such a column as. */
export function sqlValue(type: IcebergType, value: ComparableValue): string {
  switch (type) {
    case "string":
      return sqlText((value as Buffer).toString("utf8"));
    case "boolean":
      return value === 0n ? "false" : "true";
    case "int":
    case "long":
      return String(value);
    case "float":
    case "double":
      return `${sqlText(doubleText(value as number))}::${type}`;
    case "date":
      return `(date '1970-01-01' + ${value}::integer)`;
    case "timestamptz":
      return `make_timestamptz(${value})`;
    case "timestamp":
      return `make_timestamp(${value})`;
    case "time":
      return `(time '00:00:00' + to_microseconds(${value}))`;
    default:
      return storedText(type, value);
  }
}

/** Of decimals, uuids and bytes. */
function storedText(type: IcebergType, value: ComparableValue): string {
  if (typeof value === "object") return type === "uuid" ? `${sqlText(value.toString("hex"))}::uuid` : `from_hex(${sqlText(value.toString("hex"))})`;
  const scale = decimalOf(type)?.scale ?? 0;
  const digits = String(value).replace("-", "").padStart(scale + 1, "0");
  const point = digits.length - scale;
  return `${sqlText(`${Number(value) < 0 ? "-" : ""}${digits.slice(0, point)}.${digits.slice(point)}`)}::${duckdbType(type)}`;
}

function doubleText(value: number): string {
  return Number.isNaN(value) ? "nan" : String(value).replace("Infinity", "inf");
}
