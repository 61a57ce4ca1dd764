import { duckdbType } from "./duckdb-type.ts";
import { filesSql, sqlName, sqlText } from "./duckdb.ts";
import type { TableSchema } from "./table-metadata.ts";

/**
 * The SQL of a relation with the rows of Parquet files under a schema: what stands behind `from`. Columns are found by
 * field id, so that files from before a change of the schema read as the schema says, with nulls for what they lack.
 *
 * @param paths - what DuckDB opens; none gives a relation without rows
 * @example `select count(*) from ${scanSql(paths, schema)}`
 */
export function scanSql(paths: string[], schema: Pick<TableSchema, "fields">): string {
  if (paths.length === 0) {
    const columns = schema.fields.map(({ name, type }) => `null::${duckdbType(type)} as ${sqlName(name)}`);
    return `(select ${columns.join(", ")} where false)`;
  }
  const fields = schema.fields.map(({ id, name, type }) => `${id}: {name: ${sqlText(name)}, type: ${sqlText(duckdbType(type))}, default_value: null}`);
  // Without the last setting DuckDB takes columns from the names of folders, over those in the files.
  return `read_parquet(${filesSql(paths)}, schema = map {${fields.join(", ")}}, hive_partitioning = false)`;
}
