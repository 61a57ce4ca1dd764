import { sqlText } from "./duckdb.ts";
import { murmur3LongSql, murmur3TextSql } from "./murmur3-sql.ts";
import type { PartitionColumn } from "./partition-spec.ts";
import type { IcebergType } from "./table-metadata.ts";
import type { PartitionValue } from "./transform.ts";

/** The partition value of a row as an SQL expression: what `transform.apply` makes of the column, null of null. */
export function partitionSql({ transform, sourceType }: PartitionColumn, column: string): string {
  const [, kind, parameter] = /^([a-z]+)(?:\[(\d+)\])?$/.exec(transform.name) as RegExpExecArray;
  switch (kind) {
    case "identity":
      return column;
    case "truncate":
      return sourceType === "string" ? `left(${column}, ${parameter})` : `(${column} - ((${column} % ${parameter}) + ${parameter}) % ${parameter})`;
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
  }
  throw new Error(`transform ${transform.name} is not known`);
}

function hashSql(type: IcebergType, column: string): string {
  if (type === "string") return murmur3TextSql(column);
  if (type === "date") return murmur3LongSql(`(${column} - date '1970-01-01')::bigint`);
  return murmur3LongSql(type === "timestamptz" || type === "timestamp" ? `epoch_us(${column})` : `${column}::bigint`);
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
  if (resultType === "date") return `(${value} - date '1970-01-01')::varchar`;
  if (resultType === "timestamptz" || resultType === "timestamp") return `epoch_us(${value})::varchar`;
  return `${value}::varchar`;
}

export function readPartitionValue({ resultType }: PartitionColumn, text: string | null): PartitionValue {
  if (text === null) return null;
  switch (resultType) {
    case "string":
      return text;
    case "boolean":
      return text === "true";
    case "long":
    case "timestamptz":
    case "timestamp":
      return BigInt(text);
    default:
      return Number(text);
  }
}
