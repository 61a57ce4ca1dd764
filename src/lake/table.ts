import type { HeldFiles } from "../files/driver.ts";
import type { Json, PartitionField } from "../model/manifest.ts";
import { readBookmark, writeBookmark } from "./bookmark.ts";
import { commitChange } from "./commit.ts";
import type { CompactOptions, CompactResult } from "./compact.ts";
import { compactTable } from "./compact.ts";
import type { Filter } from "./filter.ts";
import { bindFilter, everyRow } from "./filter.ts";
import type { MergeKeys } from "./merge.ts";
import { MergeRule } from "./merge.ts";
import { appendRule, checkChosen, OverwriteRule, ReplacePartitionsRule } from "./overwrite.ts";
import type { SortKey } from "./sort-order.ts";
import { withSortOrder } from "./sort-order.ts";
import { damaged, verifiedFile } from "./held-paths.ts";
import type { Duckdb } from "./duckdb.ts";
import type { ExpireOptions, ExpireResult } from "./expire.ts";
import { expireSnapshots } from "./expire.ts";
import { DeleteFiles } from "./delete-files.ts";
import type { LiveFile } from "./file-index.ts";
import { FileIndex } from "./file-index.ts";
import { keepFileStates, readFileStates, removeAllFileStates, removeFileStates } from "./file-states.ts";
import { removeOrphans } from "./orphans.ts";
import { evolvedSpec } from "./partition-spec.ts";
import type { TablePosition } from "./positions.ts";
import { positionsOf } from "./positions.ts";
import type { FilePlan } from "./plan-files.ts";
import { planFiles } from "./plan-files.ts";
import type { RowChangeRequest, TableParts } from "./row-change.ts";
import type { PlannedReshape } from "./reshape.ts";
import { reshapedAsPlanned } from "./reshape.ts";
import { RowChange } from "./row-change.ts";
import type { RowDiff, RowDiffRequest } from "./row-diff.ts";
import { rowDiff } from "./row-diff.ts";
import type { StagedParquet } from "./row-files.ts";
import { allFields, isPrimitive } from "./iceberg-type.ts";
import { readingOf, scanFilesSql } from "./scan-files.ts";
import type { HeldSnapshot } from "./readers.ts";
import { holdSnapshot } from "./readers.ts";
import type { BranchOptions, SnapshotAt, TagOptions } from "./refs.ts";
import { fastForwarded, snapshotAt, withNewRef, withoutRef } from "./refs.ts";
import type { SchemaChange } from "./schema-change.ts";
import { changedSchema } from "./schema-change.ts";
import { decodeValue } from "./single-value.ts";
import type { Snapshot, TableMetadata, TableSchema } from "./table-metadata.ts";
import { currentSchema, currentSnapshot, headOf, mainBranch, withSchema, withSpec } from "./table-metadata.ts";
import type { TableStore } from "./table-store.ts";
import type { WriterOptions } from "./table-writer.ts";
import { TableWriter } from "./table-writer.ts";
import type { FileRecord } from "./manifest-file.ts";
import type { PartitionValue, SourceValue } from "./transform.ts";

/** A Parquet file of a snapshot. */
export interface StoredFile {
  /** What DuckDB opens. */
  path: string;
  /** Absolute address, as it stands in the manifests. */
  location: string;
  bytes: number;
}

/** A data file of a snapshot: what SQL reads. */
export interface DataFile extends StoredFile {
  /** In the file, the deleted ones among them. */
  records: number;
  /** Files with the positions of rows that another engine has deleted from it. */
  deletes: StoredFile[];
  /** By name of the partition field: days since 1970 for `day`, and so on, as Iceberg has it. */
  partition: Record<string, PartitionValue>;
  specId: number;
  sequenceNumber: number;
  /** Least and greatest value of each column, inner ones as `a.b`, where known; text cut to 16 characters. Dates in days, times in microseconds. */
  bounds: Record<string, ColumnBounds>;
}

export interface ColumnBounds {
  lower?: SourceValue;
  upper?: SourceValue;
  nulls?: number;
  /** Of floats, which bounds leave out; absent where there may be any. */
  nans?: number;
  /** What the column takes in the file. */
  bytes?: number;
}

/** What is read to answer a query, and what need not be. */
export interface ScanPlan extends Omit<FilePlan, "files"> {
  files: DataFile[];
}

