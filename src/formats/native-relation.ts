import { filesSql, sqlName, sqlText } from "../lake/duckdb.ts";
import { areLegal } from "./column-names.ts";
import type { CsvFormat, FileFormat, JsonFormat } from "./file-format.ts";
import { formatLimits } from "./file-format.ts";
import type { InferredField } from "./inferred-type.ts";
import { duckdbType } from "./type-mapping.ts";

/** A file that a relation reads. */
export interface RelationFile {
  /** On this machine. */
  path: string;
  /** Of delimited text: what its own columns are called, in their order. */
  columns?: readonly string[];
  /** Of Parquet: the same for files that have the same columns, stored alike. */
  stored?: string;
}

/** Whether DuckDB reads files of this format by itself, with these columns. Others are prepared first. */
export function isNative(format: FileFormat, fields: readonly InferredField[]): boolean {
  if (format.kind === "parquet") return true;
  if (format.compression === "zip" || !("encoding" in format) || format.encoding !== "utf-8") return false;
  if (format.kind === "csv") return format.comment === "" && format.decimal === "." && format.shortRows === "misfit";
  if (format.kind !== "json" || format.records !== "object" || format.path.length > 0) return false;
  return fields.length > 0 && areLegal(fields.map(sourceOf));
}


function sourceOf({ name, source }: InferredField): string {
  return source ?? name;
}

/**
 * SQL of a relation over files that DuckDB reads by itself: a `SELECT` of the fields, each as its type. It is strict: a row
 * that cannot be read makes the statement fail. But DuckDB rounds 1.5 where a whole number is wanted, and passes over fields
 * that it does not know, so a file has to have been verified before (`verify.ts`).
 */
export function nativeRelation(files: readonly RelationFile[], format: FileFormat, fields: readonly InferredField[]): string {
  if (format.kind === "parquet") return parquetRelation(files, fields);
  if (format.kind === "json") return jsonRelation(files, format, fields);
  const groups = [...Map.groupBy(files, ({ columns }) => JSON.stringify(columns)).values()];
  return groups.map((group) => csvRelation(group, format as CsvFormat & FileFormat, fields)).join("\nUNION ALL\n");
}

function parquetRelation(files: readonly RelationFile[], fields: readonly InferredField[]): string {
  const select = fields.map((field) => `CAST(${sqlName(sourceOf(field))} AS ${duckdbType(field.type)}) AS ${sqlName(field.name)}`);
  // To hold columns against one another DuckDB opens all files each time that it looks at the statement.
  const alike = files.every(({ stored }) => stored !== undefined && stored === files[0].stored);
  return `SELECT ${select.join(", ") || "NULL"} FROM read_parquet(${pathList(files)}, union_by_name = ${!alike})`;
}

function jsonRelation(files: readonly RelationFile[], format: JsonFormat & FileFormat, fields: readonly InferredField[]): string {
  const layout = { lines: "newline_delimited", array: "array", document: "unstructured" }[format.layout];
  const columns = fields.map((field) => `${sqlText(sourceOf(field))}: ${sqlText(duckdbType(field.type))}`);
  const select = fields.map((field) => (field.source === undefined ? sqlName(field.name) : `${sqlName(field.source)} AS ${sqlName(field.name)}`));
  return `SELECT ${select.join(", ")} FROM read_json(${pathList(files)}, format = '${layout}', columns = {${columns.join(", ")}}, compression = ${compressionName(format)}, maximum_object_size = ${formatLimits.recordBytesMax})`;
}

function csvRelation(files: readonly RelationFile[], format: CsvFormat & FileFormat, fields: readonly InferredField[]): string {
  const columns = new Set(files[0].columns);
  const select = fields.map((field) => `${columns.has(field.name) ? csvValue(field) : `CAST(NULL AS ${duckdbType(field.type)})`} AS ${sqlName(field.name)}`);
  return `SELECT ${select.join(", ")} FROM ${csvTexts(files, format)}`;
}

/** All cells as text, empty ones as null. */
export function csvTexts(files: readonly RelationFile[], format: CsvFormat & FileFormat): string {
  const columns = (files[0].columns ?? []).map((name) => `${sqlText(name)}: 'VARCHAR'`);
  const { delimiter, quote, header, skipLines } = format;
  return `read_csv(${pathList(files)}, auto_detect = false, delim = ${sqlText(delimiter)}, quote = ${sqlText(quote)}, escape = ${sqlText(format.escape)}, header = ${header}, skip = ${skipLines}, columns = {${columns.join(", ")}}, compression = ${compressionName(format)}, max_line_size = ${formatLimits.recordBytesMax})`;
}

/** The cell as text, without blanks around it and with what means null as null, for every type but text. */
export function csvText({ name, nullTexts }: InferredField): string {
  const text = `trim(${sqlName(name)})`;
  return nullTexts ? `CASE WHEN ${sqlName(name)} IN (${nullTexts.map(sqlText).join(", ")}) THEN NULL ELSE ${text} END` : text;
}

function csvValue(field: InferredField): string {
  if (field.type.kind === "string") return sqlName(field.name);
  return field.type.kind === "null" ? `CAST(NULL AS ${duckdbType(field.type)})` : `CAST(${csvText(field)} AS ${duckdbType(field.type)})`;
}

function compressionName({ compression }: FileFormat): string {
  return compression === "none" ? "'uncompressed'" : sqlText(compression);
}

export function pathList(files: readonly { path: string }[]): string {
  return filesSql(files.map(({ path }) => path));
}
