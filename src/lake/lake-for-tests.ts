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
import { commitChange, newSnapshotId } from "./commit.ts";
import { adoptDataFile } from "./data-file.ts";
import { positionDeletes } from "./delete-files.ts";
import { Duckdb, queryJson, sqlText } from "./duckdb.ts";
import type { LiveFile } from "./file-index.ts";
import { FileIndex } from "./file-index.ts";
import { Lake } from "./lake.ts";
import type { StagedParquet } from "./row-files.ts";
import { partitionKey } from "./partition-spec.ts";
import { addSnapshot, newManifest } from "./snapshot-builder.ts";
import { copyToParquet } from "./staged-rows.ts";
import { currentSnapshot } from "./table-metadata.ts";
import { TableStore } from "./table-store.ts";
import type { Table } from "./table.ts";
import type { ManifestRef } from "./manifest-list.ts";
import { deleteManifest } from "./manifest-list.ts";

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

export const reader = new Duckdb();

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

/** Marks rows of a table as deleted, as Spark and DuckDB do: by files that name data files and positions in them. */
export async function deletePositions({ files, state }: ScratchLake, name: string, marks: [location: string, position: number][], content: number = positionDeletes): Promise<void> {
  const store = new TableStore(name, files, state);
  const index = new FileIndex(store);
  await commitChange(store, {
    async apply(base, written) {
      const parent = currentSnapshot(base);
      const { pointer } = await store.load();
      const snapshotId = newSnapshotId();
      const manifests: ManifestRef[] = await index.manifests(parent);
      const live = await index.live(parent);
      const byPartition = Map.groupBy(marks, ([location]) => partitionKey(...placeOf(live, location)));
      for (const together of byPartition.values()) {
        const [specId, partition] = placeOf(live, together[0][0]);
        const path = await store.files.stage();
        const rows = together.map(([location, position]) => `(${sqlText(location)}, ${position}::bigint)`).join(", ");
        const connection = await reader.connect();
        const fields = [
          { id: 2147483546, name: "file_path", required: true, type: "string" as const },
          { id: 2147483545, name: "pos", required: true, type: "long" as const },
        ];
        const parquet = await copyToParquet(connection, `select * from (values ${rows}) as v(file_path, pos) order by all`, path, fields);
        connection.closeSync();
        const file = await adoptDataFile(files, path, parquet, fields, { folder: pointer.folder, columns: [], partition, snapshotId, number: specId });
        const entry = { status: "added" as const, snapshotId, sequenceNumber: null, fileSequenceNumber: null, file: { ...file, content } };
        const manifest = await newManifest(store, base, pointer.folder, snapshotId, specId, [entry], deleteManifest);
        written.put(manifest.key, manifest.bytes);
        manifests.push(manifest.ref);
      }
      const totals = { addedFiles: 0, addedRecords: 0, addedBytes: 0, deletedFiles: 0, deletedRecords: 0, deletedBytes: 0, deleteFilesGone: -byPartition.size, positionDeletesGone: -marks.length };
      return addSnapshot({ store, index }, base, pointer.folder, { id: snapshotId, operation: "overwrite", manifests, summary: {}, totals }, written);
    },
  });
}

function placeOf(live: LiveFile[], location: string): [specId: number, partition: LiveFile["file"]["partition"]] {
  const { specId, file } = live.find((one) => one.file.location === location) as LiveFile;
  return [specId, file.partition];
}