/** Rows that come, in Parquet files on the disk of the store's staging; none when there are none. They are taken over. */
export interface NewRows extends RowChangeRequest {
  files: StagedParquet[];
}

export interface MaintenanceOptions extends CompactOptions, ExpireOptions {}

export interface ScanRequest {
  /** Default: the current one. */
  snapshotId?: bigint;
  /** Default: all rows. */
  where?: Filter;
}

/** What can be read of a table. */
export type TableView = Pick<Table, "name" | "metadata" | "schema" | "planFiles" | "hold" | "holdFiles">;

/** A table of the lake. Every call sees what is current then; only a snapshot's id pins a version. */
export class Table {
  readonly name: string;
  readonly #store: TableStore;
  readonly #index: FileIndex;
  readonly #duckdb: Duckdb;
  readonly #parts: TableParts;

  constructor(store: TableStore, duckdb: Duckdb) {
    this.name = store.name;
    this.#store = store;
    this.#index = new FileIndex(store);
    this.#duckdb = duckdb;
    this.#parts = { store, index: this.#index, duckdb };
  }

  async metadata(): Promise<TableMetadata> {
    return (await this.#store.load()).metadata;
  }

  /** Address of the current metadata file, for engines that open a table by it. */
  async metadataLocation(): Promise<string> {
    return this.#store.files.location((await this.#store.load()).pointer.metadata);
  }

  async snapshots(): Promise<Snapshot[]> {
    return (await this.metadata()).snapshots;
  }

  /** Undefined while nothing was ever committed. */
  async currentSnapshot(): Promise<Snapshot | undefined> {
    return currentSnapshot(await this.metadata());
  }

  /** The table's columns; those of a snapshot are the ones that it was written under. */
  async schema(snapshotId?: bigint): Promise<TableSchema> {
    return this.#schemaIn(await this.metadata(), snapshotId);
  }

  #schemaIn(metadata: TableMetadata, snapshotId: bigint | undefined): TableSchema {
    const id = snapshotId === undefined ? undefined : this.#snapshot(metadata, snapshotId)?.["schema-id"];
    return metadata.schemas.find((schema) => schema["schema-id"] === id) ?? currentSchema(metadata);
  }

  /** Where the table stands in its input: what a stage reads on from. */
  async positions(): Promise<TablePosition[]> {
    return positionsOf(await this.currentSnapshot());
  }

  /**
   * The files of a snapshot, the current one by default.
   * @throws MillraceError `MR-LAKE-001` when there is no such snapshot, `MR-LAKE-011` when it deletes rows by their values,
   * `MR-LAKE-004` when one lies outside this lake
   */
  async files(snapshotId?: bigint): Promise<DataFile[]> {
    return (await this.planFiles({ snapshotId })).files;
  }

  /** The table as metadata say that it is, which need not be current, nor ever become it. */
  at(metadata: TableMetadata): TableView {
    return {
      name: this.name,
      metadata: async () => metadata,
      schema: async (snapshotId) => this.#schemaIn(metadata, snapshotId),
      planFiles: async (request) => this.#planIn(metadata, request),
      hold: (snapshotId, forMs) => this.hold(snapshotId, forMs),
      holdFiles: (files, signal) => this.holdFiles(files, signal),
    };
  }

  /**
   * The files of a snapshot, the current one by default, that may hold rows which a filter chooses. Columns go by the names
   * that they have in the snapshot. Throws as `files` does, and `MR-LAKE-006` for a filter that does not fit the table.
   */
  planFiles(request: ScanRequest): Promise<ScanPlan> {
    return this.#store.withCurrent(({ metadata }) => this.#planIn(metadata, request));
  }

