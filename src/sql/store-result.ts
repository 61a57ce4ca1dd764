import { stat } from "node:fs/promises";
import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { sqlName, sqlText } from "../lake/duckdb.ts";
import { innerStatement } from "./inner-statement.ts";
import type { StoreMessage } from "./messages.ts";
import type { QueryColumn } from "./query-request.ts";
import { keptNames, keptType } from "./result-file.ts";
import type { GatedStatement } from "./write-rows.ts";

/** What became of a result that was kept in a file. */
export interface StoredResult {
  columns: QueryColumn[];
  rows: number;
  bytes: number;
}

/** Writes a statement's whole result into one Parquet file, on a connection that is locked but for the file's folder. */
export async function storeResult(connection: DuckDBConnection, statement: GatedStatement, { folder, file }: StoreMessage): Promise<StoredResult> {
  const prepared = await connection.prepare(statement.sql);
  const columns = Array.from({ length: prepared.columnCount }, (_, i): QueryColumn => ({ name: prepared.columnName(i), type: String(prepared.columnType(i)) }));
  prepared.destroySync();
  const names = keptNames(columns);
  const select = columns.map(({ type }, i) => `${kept(`c${i}`, type)} as ${sqlName(names[i])}`).join(", ");
  const around = (text: string): string => `select ${select} from (\n${text}\n) as millrace_rows(${columns.map((_, i) => `c${i}`).join(", ")})`;
  const rows = await innerStatement(statement.sql, statement.tree, around, statement.parse);
  const path = join(folder, file);
  const [[count]] = (await connection.runAndReadAll(`copy (${rows}) to ${sqlText(path)} (format parquet, compression zstd)`)).getRows();
  return { columns, rows: Number(count), bytes: (await stat(path)).size };
}

function kept(value: string, type: string): string {
  const other = keptType(type);
  return other === undefined ? value : `cast(${value} as ${other})`;
}
