import type { FilesDriver } from "../../files/driver.ts";
import { rewriteAvro } from "../avro-container.ts";
import { positionDeletes } from "../delete-files.ts";
import { Duckdb, queryJson, sqlText } from "../duckdb.ts";
import { parseExact, stringifyExact } from "../exact-json.ts";
import { positionsOf, type TablePosition } from "../positions.ts";
import { positionsKey } from "../summary-keys.ts";
import type { Snapshot, TableMetadata } from "../table-metadata.ts";
import type { Move } from "./cargo.ts";

/* Metadata of a table, with the addresses that files have in another store. */

/** Where each file of one store is in another. What lies in neither stays where it is. */
export function moveBetween(from: FilesDriver, to: FilesDriver): Move {
  return (location) => {
    const slashes = /\/*$/.exec(location)?.[0] ?? "";
    const key = from.keyAt(location.slice(0, location.length - slashes.length));
    return key === undefined ? location : to.location(key) + slashes;
  };
}

/** Where a table stands in its input, by the offsets of another log. */
export type PositionMove = (position: TablePosition) => number;

/**
 * A table's metadata: every text in it that is an address of the store is moved, whoever wrote it there.
 * @param offsetOf - where the log goes to another one too
 */
export function relocatedMetadata(bytes: Uint8Array, move: Move, offsetOf?: PositionMove): Uint8Array {
  const metadata = relocated(parseExact(Buffer.from(bytes).toString("utf8")), move) as Pick<TableMetadata, "snapshots">;
  return Buffer.from(stringifyExact(offsetOf ? { ...metadata, snapshots: metadata.snapshots?.map((snapshot) => withMovedPositions(snapshot, offsetOf)) } : metadata), "utf8");
}

/** The snapshot with its table's positions in another log. */
export function withMovedPositions(snapshot: Snapshot, offsetOf: PositionMove): Snapshot {
  const positions = positionsOf(snapshot);
  if (positions.length === 0) return snapshot;
  return { ...snapshot, summary: { ...snapshot.summary, [positionsKey]: JSON.stringify(positions.map((position) => ({ ...position, offset: offsetOf(position) }))) } };
}

function relocated(value: unknown, move: Move): unknown {
  if (typeof value === "string") return move(value);
  if (Array.isArray(value)) return value.map((item) => relocated(item, move));
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, relocated(item, move)]));
}

/** How long a file is, at an address of the other store. */
export type BytesOf = (location: string) => Promise<number>;

/** @param bytesOf - of manifests that are there already */
export function relocatedManifestList(bytes: Uint8Array, where: string, move: Move, bytesOf: BytesOf): Promise<Uint8Array> {
  return rewriteAvro(bytes, where, async (record) => {
    const location = move(record.manifest_path as string);
    record.manifest_path = location;
    record.manifest_length = BigInt(await bytesOf(location));
  });
}

/** @param bytesOf - of files with deletes that are there already: they hold addresses, and are as long as those make them */
export function relocatedManifest(bytes: Uint8Array, where: string, move: Move, bytesOf: BytesOf): Promise<Uint8Array> {
  return rewriteAvro(bytes, where, async ({ data_file, status }) => {
    const file = data_file as DataFile;
    file.file_path = move(file.file_path);
    if (typeof file.referenced_data_file === "string") file.referenced_data_file = move(file.referenced_data_file);
    if (file.content !== positionDeletes) return;
    if (status !== deletedStatus) file.file_size_in_bytes = BigInt(await bytesOf(file.file_path));
    // They are of the file as it was.
    for (const name of ["lower_bounds", "upper_bounds", "split_offsets", "column_sizes"] as const) if (name in file) file[name] = null;
  });
}

/** What a manifest says of a file that is deleted, and may be gone. */
const deletedStatus = 2;

interface DataFile {
  content?: number;
  file_path: string;
  file_size_in_bytes: bigint;
  referenced_data_file?: string | null;
  lower_bounds?: unknown;
  upper_bounds?: unknown;
  split_offsets?: unknown;
  column_sizes?: unknown;
}

/** Writes a file that deletes rows by position anew, with the ids of its columns that Iceberg gives them. */
export async function relocateDeletes(path: string, target: string, move: Move): Promise<void> {
  const duckdb = new Duckdb();
  const rows = `read_parquet(${sqlText(path)}, hive_partitioning = false)`;
  try {
    await duckdb.with(async (connection) => {
      const paths = (await queryJson(connection, `select distinct file_path from ${rows}`, path)).map((row) => row.file_path as string);
      const moved = `map([${paths.map(sqlText).join(", ")}]::varchar[], [${paths.map((one) => sqlText(move(one))).join(", ")}]::varchar[])[file_path]`;
      await connection.run(`copy (select ${moved} as file_path, pos from ${rows} order by all) to ${sqlText(target)} (format parquet, field_ids {file_path: 2147483546, pos: 2147483545})`);
    });
  } finally {
    await duckdb.close();
  }
}
