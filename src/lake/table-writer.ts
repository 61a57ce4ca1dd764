import type { Batch, Vector } from "../batch/batch.ts";
import { withoutTombstones } from "../batch/select.ts";
import { MillraceError } from "../errors.ts";
import { appendChange } from "./append.ts";
import { storedTypes } from "./column-types.ts";
import { commitChange, newSnapshotId } from "./commit.ts";
import { adoptDataFile } from "./data-file.ts";
import { dayVector } from "./day-vector.ts";
import type { Duckdb } from "./duckdb.ts";
import type { FileIndex } from "./file-index.ts";
import type { FileRecord } from "./manifest-file.ts";
import type { PartitionColumn } from "./partition-spec.ts";
import { partitionColumns } from "./partition-spec.ts";
import type { Advance } from "./positions.ts";
import { advanced, positionsOf } from "./positions.ts";
import { RowGroups } from "./row-groups.ts";
import type { ManifestRef } from "./manifest-list.ts";
import { newManifest } from "./snapshot-builder.ts";
import { StagedRows } from "./staged-rows.ts";
import type { IcebergType, SchemaField } from "./iceberg-type.ts";
import type { Snapshot, TableMetadata } from "./table-metadata.ts";
import { currentSchema, currentSnapshot, currentSpec } from "./table-metadata.ts";
import type { TableStore, TableVersion } from "./table-store.ts";

export interface WriterOptions {
  /**
   * What becomes of a batch's columns that the table does not have: `refuse` the batch, or `drop` them, for a table that
   * is declared with fewer columns than its topic. Default `refuse`.
   */
  unknownColumns?: "refuse" | "drop";
}

export interface CommitRequest {
  /** The input that the rows stem from. Absent: rows without an input that could be replayed. */
  advance?: Advance[];
  /** What else the snapshot's summary says, such as `millrace.release` and `millrace.run`. */
  summary?: Record<string, string>;
}

/** Files on their way to the disk at once: flushing waits, and the next file can be made meanwhile. */
const adoptionsMax = 4;

/** Gathers rows and commits them to a table. For one caller: each call must end before the next begins. */
export class TableWriter {
  readonly #store: TableStore;
  readonly #index: FileIndex;
  readonly #options: WriterOptions;
  readonly #base: TableVersion;
  readonly #fields: SchemaField[];
  readonly #partitioning: PartitionColumn[];
  readonly #staged: StagedRows;
  #groups: RowGroups;
  #rows = 0;

  private constructor(store: TableStore, index: FileIndex, options: WriterOptions, base: TableVersion, staged: StagedRows) {
    this.#store = store;
    this.#index = index;
    this.#options = options;
    this.#base = base;
    this.#fields = streamedFields(base.metadata);
    this.#partitioning = partitionColumns(store.name, currentSpec(base.metadata), base.metadata.schemas);
    this.#staged = staged;
    this.#groups = new RowGroups(this.#partitioning);
  }

  static async open(store: TableStore, index: FileIndex, duckdb: Duckdb, options: WriterOptions): Promise<TableWriter> {
    const base = await store.load();
    const staged = await StagedRows.open(duckdb, streamedFields(base.metadata));
    return new TableWriter(store, index, options, base, staged);
  }

  /** Rows added since the last commit. */
  get rows(): number {
    return this.#rows;
  }

  /** Files that a commit would write now: one per partition. */
  get files(): number {
    return this.#groups.partitions.length;
  }

  /**
   * Takes a batch's rows. Records that delete their key carry no row and are left out. When it is refused, none is taken.
   * @throws MillraceError `MR-LAKE-003`
   */
  async add(batch: Batch): Promise<void> {
    const rows = withoutTombstones(batch);
    const vectors = this.#match(rows);
    const sources = this.#partitioning.map(({ field }) => vectors[this.#fields.findIndex(({ id }) => id === field["source-id"])]);
    const groups = this.#groups.assign(sources, rows.count);
    await this.#staged.append(rows, vectors, groups);
    this.#rows += rows.count;
  }

