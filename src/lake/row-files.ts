import type { DuckDBConnection } from "@duckdb/node-api";
import { randomInt } from "node:crypto";
import { rm } from "node:fs/promises";
import { MillraceError } from "../errors.ts";
import { adoptDataFile } from "./data-file.ts";
import type { Duckdb } from "./duckdb.ts";
import { pathSql, queryJson, sqlName } from "./duckdb.ts";
import type { LiveFile } from "./file-index.ts";
import type { SchemaField } from "./iceberg-type.ts";
import type { FileRecord } from "./manifest-file.ts";
import type { WrittenParquet } from "./parquet-copy.ts";
import { parquetCopySql, splitCopySql, splitPlace, statisticsName, writtenParquet } from "./parquet-copy.ts";
import type { PartitionColumn } from "./partition-spec.ts";
import { partitionColumns } from "./partition-spec.ts";
import { partitionSql, partitionTextSql, readPartitionValue } from "./partition-sql.ts";
import type { AddedFile } from "./rewrite-manifests.ts";
import type { ScanFile } from "./scan-files.ts";
import { readingOf, scanFilesSql } from "./scan-files.ts";
import { scanSql } from "./scan-sql.ts";
import { fileOrder } from "./sort-order.ts";
import { copyToParquet } from "./staged-rows.ts";
import type { TableMetadata } from "./table-metadata.ts";
import { currentSchema, currentSpec } from "./table-metadata.ts";
import type { TableStore } from "./table-store.ts";
import type { PartitionValue } from "./transform.ts";
import { HeldPaths } from "./held-paths.ts";

/** A Parquet file on its way into a table, with the table's field ids. */
export interface StagedParquet extends WrittenParquet {
  path: string;
}

/** A data file, and the files that delete rows of it. */
export interface DeletableFile {
  data: LiveFile;
  deletes: LiveFile[];
}

/**
 * Writes the data files of one change of a table. Rows go from Parquet to Parquet inside of DuckDB. The files lie in the
 * table's folder, and are nobody's until a snapshot names them: `keepOnly` removes the others.
 */
export class RowFiles {
  readonly #store: TableStore;
  readonly #duckdb: Duckdb;
  readonly #folder: string;
  readonly #snapshotId: bigint;
  readonly #made = new Set<string>();
  readonly #paths: HeldPaths;

  constructor(store: TableStore, duckdb: Duckdb, folder: string, snapshotId: bigint) {
    this.#store = store;
    this.#duckdb = duckdb;
    this.#folder = folder;
    this.#snapshotId = snapshotId;
    this.#paths = new HeldPaths(store);
  }

  /**
   * Takes staged files over, split by partition and sorted where they are not so already.
   * @throws MillraceError `MR-LAKE-003` when a column that takes none has a null
   */
  async place(metadata: TableMetadata, staged: StagedParquet[]): Promise<AddedFile[]> {
    const filled = staged.filter(({ records }) => records > 0);
    for (const file of filled) checkRequired(this.#store.name, currentSchema(metadata).fields, file);
    const isOnePlace = currentSpec(metadata).fields.length === 0 && fileOrder(metadata).sql === "";
    const placed = isOnePlace ? await this.#adoptAll(metadata, filled) : await this.#duckdb.with(async (connection) => {
      const whole: AddedFile[] = [];
      const mixed: StagedParquet[] = [];
      for (const file of filled) {
        const partition = fileOrder(metadata).sql === "" ? await this.#onlyPartition(connection, metadata, file) : undefined;
        if (partition === undefined) mixed.push(file);
        else whole.push(await this.#adopt(metadata, file.path, file, partition, 0));
      }
      const split = mixed.length === 0 ? [] : await this.write(connection, metadata, scanSql(mixed.map(({ path }) => path), currentSchema(metadata)));
      return [...whole, ...split];
    });
    for (const { path } of staged) await this.#store.files.discard(path);
    return placed;
  }

