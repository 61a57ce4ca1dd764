import { duckdbType } from "../lake/duckdb-type.ts";
import { sqlName, sqlText } from "../lake/duckdb.ts";
import { scanSql } from "../lake/scan-sql.ts";
import type { TableColumn } from "./query-request.ts";

/**
 * The SELECT over a snapshot's files that stands behind a table's name.
 *
 * @param paths - none: a table without rows
 */
export function tableViewSql(columns: TableColumn[], paths: string[]): string {
  if (columns.every(({ fieldId }) => fieldId !== undefined)) return `select * from ${scanSql(paths, schemaOf(columns))}`;
  const source = paths.length === 0 ? scanSql([], schemaOf(columns)) : `read_parquet([${paths.map(sqlText).join(", ")}], union_by_name = true, hive_partitioning = false)`;
  return `select ${columns.map(({ name, type }) => `cast(${sqlName(name)} as ${duckdbType(type)}) as ${sqlName(name)}`).join(", ")} from ${source}`;
}

function schemaOf(columns: TableColumn[]): Parameters<typeof scanSql>[1] {
  return { type: "struct", "schema-id": 0, fields: columns.map(({ name, type, fieldId }) => ({ id: fieldId ?? 0, name, type, required: false })) };
}
