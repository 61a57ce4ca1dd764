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
  /** As it lies there, bytes. Absent: not known. */
  bytes?: number;
  /** Of delimited text and Parquet: what its own columns are called, in their order. */
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
 *
 * @param pathColumn - a last column with the path of each row's file
 */
export function nativeRelation(files: readonly RelationFile[], format: FileFormat, fields: readonly InferredField[], pathColumn?: string): string {
  if (format.kind === "parquet") return parquetRelation(files, fields, pathColumn);
  if (format.kind === "json") return jsonRelation(files, format, fields, pathColumn);
  const groups = [...Map.groupBy(files, (file) => JSON.stringify([file.columns, lineBytesMax([file], format)])).values()];
  return groups.map((group) => csvRelation(group, format as CsvFormat & FileFormat, fields, pathColumn)).join("\nUNION ALL\n");
}

/** What a reader is told to give it, and the end of what is selected. */
const pathOption = (pathColumn: string | undefined): string => (pathColumn === undefined ? "" : `, filename = ${sqlText(pathColumn)}`);
const pathItem = (pathColumn: string | undefined): string => (pathColumn === undefined ? "" : `, ${sqlName(pathColumn)}`);

function parquetRelation(files: readonly RelationFile[], fields: readonly InferredField[], pathColumn?: string): string {
  const has = columnsOfAny(files);
  const select = fields.map((field) => `CAST(${has(sourceOf(field)) ? sqlName(sourceOf(field)) : "NULL"} AS ${duckdbType(field.type)}) AS ${sqlName(field.name)}`);
  // To hold columns against one another DuckDB opens all files each time that it looks at the statement.
  const alike = files.every(({ stored }) => stored !== undefined && stored === files[0].stored);
  return `SELECT ${select.join(", ") || "NULL"}${pathItem(pathColumn)} FROM read_parquet(${pathList(files)}, union_by_name = ${!alike}${pathOption(pathColumn)})`;
}

/** Whether any of the files has a column: to ask for one that none has is an error. */
function columnsOfAny(files: readonly RelationFile[]): (column: string) => boolean {
  if (files.some(({ columns }) => columns === undefined)) return () => true;
  const names = new Set(files.flatMap(({ columns = [] }) => columns.map((name) => name.toLowerCase())));
  return (column) => names.has(column.toLowerCase());
}

function jsonRelation(files: readonly RelationFile[], format: JsonFormat & FileFormat, fields: readonly InferredField[], pathColumn?: string): string {
  const layout = { lines: "newline_delimited", array: "array", document: "unstructured" }[format.layout];
  const columns = fields.map((field) => `${sqlText(sourceOf(field))}: ${sqlText(duckdbType(field.type))}`);
  const select = fields.map((field) => (field.source === undefined ? sqlName(field.name) : `${sqlName(field.source)} AS ${sqlName(field.name)}`));
  return `SELECT ${select.join(", ")}${pathItem(pathColumn)} FROM read_json(${pathList(files)}, format = '${layout}', columns = {${columns.join(", ")}}, compression = ${compressionName(format)}, maximum_object_size = ${formatLimits.recordBytesMax}${pathOption(pathColumn)})`;
}

function csvRelation(files: readonly RelationFile[], format: CsvFormat & FileFormat, fields: readonly InferredField[], pathColumn?: string): string {
  const columns = new Set(files[0].columns);
  const select = fields.map((field) => `${columns.has(field.name) ? csvValue(field) : `CAST(NULL AS ${duckdbType(field.type)})`} AS ${sqlName(field.name)}`);
  return `SELECT ${select.join(", ")}${pathItem(pathColumn)} FROM ${csvTexts(files, format, pathColumn)}`;
}

const smallBytes = 1 << 20;
/** Bytes that a byte of gzip can become, at most. */
const gzipMost = 1_032;

/**
 * How long a line may be. The reader takes several times as much memory for each file, of which it holds hundreds at once:
 * small files, which have no long lines, are read with little.
 */
function lineBytesMax(files: readonly RelationFile[], { compression }: FileFormat): number {
  const most = { none: 1, gzip: gzipMost, zstd: Number.POSITIVE_INFINITY, zip: Number.POSITIVE_INFINITY }[compression];
  const areSmall = files.every(({ bytes = Number.POSITIVE_INFINITY }) => bytes * most < smallBytes);
  return areSmall ? smallBytes : formatLimits.recordBytesMax;
}

/** All cells as text, empty ones as null. */
export function csvTexts(files: readonly RelationFile[], format: CsvFormat & FileFormat, pathColumn?: string): string {
  const columns = (files[0].columns ?? []).map((name) => `${sqlText(name)}: 'VARCHAR'`);
  const { delimiter, quote, header, skipLines } = format;
  return `read_csv(${pathList(files)}, auto_detect = false, delim = ${sqlText(delimiter)}, quote = ${sqlText(quote)}, escape = ${sqlText(format.escape)}, header = ${header}, skip = ${skipLines}, columns = {${columns.join(", ")}}, compression = ${compressionName(format)}, max_line_size = ${lineBytesMax(files, format)}${pathOption(pathColumn)})`;
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
