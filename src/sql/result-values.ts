import {
  type DuckDBArrayValue, type DuckDBBlobValue, type DuckDBDecimalValue, type DuckDBListValue, type DuckDBMapValue, type DuckDBStructValue,
  type DuckDBTimestampNanosecondsValue, type DuckDBTimestampTZValue, type DuckDBTimestampValue, type DuckDBType, DuckDBTypeId, type DuckDBUnionValue, type DuckDBValue,
} from "@duckdb/node-api";
import { MillraceError } from "../errors.ts";
import type { QueryValue } from "./query-request.ts";

/** Turns a value of the engine into one that JSON can say; see `QueryValue`. */
export type ToQueryValue = (value: DuckDBValue) => QueryValue;

/** Made once a column, so that no value is asked for its type. */
export function queryValueOf(type: DuckDBType): ToQueryValue {
  const convert = converterOf(type);
  return (value) => (value === null ? null : convert(value));
}

function converterOf(type: DuckDBType): ToQueryValue {
  switch (type.typeId) {
    case DuckDBTypeId.BOOLEAN:
    case DuckDBTypeId.TINYINT:
    case DuckDBTypeId.SMALLINT:
    case DuckDBTypeId.INTEGER:
    case DuckDBTypeId.UTINYINT:
    case DuckDBTypeId.USMALLINT:
    case DuckDBTypeId.UINTEGER:
    case DuckDBTypeId.VARCHAR:
    case DuckDBTypeId.ENUM:
      return (value) => value as QueryValue;
    case DuckDBTypeId.BIGINT:
    case DuckDBTypeId.UBIGINT:
    case DuckDBTypeId.HUGEINT:
    case DuckDBTypeId.UHUGEINT:
    case DuckDBTypeId.BIGNUM:
      return (value) => wholeNumber(value as bigint);
    case DuckDBTypeId.FLOAT:
    case DuckDBTypeId.DOUBLE:
      return (value) => (Number.isFinite(value) ? (value as number) : String(value));
    case DuckDBTypeId.DECIMAL:
      return (value) => decimal(value as DuckDBDecimalValue);
    case DuckDBTypeId.TIMESTAMP:
      return (value) => isoTime((value as DuckDBTimestampValue).micros, 6, "");
    case DuckDBTypeId.TIMESTAMP_TZ:
      return (value) => isoTime((value as DuckDBTimestampTZValue).micros, 6, "Z");
    case DuckDBTypeId.TIMESTAMP_S:
      return (value) => isoTime((value as unknown as { seconds: bigint }).seconds, 0, "");
    case DuckDBTypeId.TIMESTAMP_MS:
      return (value) => isoTime((value as unknown as { milliseconds: bigint }).milliseconds, 3, "");
    case DuckDBTypeId.TIMESTAMP_NS:
      return (value) => isoTime((value as DuckDBTimestampNanosecondsValue).nanos, 9, "");
    case DuckDBTypeId.BLOB:
      return (value) => Buffer.from((value as DuckDBBlobValue).bytes).toString("base64");
    case DuckDBTypeId.LIST:
    case DuckDBTypeId.ARRAY: {
      const item = queryValueOf((type as unknown as { valueType: DuckDBType }).valueType);
      return (value) => (value as DuckDBListValue | DuckDBArrayValue).items.map(item);
    }
    case DuckDBTypeId.STRUCT:
      return structConverter(type as unknown as { entryNames: string[]; entryTypes: DuckDBType[] });
    case DuckDBTypeId.MAP: {
      const { keyType, valueType } = type as unknown as { keyType: DuckDBType; valueType: DuckDBType };
      const [key, item] = [queryValueOf(keyType), queryValueOf(valueType)];
      return (value) => (value as DuckDBMapValue).entries.map((entry) => [key(entry.key), item(entry.value)]);
    }
    case DuckDBTypeId.UNION: {
      const { memberTags, memberTypes } = type as unknown as { memberTags: string[]; memberTypes: DuckDBType[] };
      const members = new Map(memberTags.map((tag, i) => [tag, queryValueOf(memberTypes[i])]));
      return (value) => (members.get((value as DuckDBUnionValue).tag) as ToQueryValue)((value as DuckDBUnionValue).value);
    }
    default:
      // Dates, times, intervals, uuids, bits: the engine's own spelling is ISO 8601 where there is one.
      return (value) => String(value);
  }
}

function structConverter({ entryNames, entryTypes }: { entryNames: string[]; entryTypes: DuckDBType[] }): ToQueryValue {
  if (entryNames.includes("__proto__")) {
    // The engine's binding sets it as the prototype of the struct, and the value is lost.
    throw new MillraceError("MR-SQL-005", { what: 'a field of a struct in the result is called "__proto__"', where: "the result", mend: "select it as a column of its own, or give it another name" });
  }
  const converters = entryTypes.map(queryValueOf);
  return (value) => {
    const { entries } = value as DuckDBStructValue;
    // Names such as "constructor" are a user's to choose: only an object without prototype holds them as any other.
    const fields: { [field: string]: QueryValue } = Object.create(null);
    entryNames.forEach((name, i) => {
      fields[name] = converters[i](entries[name] ?? null);
    });
    return fields;
  };
}

function wholeNumber(value: bigint): number | string {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : String(value);
}

/** A double holds any decimal of 15 digits so that it prints as it was. */
function decimal(value: DuckDBDecimalValue): number | string {
  return value.width <= 15 ? Number(value.toString()) : value.toString();
}

const infinities = new Map([
  [2n ** 63n - 1n, "infinity"],
  [-(2n ** 63n - 1n), "-infinity"],
]);

/**
 * @param digits - how many decimal digits of a second the count has
 * @returns ISO 8601 with as many digits of the second as are needed: none, 3, 6 or 9
 */
function isoTime(count: bigint, digits: number, zone: string): string {
  const infinity = infinities.get(count);
  if (infinity) return infinity;
  const unit = 10n ** BigInt(digits);
  const fraction = ((count % unit) + unit) % unit;
  const seconds = (count - fraction) / unit;
  const text = new Date(Number(seconds) * 1000);
  if (Number.isNaN(text.getTime())) return `${seconds}s`;
  const whole = text.toISOString().slice(0, -5);
  let rest = digits === 0 ? "" : String(fraction).padStart(digits, "0");
  while (rest.endsWith("000")) rest = rest.slice(0, -3);
  return `${whole}${rest === "" ? "" : `.${rest}`}${zone}`;
}
