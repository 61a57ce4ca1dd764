import { join } from "node:path";
import type { DuckDBConnection } from "@duckdb/node-api";
import { folderFiles } from "../../src/files/folder.ts";
import { Duckdb, queryJson } from "../../src/lake/duckdb.ts";
import type { SchemaField } from "../../src/lake/iceberg-type.ts";
import { Lake } from "../../src/lake/lake.ts";
import { parquetCopySql, writtenParquet } from "../../src/lake/parquet-copy.ts";
import type { Table } from "../../src/lake/table.ts";
import { sqliteState } from "../../src/state/sqlite.ts";

/** A lake with one table, filled by statements. */
export interface BenchTable {
  table: Table;
  connection: DuckDBConnection;
  /** Adds the rows of a statement, as one file. */
  append(select: string): Promise<void>;
  close(): Promise<void>;
}

export async function openBenchTable(folder: string, columns: Record<string, SchemaField["type"]>): Promise<BenchTable> {
  const state = await sqliteState(join(folder, "state.db"));
  const lake = new Lake({ files: folderFiles(join(folder, "lake")), state });
  const duckdb = new Duckdb({ memoryLimit: "2GiB", threads: 2 });
  const connection = await duckdb.connect();
  const table = await lake.openOrCreate("bench.rows", Object.entries(columns).map(([name, type]) => ({ id: 0, name, required: false, type })));
  let files = 0;
  return {
    table,
    connection,
    async append(select) {
      const path = await table.stage();
      const [row] = await queryJson(connection, parquetCopySql(select, path, (await table.schema()).fields), path);
      await (await table.append({ files: [{ path, ...writtenParquet(row) }], attempt: `fill-${files++}` })).publish();
    },
    async close() {
      connection.closeSync();
      await duckdb.close();
      await lake.close();
      await state.close();
    },
  };
}
