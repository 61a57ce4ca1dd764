import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { sqlName, sqlText } from "../lake/duckdb.ts";
import { type FileFormat, type FormatLimits, formatLimits } from "./file-format.ts";
import type { FileSource } from "./file-source.ts";
import type { InferredField } from "./inferred-type.ts";
import { pathList } from "./native-relation.ts";
import { cut } from "./raw-row.ts";
import { readRows } from "./read-rows.ts";
import { RowFitter } from "./row-fitter.ts";
import { Spool, writeWhole } from "./spool.ts";
import { duckdbType } from "./type-mapping.ts";

/** A file whose rows were written out as DuckDB reads them; those that do not fit stand apart. */
export interface PreparedFile {
  /** The file it was made of. */
  file: string;
  /** Rows that fit: lines of JSON, packed with zstd. */
  rowsPath: string;
  rows: number;
  /** Rows that do not: lines of `QuarantinedRow`, packed with zstd. */
  quarantinePath: string;
  quarantined: number;
}

/** A row that does not fit into its table. Together with the rows that do they are all rows of the file. */
export interface QuarantinedRow {
  file: string;
  /** The physical line it begins in, or its number where the format has no lines; from 1. */
  line: number;
  /** Its text; where the format is no text, its JSON. */
  raw: string;
  reason: string;
}

/**
 * Writes the rows of a file into a folder, in bounded memory, each either among those that fit or into quarantine. What is
 * there already for the same bytes, format and fields is taken as it is: the summary, written last, says that it is whole.
 *
 * @param onWritten - called with the bytes that came to the disk since the last call; what it throws ends the work
 * @throws MillraceError `MR-FORMAT-003` to `-007`; nothing is left under the names of a prepared file then
 */
export async function prepareFile(source: FileSource, format: FileFormat, fields: readonly InferredField[], folder: string, limits: FormatLimits = formatLimits, onWritten?: (bytes: number) => void): Promise<PreparedFile> {
  await mkdir(folder, { recursive: true });
  const base = basePath(source, format, fields, folder);
  const paths = { file: source.name, rowsPath: `${base}.rows.ndjson.zst`, quarantinePath: `${base}.quarantine.ndjson.zst` };
  const counts = await remembered(`${base}.prepared.json`, () => writeRows(source, format, fields, { limits, onWritten }, paths));
  return { ...paths, ...counts };
}

/** What was found out of a file stands under this name: it is another one for other bytes, another format, other fields. */
export function basePath(source: FileSource, format: FileFormat, fields: readonly InferredField[], folder: string): string {
  return join(folder, createHash("sha256").update(JSON.stringify([source.name, source.version, readingText(format, fields)])).digest("hex").slice(0, 32));
}

/** The same text for the same way of reading files. */
export function readingText(format: FileFormat, fields: readonly InferredField[]): string {
  return JSON.stringify([format, fields.map(shapeOf)]);
}

/** What `work` found the first time, kept as JSON in a file. */
export async function remembered<T>(path: string, work: () => Promise<T>): Promise<T> {
  const before = await readFile(path, "utf8").catch(() => undefined);
  if (before !== undefined) return JSON.parse(before) as T;
  const found = await work();
  await writeWhole(path, JSON.stringify(found));
  return found;
}

/** Counts of evidence change with every sample; they change no row. */
function shapeOf({ name, source, type, nullTexts }: InferredField): unknown {
  return [name, source, duckdbType(type), nullTexts];
}

async function writeRows(source: FileSource, format: FileFormat, fields: readonly InferredField[], { limits, onWritten }: { limits: FormatLimits; onWritten?: (bytes: number) => void }, { rowsPath, quarantinePath }: Pick<PreparedFile, "rowsPath" | "quarantinePath">): Promise<Pick<PreparedFile, "rows" | "quarantined">> {
  const [rows, quarantine] = [new Spool(rowsPath), new Spool(quarantinePath)];
  const counts = { rows: 0, quarantined: 0 };
  const fitter = new RowFitter(format, fields);
  let told = 0;
  try {
    for await (const batch of readRows(source, format, limits)) {
      for (const row of batch.rows) {
        const fitted = fitter.fit(row, batch.columns);
        if (typeof fitted === "string") {
          counts.rows++;
          await rows.write(fitted);
        } else {
          counts.quarantined++;
          await quarantine.write(JSON.stringify({ file: source.name, line: row.line, raw: cut(row.raw), reason: fitted.reason } satisfies QuarantinedRow));
        }
      }
      onWritten?.(rows.bytes + quarantine.bytes - told);
      told = rows.bytes + quarantine.bytes;
    }
    await rows.close();
    await quarantine.close();
    return counts;
  } catch (error) {
    await Promise.all([rows.abort(), quarantine.abort()]);
    throw error;
  }
}

/** SQL of the rows that fit. */
export function preparedRelation(files: readonly PreparedFile[], fields: readonly InferredField[], pathColumn?: string): string {
  const filled = files.filter(({ rows }) => rows > 0).map(({ rowsPath }) => ({ path: rowsPath }));
  const columns = fields.map(({ name, type }) => `${sqlText(name)}: ${sqlText(duckdbType(type))}`);
  if (filled.length === 0) return `SELECT ${fields.map(({ name, type }) => `CAST(NULL AS ${duckdbType(type)}) AS ${sqlName(name)}`).join(", ")}${pathColumn === undefined ? "" : `, CAST(NULL AS VARCHAR) AS ${sqlName(pathColumn)}`} WHERE false`;
  return `SELECT * FROM ${linesOf(filled, columns, pathColumn)}`;
}

/** SQL of the rows that do not: `file`, `line`, `raw`, `reason`. */
export function quarantineRelation(files: readonly PreparedFile[]): string {
  const filled = files.filter(({ quarantined }) => quarantined > 0).map(({ quarantinePath }) => ({ path: quarantinePath }));
  const columns = { file: "VARCHAR", line: "BIGINT", raw: "VARCHAR", reason: "VARCHAR" };
  if (filled.length === 0) return `SELECT ${Object.entries(columns).map(([name, type]) => `CAST(NULL AS ${type}) AS ${sqlName(name)}`).join(", ")} WHERE false`;
  return `SELECT * FROM ${linesOf(filled, Object.entries(columns).map(([name, type]) => `${sqlText(name)}: ${sqlText(type)}`))}`;
}

function linesOf(files: readonly { path: string }[], columns: readonly string[], pathColumn?: string): string {
  return `read_json(${pathList(files)}, format = 'newline_delimited', columns = {${columns.join(", ")}}, compression = 'zstd', maximum_object_size = ${formatLimits.recordBytesMax * 4}${pathColumn === undefined ? "" : `, filename = ${sqlText(pathColumn)}`})`;
}
