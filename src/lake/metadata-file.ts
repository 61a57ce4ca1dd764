import { parseExact, stringifyExact } from "./exact-json.ts";
import type { TableMetadata } from "./table-metadata.ts";
import { lastPartitionIdOfNone } from "./table-metadata.ts";

/**
 * A table's metadata from the bytes of its file, whoever wrote it: what the format lets a writer leave out is filled in.
 * @throws Error when it is no metadata of version 2
 */
export function parseMetadata(bytes: Uint8Array): TableMetadata {
  const read = parseExact(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("utf8")) as TableMetadata;
  if (read?.["format-version"] !== 2) throw new Error(`format version ${read?.["format-version"]} is not supported`);
  for (const name of ["table-uuid", "location"] as const) if (typeof read[name] !== "string") throw new Error(`${name} is missing`);
  for (const name of ["schemas", "partition-specs"] as const) if (!Array.isArray(read[name])) throw new Error(`${name} are missing`);
  const { "current-snapshot-id": current, ...rest } = read;
  const isCurrent = current !== undefined && current !== null && current !== -1n;
  return {
    ...rest,
    "last-partition-id": read["last-partition-id"] ?? Math.max(lastPartitionIdOfNone, ...read["partition-specs"].flatMap((spec) => spec.fields.map((field) => field["field-id"]))),
    "sort-orders": read["sort-orders"] ?? [{ "order-id": 0, fields: [] }],
    "default-sort-order-id": read["default-sort-order-id"] ?? 0,
    properties: read.properties ?? {},
    ...(isCurrent && { "current-snapshot-id": current }),
    refs: { ...(isCurrent && { main: { "snapshot-id": current, type: "branch" as const } }), ...read.refs },
    snapshots: read.snapshots ?? [],
    "snapshot-log": read["snapshot-log"] ?? [],
    "metadata-log": read["metadata-log"] ?? [],
    statistics: read.statistics ?? [],
    "partition-statistics": read["partition-statistics"] ?? [],
  };
}

export function metadataBytes(metadata: TableMetadata): Uint8Array {
  return Buffer.from(stringifyExact(metadata), "utf8");
}