  /**
   * Writes rows of files of one partition into a file that takes their place there.
   *
   * @param rowsOf - the query of the rows, given the relation of all of them
   * @returns undefined when there is no row
   */
  async rewrite(connection: DuckDBConnection, metadata: TableMetadata, files: DeletableFile[], rowsOf: (relation: string) => string): Promise<AddedFile | undefined> {
    const order = fileOrder(metadata);
    const staged = await this.#store.files.stage();
    try {
      const rows = rowsOf(await this.scanSql(connection, metadata, files));
      const parquet = await copyToParquet(connection, order.sql === "" ? rows : `select * from (${rows}) order by ${order.sql}`, staged, currentSchema(metadata).fields);
      const [{ data }] = files;
      return parquet.records === 0 ? undefined : await this.#adopt(metadata, staged, parquet, data.file.partition, order.id, data.specId);
    } finally {
      await this.#store.files.discard(staged);
    }
  }

  /** Runs queries on a connection that ends with them. */
  query<T>(work: (connection: DuckDBConnection) => Promise<T>): Promise<T> {
    return this.#duckdb.with(work);
  }

  /** The SQL of a relation with the files' rows under the table's columns. @throws MillraceError `MR-LAKE-004` when one is not as it was written */
  async scanSql(connection: DuckDBConnection, metadata: TableMetadata, files: DeletableFile[]): Promise<string> {
    const scanned: ScanFile[] = [];
    for (const { data, deletes } of files) {
      const paths: string[] = [];
      for (const { file } of deletes) paths.push(await this.#paths.verified(file));
      scanned.push({ path: await this.#paths.verified(data.file), location: data.file.location, deletes: paths });
    }
    return scanFilesSql(connection, scanned, readingOf(metadata, currentSchema(metadata)));
  }

  /** The SQL of a relation with the rows of files that were written here. */
  async madeSql(metadata: TableMetadata, files: AddedFile[]): Promise<string> {
    const paths: string[] = [];
    for (const { file } of files) paths.push(await this.#paths.written(file));
    return scanSql(paths, currentSchema(metadata));
  }

  /** Removes the files that were written here, all but these, and lets go of all that were read. */
  async keepOnly(files: Iterable<Pick<FileRecord, "location">>): Promise<void> {
    this.release();
    const kept = new Set(Array.from(files, ({ location }) => location));
    for (const location of this.#made) {
      if (kept.has(location)) continue;
      await this.#store.files.delete(this.#store.files.keyAt(location) as string);
      this.#made.delete(location);
    }
  }

  /** Lets go of all files that were read. */
  release(): void {
    this.#paths.release();
  }

  /** Writes the rows of a relation under the table's columns, a file or more for each partition. */
  async write(connection: DuckDBConnection, metadata: TableMetadata, rowsSql: string): Promise<AddedFile[]> {
    const columns = partitionColumns(this.#store.name, currentSpec(metadata), metadata.schemas);
    const folder = await this.#store.files.stage();
    try {
      const added: AddedFile[] = [];
      const adopt = async (path: string, row: Record<string, unknown>, partition: PartitionValue[]) => {
        const parquet = writtenParquet(row);
        if (parquet.records > 0) added.push(await this.#adopt(metadata, path, parquet, partition, fileOrder(metadata).id));
      };
      if (columns.length === 0) {
        for (const row of await queryJson(connection, wholeSql(metadata, rowsSql, folder), folder)) await adopt(String(row.filename), row, []);
        return added;
      }
      const groups = await numberPartitions(connection, columns, rowsSql);
      for (const row of await queryJson(connection, splitSql(metadata, columns, rowsSql, folder), folder)) {
        const { path, value } = splitPlace(row);
        await adopt(path, row, groups[value]);
      }
      return added;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }

  async #onlyPartition(connection: DuckDBConnection, metadata: TableMetadata, { path }: StagedParquet): Promise<PartitionValue[] | undefined> {
    const columns = partitionColumns(this.#store.name, currentSpec(metadata), metadata.schemas);
    if (columns.length === 0) return [];
    const values = columns.map((column) => partitionTextSql(column, partitionSql(column, pathSql(column.sourcePath))));
    const found = await queryJson(connection, `select distinct ${values.map((value, i) => `${value} as p${i}`).join(", ")} from ${scanSql([path], currentSchema(metadata))} limit 2`, path);
    return found.length === 1 ? readPartition(columns, found[0]) : undefined;
  }

  async #adoptAll(metadata: TableMetadata, staged: StagedParquet[]): Promise<AddedFile[]> {
    const added: AddedFile[] = [];
    for (const file of staged) added.push(await this.#adopt(metadata, file.path, file, [], 0));
    return added;
  }

  /** Numbered by chance: after a version has moved on, an attempt must not meet the names of the one before. */
  async #adopt(metadata: TableMetadata, path: string, parquet: WrittenParquet, partition: PartitionValue[], sortOrderId: number, specId = metadata["default-spec-id"]): Promise<AddedFile> {
    const { name, files } = this.#store;
    const spec = metadata["partition-specs"].find((one) => one["spec-id"] === specId) as TableMetadata["partition-specs"][number];
    const columns = partitionColumns(name, spec, metadata.schemas);
    const place = { folder: this.#folder, columns, partition, snapshotId: this.#snapshotId, number: randomInt(1 << 30), sortOrderId };
    const file = await adoptDataFile(files, path, parquet, currentSchema(metadata).fields, place);
    this.#made.add(file.location);
    return { specId, file };
  }
}

/** A name for a column beside those of the table. */
export function freeName(fields: SchemaField[], name: string): string {
  return fields.some((field) => field.name.toLowerCase() === name) ? freeName(fields, `${name}_`) : name;
}

/** Numbers the partitions of a relation's rows in the table `partitions`. @returns each, by its number */
async function numberPartitions(connection: DuckDBConnection, columns: PartitionColumn[], rowsSql: string): Promise<PartitionValue[][]> {
  const values = columns.map((column, i) => `${partitionSql(column, pathSql(column.sourcePath))} as p${i}`).join(", ");
  await queryJson(connection, `create or replace temp table partitions as select row_number() over () - 1 as number, * from (select distinct ${values} from ${rowsSql})`, "a table's partitions");
  const texts = columns.map((column, i) => `${partitionTextSql(column, `p${i}`)} as p${i}`).join(", ");
  const rows = await queryJson(connection, `select ${texts} from partitions order by number`, "a table's partitions");
  return rows.map((row) => readPartition(columns, row));
}

function readPartition(columns: PartitionColumn[], row: Record<string, unknown>): PartitionValue[] {
  return columns.map((column, i) => readPartitionValue(column, row[`p${i}`] as string | null));
}

/** Into files of about the size that the table asks for. */
function wholeSql(metadata: TableMetadata, rowsSql: string, folder: string): string {
  const { fields } = currentSchema(metadata);
  const order = fileOrder(metadata);
  const rows = `select ${fields.map(({ name }) => sqlName(name)).join(", ")} from ${rowsSql} as row`;
  return parquetCopySql(order.sql === "" ? rows : `${rows} order by ${order.sql}`, folder, fields, targetFileBytes(metadata));
}

/** Iceberg's own setting, and its default. */
function targetFileBytes({ properties }: TableMetadata): number {
  const asked = Number(properties["write.target-file-size-bytes"]);
  return Number.isSafeInteger(asked) && asked > 0 ? asked : 512 << 20;
}

function splitSql(metadata: TableMetadata, columns: PartitionColumn[], rowsSql: string, folder: string): string {
  const { fields } = currentSchema(metadata);
  const by = freeName(fields, "partition_number");
  const order = fileOrder(metadata);
  const same = columns.map((column, i) => `${partitionSql(column, pathSql(column.sourcePath, "row"))} is not distinct from partitions.p${i}`);
  const rows = `select row.*, partitions.number as ${sqlName(by)} from ${rowsSql} as row join partitions on ${same.join(" and ")}`;
  return splitCopySql(order.sql === "" ? rows : `${rows} order by ${sqlName(by)}, ${order.sql}`, folder, fields, by);
}

function checkRequired(table: string, fields: SchemaField[], { path, statistics }: StagedParquet): void {
  const missing = fields.find(({ name, required }) => required && Number(statistics.get(statisticsName([name]))?.get("null_count") ?? 0) > 0);
  if (missing === undefined) return;
  throw new MillraceError("MR-LAKE-003", {
    what: `column "${missing.name}" is null in some rows, and takes no nulls`,
    where: `table "${table}", ${path}`,
    mend: "give each row a value, or declare the column as nullable",
  });
}
