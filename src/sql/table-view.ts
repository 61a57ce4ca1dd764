import type { DuckDBConnection } from "@duckdb/node-api";
import { duckdbType } from "../lake/duckdb-type.ts";
import { filesSql, sqlName } from "../lake/duckdb.ts";
import type { SchemaField } from "../lake/iceberg-type.ts";
import { scanFilesSql } from "../lake/scan-files.ts";
import type { TableColumn, TableSource } from "./query-request.ts";

/** The SELECT over a snapshot's files that stands behind a table's name. */
export async function tableViewSql(connection: DuckDBConnection, { columns, files, byFile }: Pick<TableSource, "columns" | "files" | "byFile">): Promise<string> {
  const paths = files.map(({ path }) => path);
  const fields = fieldsOf(columns);
  if (byFile !== undefined || paths.length === 0 || columns.every(({ fieldId }) => fieldId !== undefined)) {
    const scanned = files.map(({ path, location, deletes }) => ({ path, location, deletes: deletes?.map((file) => file.path) }));
    return `select * from ${await scanFilesSql(connection, scanned, { fields, byFile })}`;
  }
  const source = `read_parquet(${filesSql(paths)}, union_by_name = true, hive_partitioning = false)`;
  return `select ${columns.map(({ name, type }) => `cast(${sqlName(name)} as ${duckdbType(type)}) as ${sqlName(name)}`).join(", ")} from ${source}`;
}

function fieldsOf(columns: TableColumn[]): SchemaField[] {
  return columns.map(({ name, type, fieldId }) => ({ id: fieldId ?? 0, name, type, required: false }));
}
