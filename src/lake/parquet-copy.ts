import { sqlName, sqlText } from "./duckdb.ts";
import type { SchemaField } from "./iceberg-type.ts";
import { innerFields } from "./iceberg-type.ts";

/** What DuckDB says of a Parquet file that it has just written. */
export interface WrittenParquet {
  records: number;
  bytes: number;
  /** By column, as `statisticsName` gives it: what DuckDB calls `min`, `max`, `null_count`, `num_values`, `column_size_bytes`, `has_nan`. */
  statistics: Map<string, Map<string, string>>;
  /** SHA-256 in hexadecimal, where whoever wrote the file has it already. */
  sha256?: string;
}

/**
 * The statement that writes a query's rows to Parquet, its columns with the field ids that Iceberg reads by. It answers
 * with a row per file.
 *
 * @param fileBytesMax - `path` is then a folder, and the next file begins when one has about this size
 */
export function parquetCopySql(rowsSql: string, path: string, fields: SchemaField[], fileBytesMax?: number): string {
  const rotation = fileBytesMax === undefined ? "" : `, file_size_bytes ${fileBytesMax}`;
  return `copy (${rowsSql}) to ${sqlText(path)} (format parquet, compression zstd, field_ids {${fields.map(fieldIds).join(", ")}}, return_stats${rotation})`;
}

/**
 * As `parquetCopySql`, into a file for each value of a column of whole numbers, which is not written itself. There may be more
 * than one of a value, where there are too many of them to be open at once.
 */
export function splitCopySql(rowsSql: string, folder: string, fields: SchemaField[], by: string): string {
  const options = [`partition_by (${sqlName(by)})`, "filename_pattern 'rows_{uuid}'", `field_ids {${fields.map(fieldIds).join(", ")}}`];
  return `copy (${rowsSql}) to ${sqlText(folder)} (format parquet, compression zstd, return_stats, ${options.join(", ")})`;
}

/** Path of the file, and its value of the column that rows were split by. @param row - of what a `splitCopySql` answers, as plain JSON */
export function splitPlace(row: Record<string, unknown>): { path: string; value: number } {
  const [{ value }] = row.partition_keys as { value: string }[];
  return { path: String(row.filename), value: Number(value) };
}

/** @param row - of what a `parquetCopySql` answers, as plain JSON */
export function writtenParquet(row: Record<string, unknown>): WrittenParquet {
  return { records: Number(row.count), bytes: Number(row.file_size_bytes), statistics: statisticsOf(row.column_statistics) };
}

/** A field's id, and the ids of those inside of it. */
function fieldIds({ id, name, type }: SchemaField): string {
  const inner = innerFields(type);
  return `${sqlText(name)}: ${inner.length === 0 ? id : `{__duckdb_field_id: ${id}, ${inner.map(fieldIds).join(", ")}}`}`;
}

/** What DuckDB calls a column, or a field inside of one, in its statistics. @param path - names from the column down */
export function statisticsName(path: string[]): string {
  return path.map(sqlName).join(".");
}

type JsonMap<T> = { key: string; value: T }[];

function statisticsOf(stats: unknown): Map<string, Map<string, string>> {
  return new Map(
    (stats as JsonMap<JsonMap<string>>).map(({ key, value }) => [
      key,
      new Map(value.map((item): [string, string] => [item.key, item.value])),
    ]),
  );
}
