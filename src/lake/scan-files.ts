import { sqlName, sqlText } from "./duckdb.ts";
import { scanSql } from "./scan-sql.ts";
import type { TableSchema } from "./table-metadata.ts";

/** A data file with the files that delete rows of it. */
export interface ScanFile {
  /** What DuckDB opens. */
  path: string;
  /** Absolute address, as manifests and delete files have it. Needed where there are deletes. */
  location?: string;
  /** Paths of the position deletes that apply to it. */
  deletes?: string[];
}

/**
 * The SQL of a relation with the rows of data files under a schema, without those that are deleted: what stands behind
 * `from`. Files without deletes are read as if there were none anywhere.
 */
export function scanFilesSql(files: ScanFile[], schema: TableSchema): string {
  const marked = files.filter(({ deletes = [] }) => deletes.length > 0);
  if (marked.length === 0) return scanSql(files.map(({ path }) => path), schema);
  const plain = files.filter(({ deletes = [] }) => deletes.length === 0);
  const left = leftRowsSql(marked, schema);
  return plain.length === 0 ? `(${left})` : `(select * from ${scanSql(plain.map(({ path }) => path), schema)} union all by name ${left})`;
}

function leftRowsSql(files: ScanFile[], schema: TableSchema): string {
  // A column of the table may be called as those are that DuckDB adds: inside, columns go by their number.
  const numbered = { ...schema, fields: schema.fields.map((field, i) => ({ ...field, name: `c${i}` })) };
  const columns = schema.fields.map(({ name }, i) => `c${i} as ${sqlName(name)}`).join(", ");
  const rows = `select *, filename as data_path, file_row_number as pos from ${scanSql(files.map(({ path }) => path), numbered)}`;
  return `select ${columns} from (${rows}) anti join (${deletedSql(files)}) using (data_path, pos)`;
}

/** Path of the data file and position of each row that is deleted. Only the pairs given count, whatever else a file names. */
function deletedSql(files: ScanFile[]): string {
  const pairs = files.flatMap(({ path, location = path, deletes = [] }) => deletes.map((one) => `(${[one, location, path].map(sqlText).join(", ")})`));
  const paths = [...new Set(files.flatMap(({ deletes = [] }) => deletes))];
  const marks = `select filename as delete_path, file_path as location, pos from read_parquet([${paths.map(sqlText).join(", ")}], union_by_name = true, hive_partitioning = false)`;
  return `select data_path, pos from (${marks}) join (values ${pairs.join(", ")}) as pairs(delete_path, location, data_path) using (delete_path, location)`;
}