  async #planIn(metadata: TableMetadata, { snapshotId, where = everyRow }: ScanRequest): Promise<ScanPlan> {
    const snapshot = this.#snapshot(metadata, snapshotId);
    const plan = await planFiles(this.#index, metadata, snapshot, bindFilter(this.name, this.#schemaIn(metadata, snapshotId), where));
    const deletes = await this.#index.deletes(snapshot);
    const schema = currentSchema(metadata);
    const deleteFiles = new DeleteFiles(this.name, deletes);
    const names = new Map(metadata["partition-specs"].map((spec) => [spec["spec-id"], spec.fields.map(({ name }) => name)]));
    return { ...plan, files: plan.files.map((file) => this.#dataFile(file, deleteFiles.of(file), names.get(file.specId) ?? [], schema)) };
  }

  /** Keeps data files at their paths, with those that delete rows of them. @throws MillraceError `MR-FILES-002` where one cannot be had */
  holdFiles(files: readonly DataFile[], signal?: AbortSignal): Promise<HeldFiles> {
    const { files: store } = this.#store;
    const wanted = store.capabilities.localPaths ? [] : files.flatMap((file) => [file, ...file.deletes]);
    return store.hold(wanted.map(({ location, bytes }) => ({ key: store.keyAt(location) as string, bytes })), signal);
  }

  /**
   * The SQL of a relation with the rows of a snapshot, the current one by default, under the table's columns: what stands
   * behind `from`. Its files stay for as long as `expire` leaves them.
   */
  async scanSql(snapshotId?: bigint): Promise<string> {
    const files = await this.files(snapshotId);
    const reading = readingOf(await this.metadata(), await this.schema(snapshotId));
    const connection = await this.#duckdb.connect();
    try {
      return await scanFilesSql(connection, files.map((file) => ({ ...file, deletes: file.deletes.map(({ path }) => path) })), reading);
    } finally {
      connection.closeSync();
    }
  }

  /** @throws MillraceError `MR-LAKE-004` when the file is missing, or not as it was written */
  async verify(file: Pick<DataFile, "location" | "bytes">): Promise<void> {
    const { held } = await verifiedFile(this.#store, { location: file.location, bytes: BigInt(file.bytes) });
    held.release();
  }

  /** What a snapshot says of the table's input: see `writeBookmark`. @throws MillraceError `MR-LAKE-004` when it is damaged */
  bookmark(snapshot: Snapshot): Promise<Json | undefined> {
    return readBookmark(this.#store, snapshot);
  }

  /** Writes a bookmark down for a snapshot to come. @returns what its summary says under `bookmarkKey` */
  async writeBookmark(bookmark: Json): Promise<string> {
    return writeBookmark(this.#store, (await this.#store.load()).pointer.folder, bookmark);
  }

  /** What was measured of data files, where it is there: see `keepFileStates`. */
  async *readFileStates(files: readonly Pick<DataFile, "location">[]): AsyncGenerator<[location: string, states: Json[]]> {
    yield* readFileStates(this.#store, (await this.#store.load()).pointer.folder, files.map(({ location }) => location));
  }

  /** Keeps what was measured of a data file for as long as the file is there. Nothing may depend on it. */
  async keepFileStates({ location }: Pick<DataFile, "location">, states: Json): Promise<void> {
    await keepFileStates(this.#store, (await this.#store.load()).pointer.folder, location, states);
  }

  /** Removes what was measured of data files: the next who asks measures them again. */
  async removeFileStates(files: readonly Pick<DataFile, "location">[]): Promise<void> {
    await removeFileStates(this.#store, (await this.#store.load()).pointer.folder, files.map(({ location }) => location));
  }

  /** The same of all its files, of whatever version. */
  async removeAllFileStates(): Promise<void> {
    await removeAllFileStates(this.#store, (await this.#store.load()).pointer.folder);
  }

  writer(options: WriterOptions = {}): Promise<TableWriter> {
    return TableWriter.open(this.#store, this.#index, this.#duckdb, options);
  }

  /**
   * A folder for Parquet files that are then taken into the table. Whoever asked for it removes it; after a crash
   * orphan removal does.
   *
   * @returns a path of this machine; nothing is there yet
   */
  stage(): Promise<string> {
    return this.#store.files.stage();
  }

  /** Makes ready to put rows beside those that are there. Throws as `RowChange.open` does. */
  append(request: NewRows): Promise<RowChange> {
    return RowChange.open(this.#parts, request, request.files, async (added) => appendRule(added));
  }

  /**
   * Makes ready to put rows in the place of those that a filter chooses. Throws as `RowChange.open` does, and
   * `MR-LAKE-003` when a new row is none of those chosen: made again, the change would leave it there twice.
   *
   * @param request - `where` may depend on the snapshot that the rows come upon, and is asked anew for each; what it chooses
   *   beside the new rows' own place may differ, that place may not
   */
  replaceRows(request: NewRows & { where: Filter | ((parent: Snapshot | undefined) => Filter) }): Promise<RowChange> {
    return RowChange.open(this.#parts, request, request.files, async (added, files, metadata) => {
      const { where: filter } = request;
      const schema = currentSchema(metadata);
      const where = (parent: Snapshot | undefined) => bindFilter(this.name, schema, typeof filter === "function" ? filter(parent) : filter);
      await checkChosen(this.name, metadata, where(headOf(metadata, request.branch)), added, files);
      return new OverwriteRule(where, added, false);
    });
  }

  /**
   * Makes ready to put rows in the place of all those in the partitions that they fall into; of a table without partitions
   * that is all there is. No new rows: nothing goes. Throws as `RowChange.open` does.
   */
  replacePartitions(request: NewRows): Promise<RowChange> {
    return RowChange.open(this.#parts, request, request.files, async (added) => new ReplacePartitionsRule(added));
  }

  /** Makes ready to delete the rows that a filter chooses. Throws as `RowChange.open` does. */
  deleteRows(request: RowChangeRequest & { where: Filter }): Promise<RowChange> {
    return RowChange.open(this.#parts, request, [], async (_added, _files, metadata) => {
      const where = bindFilter(this.name, currentSchema(metadata), request.where);
      return new OverwriteRule(() => where, [], true);
    });
  }

  /**
   * Makes ready to put rows in the place of those with the same key, and beside the others. The snapshot's summary says how
   * many were inserted, updated, and there already. Throws as `RowChange.open` and `MergeRule.open` do.
   */
  merge(request: NewRows & MergeKeys): Promise<RowChange> {
    return RowChange.open(this.#parts, request, request.files, (added, files, metadata) => MergeRule.open(this.name, metadata, request, added, files));
  }

  /** By what rows are sorted in files to come; those that are there stay as they are. @throws MillraceError `MR-LAKE-006` */
  changeSortOrder(keys: readonly SortKey[]): Promise<void> {
    return this.#change((base) => withSortOrder(this.name, base, keys));
  }

  /**
   * Changes the table's columns, as one commit. The rows stay where they are.
   * @throws MillraceError `MR-LAKE-003` naming the change that cannot be made
   */
  async changeSchema(changes: readonly SchemaChange[]): Promise<TableSchema> {
    const committed = await commitChange(this.#store, { apply: async (base) => withSchema(base, changedSchema(this.name, base, changes)) });
    return currentSchema(committed.metadata);
  }

  /** Rows to come are split so; those that are there stay as they are. @throws MillraceError `MR-LAKE-006` */
  async changePartitioning(partitionBy: PartitionField[]): Promise<void> {
    await commitChange(this.#store, { apply: async (base) => withSpec(base, evolvedSpec(this.name, base, partitionBy, currentSchema(base))) });
  }

  /** Changes columns and partitions as one commit. The rows stay where they are. @throws MillraceError `MR-LAKE-003`, `MR-LAKE-006`, and `MR-LAKE-002`, to be retried */
  async reshape(planned: PlannedReshape): Promise<void> {
    await commitChange(this.#store, {
      apply: async (base) => {
        const next = reshapedAsPlanned(this.name, base, planned);
        return next === base ? undefined : next;
      },
    });
  }

  /** The snapshot that was meant. @throws MillraceError `MR-LAKE-001` when there is none */
  async snapshotAt(at: SnapshotAt): Promise<Snapshot> {
    return snapshotAt(this.name, await this.metadata(), at);
  }

  /** A name for a snapshot, which stays for as long as the name does. @throws MillraceError `MR-LAKE-006`, `MR-LAKE-001` */
  createTag(name: string, options: TagOptions = {}): Promise<void> {
    return this.#change((base) => withNewRef(this.name, base, name, "tag", options));
  }

  /** A line of snapshots of its own, to be written to by its name. @throws MillraceError `MR-LAKE-006`, `MR-LAKE-001` */
  createBranch(name: string, options: BranchOptions = {}): Promise<void> {
    return this.#change((base) => withNewRef(this.name, base, name, "branch", options));
  }

  /** Removes a tag or branch; its snapshots expire. None of the name is no error. @throws MillraceError `MR-LAKE-006` */
  removeRef(name: string): Promise<void> {
    return this.#change((base) => withoutRef(this.name, base, name));
  }

  /**
   * Makes a branch, `main` by default, end where another does that has grown out of it: what was written and checked there
   * becomes the table, as one commit.
   * @throws MillraceError `MR-LAKE-002` when the branch has moved on meanwhile, `MR-LAKE-001` when there is no such branch
   */
  fastForward(source: string, target: string = mainBranch): Promise<void> {
    return this.#change((base) => fastForwarded(this.name, base, target, source));
  }

  /**
   * Keeps a snapshot and its files from expiry while it is read: for readers that take longer than `olderThanMs` of expiry.
   *
   * @param forMs - after which it is held no more, released or not. Default one hour
   * @throws MillraceError `MR-LAKE-001` when there is no such snapshot, or no longer
   */
  hold(snapshotId: bigint, forMs: number = 3_600_000): Promise<HeldSnapshot> {
    return holdSnapshot(this.#store, snapshotId, forMs);
  }

  /** What differs between the rows of two snapshots. Throws as `rowDiff` does. */
  rowDiff(request: RowDiffRequest): Promise<RowDiff> {
    return rowDiff(this.#store, this.#index, this.#duckdb, request);
  }

  compact(options?: CompactOptions): Promise<CompactResult> {
    return compactTable(this.#store, this.#index, this.#duckdb, options);
  }

  expire(options?: ExpireOptions): Promise<ExpireResult> {
    return expireSnapshots(this.#store, this.#index, options);
  }

  removeOrphans(graceMs?: number): Promise<number> {
    return removeOrphans(this.#store, this.#index, graceMs);
  }

  /** What a table needs from time to time; cheap when there is nothing to do. For the stage that writes the table. */
  async maintain(options: MaintenanceOptions = {}): Promise<CompactResult & ExpireResult> {
    return { ...(await this.compact(options)), ...(await this.expire(options)) };
  }

  #snapshot(metadata: TableMetadata, id: bigint | undefined): Snapshot | undefined {
    return id === undefined ? currentSnapshot(metadata) : snapshotAt(this.name, metadata, { snapshot: id });
  }

  async #change(next: (base: TableMetadata) => TableMetadata | undefined): Promise<void> {
    await commitChange(this.#store, { apply: async (base) => next(base) });
  }

  #storedFile({ location, bytes }: FileRecord): StoredFile {
    const key = this.#store.files.keyAt(location);
    if (key === undefined) throw damaged(this.#store, location, "a data file lies outside this lake's files");
    return { path: this.#store.files.path(key), location, bytes: Number(bytes) };
  }

  #dataFile({ file, specId, sequenceNumber }: LiveFile, deletes: LiveFile[], partitionNames: string[], schema: TableSchema): DataFile {
    return {
      ...this.#storedFile(file),
      records: Number(file.records),
      deletes: deletes.map((one) => this.#storedFile(one.file)),
      partition: Object.fromEntries(partitionNames.map((name, i) => [name, file.partition[i]])),
      specId,
      sequenceNumber: Number(sequenceNumber),
      // Decoded for whoever asks: of many files hardly any is asked.
      get bounds() {
        return boundsOf(file, schema);
      },
    };
  }
}

function boundsOf(file: FileRecord, { fields }: TableSchema): Record<string, ColumnBounds> {
  // Each read once from end to end: to look up one column walks over those before it.
  const [lowers, uppers, nullCounts, nanCounts, sizes] = [new Map(file.lowerBounds), new Map(file.upperBounds), new Map(file.nullCounts), new Map(file.nanCounts), new Map(file.columnBytes)];
  return Object.fromEntries([...allFields(fields)].flatMap(({ field: { id, type }, path }): [string, ColumnBounds][] => {
    if (!isPrimitive(type)) return [];
    const [lower, upper, nulls, nans, bytes] = [lowers.get(id), uppers.get(id), nullCounts.get(id), nanCounts.get(id), sizes.get(id)];
    return [[path.join("."), {
      ...(lower && { lower: decodeValue(type, lower) }),
      ...(upper && { upper: decodeValue(type, upper) }),
      ...(nulls !== undefined && { nulls: Number(nulls) }),
      ...(nans !== undefined && { nans: Number(nans) }),
      ...(bytes !== undefined && { bytes: Number(bytes) }),
    }]];
  }));
}
