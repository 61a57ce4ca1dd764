import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { digestOfFile } from "../lake/data-file.ts";
import { parquetCopySql, writtenParquet } from "../lake/parquet-copy.ts";
import { innerStatement } from "./inner-statement.ts";
import type { WriteMessage, WrittenFile } from "./messages.ts";
import type { SerializedSql } from "./statement-gate.ts";
import type { WriteColumn } from "./write-request.ts";
import type { ResultColumn } from "../lake/result-schema.ts";
import { writeSelect } from "./write-select.ts";

/** A target whose columns are known, and what the statement gives for them. */
export type ShapedTarget = WriteMessage & { columns: WriteColumn[]; result: ResultColumn[] };

export interface GatedStatement {
  sql: string;
  tree: SerializedSql;
  parse(sql: string): Promise<SerializedSql>;
}

/**
 * Writes a statement's rows to Parquet files, on a connection that is locked but for their folder.
 *
 * @param onWrapped - told how many bytes stand before the statement's own text from now on, for places in messages
 * @throws MillraceError `MR-LAKE-003` naming the column that does not fit the table
 */
export async function writeRows(connection: DuckDBConnection, statement: GatedStatement, target: ShapedTarget, onWrapped: (bytesBefore: number) => void): Promise<WrittenFile[]> {
  const { result } = target;
  const { select, given } = writeSelect(target.columns, target.constants, result);
  const head = `select ${select} from (\n`;
  const around = (text: string): string => `${head}${text}\n) as millrace_rows(${result.map((_, i) => `c${i}`).join(", ")})`;
  const rows = await innerStatement(statement.sql, statement.tree, around, statement.parse);
  const copy = parquetCopySql(rows, target.folder, given.map(({ name, fieldId, type, required }) => ({ id: fieldId, name, type, required })), target.fileBytesMax);
  onWrapped(Buffer.byteLength(copy.slice(0, copy.indexOf(head) + head.length)));
  const written = (await connection.runAndReadAll(copy)).getRowObjectsJson();
  return Promise.all(written.map((row) => writtenFile(row)));
}

/** What a statement gives, by the engine's own reckoning, before it runs. */
export async function resultColumns(connection: DuckDBConnection, sql: string): Promise<ResultColumn[]> {
  const prepared = await connection.prepare(sql);
  try {
    return Array.from({ length: prepared.columnCount }, (_, i) => ({ name: prepared.columnName(i), type: String(prepared.columnType(i)) }));
  } finally {
    prepared.destroySync();
  }
}

async function writtenFile(row: Record<string, unknown>): Promise<WrittenFile> {
  const path = String(row.filename);
  const { records, bytes, statistics } = writtenParquet(row);
  return { name: basename(path), records, bytes, sha256: await digestOfFile(path), statistics: Array.from(statistics, ([name, values]) => [name, [...values]]) };
}

/** What lies in a folder so far, bytes. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) bytes += (await stat(join(folder, name))).size;
  return bytes;
}
