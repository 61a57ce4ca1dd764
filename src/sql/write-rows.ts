import { createReadStream } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { digestOf } from "../lake/data-file.ts";
import { parquetCopySql, writtenParquet } from "../lake/parquet-copy.ts";
import { innerStatement } from "./inner-statement.ts";
import type { WriteMessage, WrittenFile } from "./messages.ts";
import type { SerializedSql } from "./statement-gate.ts";
import { writeSelect } from "./write-select.ts";

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
export async function writeRows(connection: DuckDBConnection, statement: GatedStatement, target: WriteMessage, onWrapped: (bytesBefore: number) => void): Promise<WrittenFile[]> {
  const prepared = await connection.prepare(statement.sql);
  const result = Array.from({ length: prepared.columnCount }, (_, i) => ({ name: prepared.columnName(i), type: String(prepared.columnType(i)) }));
  prepared.destroySync();
  const { select, given } = writeSelect(target.columns, target.constants, result);
  const head = `select ${select} from (\n`;
  const around = (text: string): string => `${head}${text}\n) as millrace_rows(${result.map((_, i) => `c${i}`).join(", ")})`;
  const rows = await innerStatement(statement.sql, statement.tree, around, statement.parse);
  const copy = parquetCopySql(rows, target.folder, given.map(({ name, fieldId, type, required }) => ({ id: fieldId, name, type, required })), target.fileBytesMax);
  onWrapped(Buffer.byteLength(copy.slice(0, copy.indexOf(head) + head.length)));
  const written = (await connection.runAndReadAll(copy)).getRowObjectsJson();
  return Promise.all(written.map((row) => writtenFile(row)));
}

async function writtenFile(row: Record<string, unknown>): Promise<WrittenFile> {
  const path = String(row.filename);
  const { records, bytes, statistics } = writtenParquet(row);
  return { name: basename(path), records, bytes, sha256: await digestOf(createReadStream(path, { highWaterMark: 1 << 20 })), statistics: Array.from(statistics, ([name, values]) => [name, [...values]]) };
}

/** What lies in a folder so far, bytes. */
export async function folderBytes(folder: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(folder)) bytes += (await stat(join(folder, name))).size;
  return bytes;
}
