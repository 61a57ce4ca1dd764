import type { DuckDBConnection } from "@duckdb/node-api";
import { columnNames } from "./column-names.ts";
import { CsvParser } from "./csv/csv-parser.ts";
import { type FileFormat, type FormatLimits, formatLimits } from "./file-format.ts";
import { withFile } from "./file-source.ts";
import type { InferredField } from "./inferred-type.ts";
import { isNative, nativeRelation, type RelationFile } from "./native-relation.ts";
import { type PreparedFile, prepareFile, preparedRelation, quarantineRelation } from "./prepare-file.ts";
import { takeSample } from "./sample.ts";
import { checkDelimited, checkedColumnsMax, verifyFile } from "./verify.ts";

export interface Relation {
  /** A `SELECT` of the fields over all rows that fit. */
  sql: string;
  /** A `SELECT` of `file`, `line`, `raw`, `reason` over the rows that do not. */
  quarantineSql: string;
  quarantined: number;
}

/**
 * A relation over files of one format with given fields. Files that DuckDB reads by itself, and whose rows all fit, it reads
 * where they are; others are prepared in `folder` first. Rows in are rows out and rows in quarantine, always.
 *
 * @param connection - of a DuckDB that may read the files and the folder; its process should be one that may die
 */
export async function relationOver(connection: DuckDBConnection, paths: readonly string[], format: FileFormat, fields: readonly InferredField[], folder: string, limits: FormatLimits = formatLimits): Promise<Relation> {
  const native: RelationFile[] = [];
  const prepared: PreparedFile[] = [];
  for (const path of paths) {
    const fitting = await fittingFile(connection, path, format, fields, limits);
    if (fitting) native.push(fitting);
    else prepared.push(await withFile(path, (source) => prepareFile(source, format, fields, folder, limits)));
  }
  const parts = [...(native.length > 0 ? [nativeRelation(native, format, fields)] : []), ...(prepared.length > 0 || native.length === 0 ? [preparedRelation(prepared, fields)] : [])];
  return { sql: parts.join("\nUNION ALL\n"), quarantineSql: quarantineRelation(prepared), quarantined: prepared.reduce((sum, file) => sum + file.quarantined, 0) };
}

/** The file, where DuckDB reads it by itself and all its rows fit. */
async function fittingFile(connection: DuckDBConnection, path: string, format: FileFormat, fields: readonly InferredField[], limits: FormatLimits): Promise<RelationFile | undefined> {
  if (!isNative(format, fields)) return undefined;
  if (format.kind === "parquet") return { path };
  return withFile(path, async (source) => {
    if (format.kind !== "csv") return (await verifyFile(source, format, fields, limits)).misfits === 0 ? { path } : undefined;
    const { text = "", whole } = await takeSample(source, limits, 64 << 10);
    const parser = new CsvParser(format, limits.recordBytesMax);
    const first = [...parser.push(text), ...(whole ? parser.end() : [])].find(({ cells }) => cells)?.cells;
    if (!first) return undefined;
    const file = { path, columns: columnNames(format.header ? (first as (string | null)[]) : first.map(() => null)) };
    const { misfits } = await (fields.length > checkedColumnsMax ? verifyFile(source, format, fields, limits) : checkDelimited(connection, [file], format, fields));
    await source.checkUnchanged();
    return misfits === 0 ? file : undefined;
  });
}
