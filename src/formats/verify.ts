import type { DuckDBConnection } from "@duckdb/node-api";
import { literalPattern, queryJson, sqlName, sqlText } from "../lake/duckdb.ts";
import { damaged } from "./damage.ts";
import { type CsvFormat, type FileFormat, type FormatLimits, formatLimits } from "./file-format.ts";
import type { FileSource } from "./file-source.ts";
import { type InferredField, mergeFields } from "./inferred-type.ts";
import { csvText, csvTexts, nativeRelation, type RelationFile } from "./native-relation.ts";
import type { QuarantinedRow } from "./prepare-file.ts";
import { cut } from "./raw-row.ts";
import { isAllText, readRows } from "./read-rows.ts";
import { RowTally } from "./recognise.ts";
import { RowFitter } from "./row-fitter.ts";

/** What all rows of a file say about fields that a sample suggested. */
export interface Verification {
  /** Rows of the file, those that do not fit among them. */
  rows: number;
  misfits: number;
  /** The first hundred that do not fit. */
  examples: QuarantinedRow[];
  /** The fields as wide as all rows need that can be read at all: where these differ, a table is widened, or the misfits go to quarantine. */
  fields: InferredField[];
}

const examplesMax = 100;

/** Reads all rows of a file by plain code and holds each against the fields. */
export async function verifyFile(source: FileSource, format: FileFormat, fields: readonly InferredField[], limits: FormatLimits = formatLimits): Promise<Verification> {
  const fitter = new RowFitter(format, fields);
  const examples: QuarantinedRow[] = [];
  let [rows, misfits] = [0, 0];
  let tally: RowTally | undefined;
  for await (const batch of readRows(source, format, limits)) {
    tally ??= new RowTally(format, batch.columns);
    for (const row of batch.rows) {
      rows++;
      const fitted = fitter.fit(row, batch.columns);
      if (typeof fitted === "string") continue;
      misfits++;
      tally.add(row);
      if (examples.length < examplesMax) examples.push({ file: source.name, line: row.line, raw: cut(row.raw), reason: fitted.reason });
    }
  }
  return { rows, misfits, examples, fields: misfits === 0 || !tally ? [...fields] : widened(fields, tally.fields(), isAllText(format.kind)) };
}

/** Where all is text, kinds that differ are text: nothing of them is lost by it. */
export function widened(fields: readonly InferredField[], more: readonly InferredField[], allText: boolean): InferredField[] {
  return mergeFields(fields, more).map((field) => {
    const { type } = field;
    const scalars = type.kind === "choice" && type.members.every(({ kind }) => kind !== "struct" && kind !== "list" && kind !== "map");
    return allText && scalars ? { ...field, type: { kind: "string", count: type.count } } : field;
  });
}

/** Of more columns the check's statement takes longer to plan than the rows take to read by plain code. */
export const checkedColumnsMax = 300;

/** Counts of a check by DuckDB. */
export interface TextCheck {
  rows: number;
  misfits: number;
}

/**
 * Holds all rows of delimited text against the fields, by DuckDB: as `verifyFile`, some ten times as fast, without saying
 * which rows do not fit. Files whose rows do not even have the right cells are misfits as a whole.
 */
export async function checkDelimited(connection: DuckDBConnection, files: readonly RelationFile[], format: CsvFormat & FileFormat, fields: readonly InferredField[]): Promise<TextCheck> {
  const counts = { rows: 0, misfits: 0 };
  for (const group of Map.groupBy(files, ({ columns }) => JSON.stringify(columns)).values()) {
    const found = new Set(group[0].columns);
    const known = new Set(fields.map(({ name }) => name));
    const checks = [...fields.filter(({ name }) => found.has(name)).map(misfitSql), ...[...found].filter((name) => !known.has(name)).map((name) => `${sqlName(name)} IS NOT NULL`)];
    const sql = `SELECT count(*) AS rows, count_if(${checks.join(" OR ") || "false"}) AS misfits FROM ${csvTexts(group, format)}`;
    const [row] = await queryJson(connection, sql, group[0].path).catch(() => [{ rows: 0, misfits: 1 }]);
    counts.rows += Number(row.rows);
    counts.misfits += Number(row.misfits);
  }
  return counts;
}

/**
 * Reads all pages of a Parquet file: its footer may be whole while they are not.
 *
 * @returns how its columns are stored, the same text for files that are alike; and what they are called
 * @throws MillraceError `MR-FORMAT-006` when it cannot be read, or has not what its footer says
 */
export async function checkParquet(connection: DuckDBConnection, path: string, fields: readonly InferredField[]): Promise<{ stored: string; columns: string[] }> {
  const schema = `SELECT md5(string_agg(s::VARCHAR, chr(10))) AS stored FROM (SELECT * EXCLUDE (file_name) FROM parquet_schema(${sqlText(literalPattern(path))})) AS s`;
  try {
    const columns = (await connection.runAndReadAll(`SELECT * FROM read_parquet(${sqlText(literalPattern(path))}) LIMIT 0`)).columnNames();
    const values = fields.map(({ name }) => sqlName(name)).join(", ") || "NULL";
    const read = `SELECT bit_xor(hash(${values})) AS read FROM (${nativeRelation([{ path, columns }], { kind: "parquet", compression: "none" }, fields)})`;
    const [{ stored }] = (await connection.runAndReadAll(`SELECT read, stored FROM (${read}), (${schema})`)).getRowObjectsJson();
    return { stored: String(stored), columns };
  } catch (cause) {
    throw damaged(path, "", (cause as Error).message.split("\n")[0], cause);
  }
}

/** True of a text that is not of the field's type, false or null of one that is; the same rules as `textKind` has. */
function misfitSql(field: InferredField): string {
  const text = csvText(field);
  const day = "[0-9]{4}-[0-9]{2}-[0-9]{2}";
  const clock = "[0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\\.[0-9]{1,6}0{0,3})?)?";
  const written = (type: string, pattern: string): string => `(${text} IS NOT NULL AND (TRY_CAST(${text} AS ${type}) IS NULL OR NOT regexp_full_match(${text}, '${pattern}')))`;
  switch (field.type.kind) {
    case "long":
      return `(TRY_CAST(${text} AS BIGINT)::VARCHAR IS DISTINCT FROM ${text})`;
    case "double":
      return `(${text} IS NOT NULL AND (TRY_CAST(${text} AS DOUBLE) IS NULL OR regexp_matches(${text}, '^[+]|^-?0[0-9]|_')))`;
    case "decimal":
      return written(`DECIMAL(${field.type.precision},${field.type.scale})`, `-?(?:(?:0|[1-9][0-9]*)(?:\\.[0-9]{0,${field.type.scale}})?|\\.[0-9]{1,${field.type.scale}})`);
    case "boolean":
      return `(lower(${text}) NOT IN ('true', 'false'))`;
    case "date":
      return written("DATE", day);
    case "time":
      return written("TIME", "[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\\.[0-9]{1,6}0{0,3})?");
    case "timestamp":
      return written("TIMESTAMP", `${day}(?:[T ]${clock})?`);
    case "timestamptz":
      return written("TIMESTAMPTZ", `${day}[T ]${clock}(?:Z|[+-][0-9]{2}(?::?[0-9]{2})?)`);
    case "uuid":
      return written("UUID", "[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}");
    case "null":
      return `${sqlName(field.name)} IS NOT NULL`;
    default:
      // Never true, but it makes DuckDB read the text, and refuse bytes that are none.
      return `(strlen(${sqlName(field.name)}) < 0)`;
  }
}