  /**
   * Commits all rows added since the last commit, as one snapshot. Rows stay with the writer until that is on disk: after an
   * error that may be retried the same call can be made again.
   *
   * @returns the snapshot; the current one, when there was nothing to commit
   * @throws MillraceError `MR-LAKE-002` when the table stands elsewhere in its input than the rows begin: call `reset`, read on
   *   from the table's positions
   */
  async commit(request: CommitRequest = {}): Promise<Snapshot | undefined> {
    const advance = request.advance ?? [];
    const current = currentSnapshot((await this.#store.load()).metadata);
    // Refused now, before any file is written, rather than at the end.
    const positions = advanced(this.#store.name, positionsOf(current), advance);
    if (this.#rows === 0 && JSON.stringify(positions) === JSON.stringify(positionsOf(current))) return current;
    const snapshotId = newSnapshotId();
    const files = await this.#writeFiles(snapshotId);
    const metadata = await this.#commitFiles(snapshotId, files, advance, request.summary ?? {});
    await this.reset();
    return metadata.snapshots.find((snapshot) => snapshot["snapshot-id"] === snapshotId);
  }

  /** Drops the rows added since the last commit. */
  async reset(): Promise<void> {
    this.#rows = 0;
    this.#groups = new RowGroups(this.#partitioning);
    await this.#staged.clear();
  }

  async close(): Promise<void> {
    await this.#staged.close();
  }

  async #commitFiles(snapshotId: bigint, files: FileRecord[], advance: Advance[], summary: Record<string, string>): Promise<TableMetadata> {
    const { folder } = this.#base.pointer;
    const manifest = files.length > 0 ? await this.#writeManifest(snapshotId, files) : undefined;
    try {
      const change = appendChange(this.#store, this.#index, { folder, snapshotId, manifest, files, advance, summary });
      return (await commitChange(this.#store, change)).metadata;
    } catch (error) {
      // Only a commit that was refused has surely not been made; after any other error the files may be the table's.
      if (error instanceof MillraceError && error.code === "MR-LAKE-002") await this.#remove([...files, ...(manifest ? [manifest] : [])]);
      throw error;
    }
  }

  async #writeManifest(snapshotId: bigint, files: FileRecord[]): Promise<ManifestRef> {
    const entries = files.map((file) => ({ status: "added" as const, snapshotId, sequenceNumber: null, fileSequenceNumber: null, file }));
    const { pointer, metadata } = this.#base;
    const { key, bytes, ref } = await newManifest(this.#store, metadata, pointer.folder, snapshotId, metadata["default-spec-id"], entries);
    await this.#store.files.putIfAbsent(key, bytes);
    return ref;
  }

  async #writeFiles(snapshotId: bigint): Promise<FileRecord[]> {
    const partitions = this.#groups.partitions;
    const pending: Promise<FileRecord>[] = [];
    for (const [group, partition] of partitions.entries()) {
      const staged = await this.#store.files.stage();
      const parquet = await this.#staged.write(staged, partitions.length === 1 ? undefined : group).catch(async (error) => {
        await this.#store.files.discard(staged).catch(() => {});
        await Promise.allSettled(pending);
        throw error;
      });
      const name = { folder: this.#base.pointer.folder, columns: this.#partitioning, partition, snapshotId, number: group };
      const adopted = adoptDataFile(this.#store.files, staged, parquet, this.#fields, name);
      // It is awaited below; until then its failure must not count as one that nobody handles.
      adopted.catch(() => {});
      pending.push(adopted);
      if (pending.length >= adoptionsMax) await Promise.allSettled([pending[pending.length - adoptionsMax]]);
    }
    const files = await Promise.all(pending);
    const written = files.reduce((total, { records }) => total + records, 0n);
    if (written !== BigInt(this.#rows)) throw lostRows(this.#store.name, this.#rows, written);
    return files;
  }

  async #remove(files: { location: string }[]): Promise<void> {
    for (const { location } of files) {
      const key = this.#store.files.keyAt(location);
      if (key !== undefined) await this.#store.files.delete(key).catch(() => {});
    }
  }

  /** The vector of each field, checked: nothing may be lost, and no null may reach a column that is required. */
  #match(batch: Batch): (Vector | undefined)[] {
    const columns = new Map(batch.columns.map((column) => [column.name, column]));
    if (this.#options.unknownColumns !== "drop") {
      const unknown = batch.columns.find(({ name }) => !this.#fields.some((field) => field.name === name));
      if (unknown !== undefined) throw this.#misfit(`the records have a field "${unknown.name}", which the table does not have`, unknown.name);
    }
    return this.#fields.map((field) => {
      const column = columns.get(field.name);
      if (column !== undefined && storedTypes[column.type] !== field.type) {
        throw this.#misfit(`field "${field.name}" is ${column.type}, the table's column is ${field.type}`, field.name);
      }
      const nullAt = field.required ? firstNull(column?.vector, batch.count) : -1;
      if (nullAt >= 0) throw this.#misfit(`field "${field.name}" is null in record ${nullAt} of a batch, and the column takes none`, field.name);
      return column && field.type === "date" ? dayVector(column.vector, batch.count, `table "${this.#store.name}", column "${field.name}"`) : column?.vector;
    });
  }

  #misfit(what: string, column: string): MillraceError {
    return new MillraceError("MR-LAKE-003", {
      what,
      where: `table "${this.#store.name}", column "${column}"`,
      mend: "start the table's stage again with the release that declares the records, so that the table follows",
    });
  }
}

/** Columns that records of a topic can fill; what another engine has added beside them is null in their rows. */
function streamedFields(metadata: TableMetadata): SchemaField[] {
  const types = new Set<IcebergType>(Object.values(storedTypes));
  return currentSchema(metadata).fields.filter(({ type, required }) => required || types.has(type));
}

function firstNull(vector: Vector | undefined, count: number): number {
  if (vector === undefined) return count === 0 ? -1 : 0;
  return vector.valid === undefined ? -1 : vector.valid.subarray(0, count).indexOf(0);
}

function lostRows(table: string, staged: number, written: bigint): MillraceError {
  return new MillraceError("MR-INTERNAL-001", {
    what: `${staged} rows were to be written and ${written} were`,
    where: `table "${table}"`,
    mend: "nothing was committed; report this with the log lines around it",
  });
}
