import { decimalOf } from "./iceberg-type.ts";
import type { IcebergType } from "./iceberg-type.ts";
import { murmur3HexSql, murmur3LongSql } from "./murmur3-sql.ts";
import type { PartitionColumn } from "./partition-spec.ts";
import type { PartitionValue } from "./transform.ts";

/**
 * The partition value of a row as an SQL expression: what `transform.apply` makes of the column, null of null. Of decimals
 * it is the digits without their point, as a HUGEINT.
 */
export function partitionSql({ transform, sourceType }: PartitionColumn, column: string): string {
  const [, kind, parameter] = /^([a-z]+)(?:\[(\d+)\])?$/.exec(transform.name) as RegExpExecArray;
  const value = decimalOf(sourceType) === undefined ? column : unscaledSql(column);
  switch (kind) {
    case "truncate":
      return sourceType === "string" ? `left(${value}, ${parameter})` : `(${value} - ((${value} % ${parameter}) + ${parameter}) % ${parameter})`;
    case "bucket":
      return `((${hashSql(sourceType, column)} & 2147483647) % ${parameter})::integer`;
    case "year":
      return `(year(${dateSql(sourceType, column)}) - 1970)::integer`;
    case "month":
      return `((year(${dateSql(sourceType, column)}) - 1970) * 12 + month(${dateSql(sourceType, column)}) - 1)::integer`;
    case "day":
      return dateSql(sourceType, column);
    case "hour":
      return `(epoch_us(date_trunc('hour', ${timeSql(column)})) // 3600000000)::integer`;
    default:
      return value;
  }
}

function hashSql(type: IcebergType, column: string): string {
  if (decimalOf(type) !== undefined) return murmur3HexSql(unscaledHexSql(column));
  switch (type) {
    case "string":
      return murmur3HexSql(`hex(encode(${column}))`);
    case "uuid":
      return murmur3HexSql(`replace(${column}::varchar, '-', '')`);
    case "date":
      return murmur3LongSql(`(${column} - date '1970-01-01')::bigint`);
    case "time":
      return murmur3LongSql(microsOfDaySql(column));
    case "timestamp":
    case "timestamptz":
      return murmur3LongSql(`epoch_us(${column})`);
    default:
      return murmur3LongSql(`${column}::bigint`);
  }
}

/** DuckDB prints all digits after the point. */
function unscaledSql(column: string): string {
  return `replace(${column}::varchar, '.', '')::hugeint`;
}

/** The two's complement of the digits, in as few bytes as hold it with its sign. */
function unscaledHexSql(column: string): string {
  const value = unscaledSql(column);
  // Of a negative number the bits are those of its complement, turned round.
  const bits = `hex(case when ${value} < 0 then -1 - ${value} else ${value} end)`;
  // Leading zeros and a bit for the sign: a first digit above 7 needs one more byte.
  const digits = `ltrim(${bits}, '0')`;
  const padded = `lpad(${digits}, ((strlen(${digits}) + (case when strlen(${digits}) % 2 = 0 and (${digits} = '' or left(${digits}, 1) > '7') then 2 else 1 end)) // 2 * 2)::integer, '0')`;
  return `(case when ${value} < 0 then translate(${padded}, '0123456789ABCDEF', 'FEDCBA9876543210') else ${padded} end)`;
}

function microsOfDaySql(column: string): string {
  return `datediff('microsecond', time '00:00:00', ${column})`;
}

/** A time in UTC, without its zone: what DuckDB computes with needs no time zones then. */
function timeSql(column: string): string {
  return `make_timestamp(epoch_us(${column}))`;
}

function dateSql(type: IcebergType, column: string): string {
  return type === "date" ? column : `${timeSql(column)}::date`;
}

/** A partition value as text that `readPartitionValue` reads back exactly. */
export function partitionTextSql({ resultType }: PartitionColumn, value: string): string {
  switch (resultType) {
    case "date":
      return `(${value} - date '1970-01-01')::varchar`;
    case "time":
      return `${microsOfDaySql(value)}::varchar`;
    case "timestamp":
    case "timestamptz":
      return `epoch_us(${value})::varchar`;
    default:
      return `${value}::varchar`;
  }
}

export function readPartitionValue({ resultType }: PartitionColumn, text: string | null): PartitionValue {
  if (text === null) return null;
  switch (resultType) {
    case "string":
    case "uuid":
      return text;
    case "boolean":
      return text === "true";
    case "int":
    case "date":
      return Number(text);
    default:
      return BigInt(text);
  }
}
