import { MillraceError } from "../errors.ts";
import type { PartitionField } from "../model/manifest.ts";
import { commitChange } from "./commit.ts";
import type { CompactOptions, CompactResult } from "./compact.ts";
import { compactTable, verifiedPath } from "./compact.ts";
import type { Duckdb } from "./duckdb.ts";
import type { ExpireOptions, ExpireResult } from "./expire.ts";
import { expireSnapshots } from "./expire.ts";
import { FileIndex } from "./file-index.ts";
import { removeOrphans } from "./orphans.ts";
import { evolvedSpec, partitionColumns } from "./partition-spec.ts";
import type { TablePosition } from "./positions.ts";
import { positionsOf } from "./positions.ts";
import type { ReplaceRequest } from "./replace-rows.ts";
import { CommitQueue, Replacement } from "./replace-rows.ts";
import type { IcebergType } from "./iceberg-type.ts";
import { allFields, isPrimitive } from "./iceberg-type.ts";
import { projectedSql, readsByName } from "./projection.ts";
import { scanSql } from "./scan-sql.ts";
import type { SchemaChange } from "./schema-change.ts";
import { changedSchema } from "./schema-change.ts";
import { decodeValue } from "./single-value.ts";
import type { Snapshot, TableMetadata, TableSchema } from "./table-metadata.ts";
import { currentSchema, currentSnapshot, withSchema, withSpec } from "./table-metadata.ts";
import type { TableStore } from "./table-store.ts";
import type { WriterOptions } from "./table-writer.ts";
import { TableWriter } from "./table-writer.ts";
import type { FileRecord } from "./manifest-file.ts";
import type { PartitionValue, SourceValue } from "./transform.ts";

/** A data file of a snapshot: what SQL reads. */
export interface DataFile {
  /** What DuckDB opens; the location itself when the file lies outside this lake. */
  path: string;
  /** Absolute address, as it stands in the manifests. */
  location: string;
  records: number;
  bytes: number;
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
}

export interface MaintenanceOptions extends CompactOptions, ExpireOptions {}

/** A table of the lake. Every call sees what is current then; only a snapshot's id pins a version. */
export class Table {
  readonly name: string;
  readonly #store: TableStore;
  readonly #index: FileIndex;
  readonly #duckdb: Duckdb;
  readonly #queue = new CommitQueue();

  constructor(store: TableStore, duckdb: Duckdb) {
    this.name = store.name;
    this.#store = store;
    this.#index = new FileIndex(store);
    this.#duckdb = duckdb;
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
    const metadata = await this.metadata();
    const id = snapshotId === undefined ? undefined : this.#snapshot(metadata, snapshotId)?.["schema-id"];
    return metadata.schemas.find((schema) => schema["schema-id"] === id) ?? currentSchema(metadata);
  }

  /** Where the table stands in its input: what a stage reads on from. */
  async positions(): Promise<TablePosition[]> {
    return positionsOf(await this.currentSnapshot());
  }

  /**
   * The files of a snapshot, the current one by default.
   * @throws MillraceError `MR-LAKE-001` when there is no such snapshot
   */
  async files(snapshotId?: bigint): Promise<DataFile[]> {
    const { metadata, live } = await this.#store.withCurrent(async (current) => ({
      metadata: current.metadata,
      live: await this.#index.live(this.#snapshot(current.metadata, snapshotId)),
    }));
    const schema = currentSchema(metadata);
    const names = new Map(metadata["partition-specs"].map((spec) => [spec["spec-id"], partitionColumns(this.name, spec, metadata.schemas).map(({ field }) => field.name)]));
    return live.map(({ file, specId, sequenceNumber }) => this.#dataFile(file, specId, Number(sequenceNumber), names.get(specId) ?? [], schema));
  }

  /**
   * The SQL of a relation with the rows of a snapshot, the current one by default, under the table's columns: what stands
   * behind `from`. Its files stay for as long as `expire` leaves them.
   */
  async scanSql(snapshotId?: bigint): Promise<string> {
    const paths = (await this.files(snapshotId)).map(({ path }) => path);
    const schema = await this.schema(snapshotId);
    const metadata = await this.metadata();
    if (paths.length === 0 || readsByName(metadata)) return scanSql(paths, schema);
    const connection = await this.#duckdb.connect();
    try {
      return await projectedSql(connection, paths, schema.fields, metadata.properties);
    } finally {
      connection.closeSync();
    }
  }

  /** @throws MillraceError `MR-LAKE-004` when the file is missing, or not as it was written */
  async verify(file: Pick<DataFile, "location" | "bytes">): Promise<void> {
    await verifiedPath(this.#store, { location: file.location, bytes: BigInt(file.bytes) });
  }

  writer(options: WriterOptions = {}): Promise<TableWriter> {
    return TableWriter.open(this.#store, this.#index, this.#duckdb, options);
  }

  /**
   * A folder for Parquet files that `replaceRows` then takes into the table. Whoever asked for it removes it; after a crash
   * orphan removal does.
   *
   * @returns a path of this machine; nothing is there yet
   */
  stage(): Promise<string> {
    return this.#store.files.stage();
  }

  /** Makes ready to put rows in the place of others: see `Replacement`. Throws as `Replacement.open` does. */
  replaceRows(request: ReplaceRequest): Promise<Replacement> {
    return Replacement.open(this.#store, this.#index, this.#queue, request);
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
    if (id === undefined) return currentSnapshot(metadata);
    const found = metadata.snapshots.find((snapshot) => snapshot["snapshot-id"] === id);
    if (found !== undefined) return found;
    throw new MillraceError("MR-LAKE-001", {
      what: `table "${this.name}" has no snapshot ${id}`,
      where: `table "${this.name}"`,
      mend: "choose one of its snapshots; old ones expire",
    });
  }

  #dataFile(file: FileRecord, specId: number, sequenceNumber: number, partitionNames: string[], schema: TableSchema): DataFile {
    const key = this.#store.files.keyAt(file.location);
    return {
      path: key === undefined ? file.location : this.#store.files.path(key),
      location: file.location,
      records: Number(file.records),
      bytes: Number(file.bytes),
      partition: Object.fromEntries(partitionNames.map((name, i) => [name, file.partition[i]])),
      specId,
      sequenceNumber,
      bounds: Object.fromEntries([...allFields(schema.fields)].filter(({ field }) => isPrimitive(field.type)).map(({ field, path }) => [path.join("."), boundsOf(file, field.id, field.type)])),
    };
  }
}

function boundsOf(file: FileRecord, id: number, type: IcebergType): ColumnBounds {
  const [lower, upper, nulls] = [file.lowerBounds?.get(id), file.upperBounds?.get(id), file.nullCounts?.get(id)];
  return {
    ...(lower && { lower: decodeValue(type, lower) }),
    ...(upper && { upper: decodeValue(type, upper) }),
    ...(nulls !== undefined && { nulls: Number(nulls) }),
  };
}
