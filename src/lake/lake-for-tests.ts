import { mkdtemp } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Batch } from "../batch/batch.ts";
import { BatchBuilder } from "../batch/builder.ts";
import type { FilesDriver } from "../files/driver.ts";
import { folderFiles } from "../files/folder.ts";
import type { Column } from "../model/manifest.ts";
import { sqliteState } from "../state/sqlite.ts";
import type { StateStore } from "../state/store.ts";
import { Duckdb, queryJson } from "./duckdb.ts";
import { Lake } from "./lake.ts";
import type { StagedParquet } from "./row-files.ts";
import { copyToParquet } from "./staged-rows.ts";
import type { Table } from "./table.ts";

/** What the tests of this folder share: a lake in a scratch folder, and its rows as DuckDB reads them. */
export interface ScratchLake {
  root: string;
  files: FilesDriver;
  state: StateStore;
  lake: Lake;
  /** Another process's view: a lake of its own over the same folder, with drivers that may be wrapped. */
  reopen(wrap?: { files?: (files: FilesDriver) => FilesDriver; state?: (state: StateStore) => StateStore }): Promise<Lake>;
}

export async function scratchLake(): Promise<ScratchLake> {
  const root = await mkdtemp(join(tmpdir(), "millrace-lake-"));
  const open = async () => ({ files: folderFiles(join(root, "lake")), state: await sqliteState(join(root, "state.sqlite")) });
  const { files, state } = await open();
  return {
    root,
    files,
    state,
    lake: new Lake({ files, state }),
    async reopen(wrap = {}) {
      const parts = await open();
      return new Lake({ files: wrap.files?.(parts.files) ?? parts.files, state: wrap.state?.(parts.state) ?? parts.state });
    },
  };
}

export function batchOf(columns: Column[], records: object[]): Batch {
  const builder = new BatchBuilder({ columns, where: "a test" });
  for (const record of records) builder.append(record, 0);
  return builder.finish();
}

const reader = new Duckdb();

/** Rows of a table as plain JSON; 64-bit integers come as text. */
export async function query(table: Table, sql: (relation: string) => string, snapshotId?: bigint): Promise<Record<string, unknown>[]> {
  const connection = await reader.connect();
  try {
    return await queryJson(connection, sql(await table.scanSql(snapshotId)), "a test");
  } finally {
    connection.closeSync();
  }
}

/** The rows of a query as a Parquet file with the table's field ids, staged for `replaceRows`. */
export async function stagedRows(table: Table, sql: string): Promise<StagedParquet> {
  const connection = await reader.connect();
  const path = await table.stage();
  try {
    return { path, ...(await copyToParquet(connection, sql, path, (await table.schema()).fields)) };
  } finally {
    connection.closeSync();
  }
}

export async function count(table: Table): Promise<number> {
  return Number((await query(table, (rows) => `select count(*) as n from ${rows}`))[0].n);
}
