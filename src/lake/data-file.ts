import { createHash, hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { MillraceError } from "../errors.ts";
import type { FilesDriver } from "../files/driver.ts";
import type { FileRecord } from "./manifest-file.ts";
import type { WrittenParquet } from "./parquet-copy.ts";
import { statisticsName } from "./parquet-copy.ts";
import type { PartitionColumn } from "./partition-spec.ts";
import { partitionFolder } from "./partition-spec.ts";
import { encodeLowerBound, encodeUpperBound, parseBound } from "./single-value.ts";
import type { PlacedField, SchemaField } from "./iceberg-type.ts";
import { allFields, isPrimitive } from "./iceberg-type.ts";
import type { PartitionValue } from "./transform.ts";

/*
 * A data file's SHA-256 stands in its name. There it outlives every rewrite of the manifests, by us or by another
 * engine; Iceberg itself has no place for it, and its `key_metadata` belongs to encryption.
 */

export interface FileName {
  /** The table's folder. */
  folder: string;
  columns: PartitionColumn[];
  partition: PartitionValue[];
  snapshotId: bigint;
  /** Of the file within its commit. */
  number: number;
  /** Of the order that its rows are sorted in. Default 0: none. */
  sortOrderId?: number;
}

/** Takes a staged Parquet file into the store, under a name that carries its digest. */
export async function adoptDataFile(files: FilesDriver, staged: string, parquet: WrittenParquet, fields: SchemaField[], name: FileName): Promise<FileRecord> {
  const digest = parquet.sha256 ?? (await digestOfFile(staged));
  const partition = name.columns.length === 0 ? "" : `${partitionFolder(name.columns, name.partition)}/`;
  const unique = name.snapshotId.toString(16).padStart(16, "0");
  const key = `${name.folder}/data/${partition}${unique}-${name.number}-${digest}.parquet`;
  if (!(await files.adopt(key, staged))) {
    throw new MillraceError("MR-INTERNAL-001", { what: "a data file's name was taken", where: files.location(key), mend: "report this with the log lines around it" });
  }
  return fileRecord(files.location(key), parquet, fields, name);
}

export function digestInName(location: string): string | undefined {
  return /-([0-9a-f]{64})\.parquet$/.exec(location)?.[1];
}

/** SHA-256, in hexadecimal. */
export async function digestOf(chunks: AsyncIterable<Uint8Array>): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of chunks) hash.update(chunk);
  return hash.digest("hex");
}

const pieceBytes = 1 << 20;

/** SHA-256 of a file of this machine, in hexadecimal. A small one is read at once: a buffer for a large one costs more than it. */
export async function digestOfFile(path: string): Promise<string> {
  const { size } = await stat(path);
  return size <= pieceBytes ? hash("sha256", await readFile(path)) : digestOf(createReadStream(path, { highWaterMark: pieceBytes }));
}

function fileRecord(location: string, { records, bytes, statistics }: WrittenParquet, fields: SchemaField[], { partition, sortOrderId = 0 }: FileName): FileRecord {
  const columns = leaves(fields).map((placed) => ({ ...placed, stats: statistics.get(statisticsName(placed.path)) ?? new Map<string, string>() }));
  const counts = (name: string) => numbers(columns.map(({ field, stats }) => [field.id, stats.get(name)]));
  const lower = new Map<number, Uint8Array>();
  const upper = new Map<number, Uint8Array>();
  for (const { field, repeated, stats } of columns) {
    if (repeated) continue;
    const bound = (name: string) => (stats.has(name) ? parseBound(field.type, stats.get(name) as string) : undefined);
    const [least, most] = [bound("min"), bound("max")];
    if (least !== undefined) lower.set(field.id, encodeLowerBound(field.type, least));
    const above = most === undefined ? undefined : encodeUpperBound(field.type, most);
    if (above !== undefined) upper.set(field.id, above);
  }
  return {
    content: 0,
    location,
    format: "PARQUET",
    partition,
    records: BigInt(records),
    bytes: BigInt(bytes),
    columnBytes: counts("column_size_bytes"),
    valueCounts: counts("num_values"),
    nullCounts: counts("null_count"),
    // DuckDB says only whether there are any; where there are, their count stays unknown.
    nanCounts: numbers(columns.map(({ field, stats }) => [field.id, stats.get("has_nan") === "false" ? "0" : undefined])),
    lowerBounds: lower,
    upperBounds: upper,
    sortOrderId,
  };
}

/** The fields that hold values, not other fields. */
function leaves(fields: SchemaField[]): PlacedField[] {
  return [...allFields(fields)].filter(({ field }) => isPrimitive(field.type));
}

function numbers(pairs: [number, string | undefined][]): Map<number, bigint> {
  return new Map(pairs.filter(([, text]) => text !== undefined).map(([id, text]) => [id, BigInt(text as string)]));
}
