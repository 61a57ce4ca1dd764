import type { DuckDBConnection } from "@duckdb/node-api";
import { filesSql, sqlName, sqlText } from "./duckdb.ts";
import type { SchemaField } from "./iceberg-type.ts";
import { projectedSql, readsByName } from "./projection.ts";
import { scanSql } from "./scan-sql.ts";
import type { TableMetadata, TableSchema } from "./table-metadata.ts";

/** A data file with the files that delete rows of it. */
export interface ScanFile {
  /** What DuckDB opens. */
  path: string;
  /** Absolute address, as manifests and delete files have it. Needed where there are deletes. */
  location?: string;
  /** Paths of the position deletes that apply to it. */
  deletes?: string[];
}

/** As what files are read. */
export interface Reading {
  fields: SchemaField[];
  /** The table's properties, where each file must be asked what its fields are: see `projection.ts`. */
  byFile?: Record<string, string>;
}

/** How a table's files are read under one of its schemas. */
export function readingOf(metadata: TableMetadata, schema: TableSchema): Reading {
  return { fields: schema.fields, ...(!readsByName(metadata) && { byFile: metadata.properties }) };
}

/**
 * The SQL of a relation with the rows of data files, without those that are deleted: what stands behind `from`. Files
 * without deletes are read as if there were none anywhere.
 */
export async function scanFilesSql(connection: DuckDBConnection, files: ScanFile[], reading: Reading): Promise<string> {
  const [marked, plain] = [files.filter(hasDeletes), files.filter((file) => !hasDeletes(file))];
  const whole = await rowsSql(connection, plain, reading);
  if (marked.length === 0) return whole;
  const left = await leftRowsSql(connection, marked, reading);
  return plain.length === 0 ? `(${left})` : `(select * from ${whole} union all by name ${left})`;
}

function hasDeletes({ deletes = [] }: ScanFile): boolean {
  return deletes.length > 0;
}

async function rowsSql(connection: DuckDBConnection, files: ScanFile[], { fields, byFile }: Reading, extra?: string[]): Promise<string> {
  const paths = files.map(({ path }) => path);
  return byFile === undefined || paths.length === 0 ? scanSql(paths, { fields }) : projectedSql(connection, paths, fields, byFile, extra);
}

async function leftRowsSql(connection: DuckDBConnection, files: ScanFile[], reading: Reading): Promise<string> {
  // A column of the table may be called as those are that DuckDB adds: inside, columns go by their number.
  const numbered = { ...reading, fields: reading.fields.map((field, i) => ({ ...field, name: `c${i}` })) };
  const columns = reading.fields.map(({ name }, i) => `c${i} as ${sqlName(name)}`).join(", ");
  const rows = `select *, filename as data_path, file_row_number as pos from ${await rowsSql(connection, files, numbered, ["filename", "file_row_number"])}`;
  return `select ${columns} from (${rows}) anti join (${deletedSql(files)}) using (data_path, pos)`;
}

/** Path of the data file and position of each row that is deleted. Only the pairs given count, whatever else a file names. */
function deletedSql(files: ScanFile[]): string {
  const pairs = files.flatMap(({ path, location = path, deletes = [] }) => deletes.map((one) => `(${[one, location, path].map(sqlText).join(", ")})`));
  const paths = [...new Set(files.flatMap(({ deletes = [] }) => deletes))];
  const marks = `select filename as delete_path, file_path as location, pos from read_parquet(${filesSql(paths)}, union_by_name = true, hive_partitioning = false)`;
  return `select data_path, pos from (${marks}) join (values ${pairs.join(", ")}) as pairs(delete_path, location, data_path) using (delete_path, location)`;
}
