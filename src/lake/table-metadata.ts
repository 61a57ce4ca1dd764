import type { SchemaField } from "./iceberg-type.ts";
import { greatestId } from "./iceberg-type.ts";

/*
 * An Iceberg table's metadata, format version 2, as its JSON stands. Names are those of the file, so that what another
 * engine has written there, and we do not know, goes through unharmed.
 */

export interface TableSchema {
  type: "struct";
  "schema-id": number;
  fields: SchemaField[];
}

export interface SpecField {
  "source-id": number;
  "field-id": number;
  name: string;
  /** `identity`, `year`, `month`, `day`, `hour`, `bucket[N]`, `truncate[W]`. */
  transform: string;
}

export interface PartitionSpec {
  "spec-id": number;
  fields: SpecField[];
}

export interface SortOrder {
  "order-id": number;
  fields: { transform: string; "source-id": number; direction: "asc" | "desc"; "null-order": "nulls-first" | "nulls-last" }[];
}

export interface Snapshot {
  "snapshot-id": bigint;
  "parent-snapshot-id"?: bigint;
  "sequence-number": number;
  "timestamp-ms": number;
  "manifest-list": string;
  summary: { operation: "append" | "replace" | "overwrite" | "delete" } & Record<string, string>;
  "schema-id"?: number;
}

export interface SnapshotRef {
  "snapshot-id": bigint;
  type: "branch" | "tag";
  [setting: string]: unknown;
}

export interface TableMetadata {
  "format-version": 2;
  "table-uuid": string;
  location: string;
  "last-sequence-number": number;
  "last-updated-ms": number;
  "last-column-id": number;
  "current-schema-id": number;
  schemas: TableSchema[];
  "default-spec-id": number;
  "partition-specs": PartitionSpec[];
  "last-partition-id": number;
  "default-sort-order-id": number;
  "sort-orders": SortOrder[];
  properties: Record<string, string>;
  /** Absent, or -1, while there is no snapshot. */
  "current-snapshot-id"?: bigint;
  refs: Record<string, SnapshotRef>;
  snapshots: Snapshot[];
  "snapshot-log": { "timestamp-ms": number; "snapshot-id": bigint }[];
  "metadata-log": { "timestamp-ms": number; "metadata-file": string }[];
  statistics: unknown[];
  "partition-statistics": unknown[];
}

/** The first partition field has the id 1000; an unpartitioned table has assigned none. */
export const lastPartitionIdOfNone = 999;

export interface NewTable {
  uuid: string;
  location: string;
  schema: TableSchema;
  spec: PartitionSpec;
  properties: Record<string, string>;
  now: number;
}

/** Metadata of a table without rows. */
export function newTableMetadata({ uuid, location, schema, spec, properties, now }: NewTable): TableMetadata {
  return {
    "format-version": 2,
    "table-uuid": uuid,
    location,
    "last-sequence-number": 0,
    "last-updated-ms": now,
    "last-column-id": greatestId(schema.fields),
    "current-schema-id": schema["schema-id"],
    schemas: [schema],
    "default-spec-id": spec["spec-id"],
    "partition-specs": [spec],
    "last-partition-id": Math.max(lastPartitionIdOfNone, ...spec.fields.map((field) => field["field-id"])),
    "default-sort-order-id": 0,
    "sort-orders": [{ "order-id": 0, fields: [] }],
    properties,
    refs: {},
    snapshots: [],
    "snapshot-log": [],
    "metadata-log": [],
    statistics: [],
    "partition-statistics": [],
  };
}

export function currentSnapshot(metadata: TableMetadata): Snapshot | undefined {
  return metadata.snapshots.find((snapshot) => snapshot["snapshot-id"] === metadata["current-snapshot-id"]);
}

/** The branch that is the table itself. */
export const mainBranch = "main";

/** The last snapshot of a branch; undefined where nothing was committed to it yet. */
export function headOf(metadata: TableMetadata, branch: string = mainBranch): Snapshot | undefined {
  if (branch === mainBranch) return currentSnapshot(metadata);
  const id = metadata.refs[branch]?.["snapshot-id"];
  return metadata.snapshots.find((snapshot) => snapshot["snapshot-id"] === id);
}

export function currentSchema(metadata: TableMetadata): TableSchema {
  return metadata.schemas.find((schema) => schema["schema-id"] === metadata["current-schema-id"]) as TableSchema;
}

export function currentSpec(metadata: TableMetadata): PartitionSpec {
  return metadata["partition-specs"].find((spec) => spec["spec-id"] === metadata["default-spec-id"]) as PartitionSpec;
}

/** Snapshots and metadata carry times that never run backwards, whatever the clock does. */
export function nextTime(base: TableMetadata): number {
  return Math.max(Date.now(), base["last-updated-ms"]);
}

/** Undefined when that schema is the current one. */
export function withSchema(base: TableMetadata, schema: TableSchema): TableMetadata | undefined {
  const id = schema["schema-id"];
  if (id === base["current-schema-id"]) return undefined;
  return {
    ...base,
    "last-updated-ms": nextTime(base),
    "last-column-id": Math.max(base["last-column-id"], greatestId(schema.fields)),
    schemas: base.schemas.some((one) => one["schema-id"] === id) ? base.schemas : [...base.schemas, schema],
    "current-schema-id": id,
  };
}

/** Undefined when rows are partitioned so already. */
export function withSpec(base: TableMetadata, spec: PartitionSpec): TableMetadata | undefined {
  const id = spec["spec-id"];
  if (id === base["default-spec-id"]) return undefined;
  return {
    ...base,
    "last-updated-ms": nextTime(base),
    "partition-specs": base["partition-specs"].some((one) => one["spec-id"] === id) ? base["partition-specs"] : [...base["partition-specs"], spec],
    "default-spec-id": id,
    "last-partition-id": Math.max(base["last-partition-id"], ...spec.fields.map((field) => field["field-id"])),
  };
}

/** Metadata with one more snapshot, the new head of a branch. Its time never lies before the last one's. */
export function withSnapshot(metadata: TableMetadata, snapshot: Snapshot, branch: string = mainBranch): TableMetadata {
  const added = {
    ...metadata,
    "last-sequence-number": snapshot["sequence-number"],
    "last-updated-ms": snapshot["timestamp-ms"],
    snapshots: [...metadata.snapshots, snapshot],
  };
  return withHead(added, branch, snapshot["snapshot-id"]);
}

/** Metadata in which a branch ends with a snapshot that is there. For `main` that is what the table is from now on. */
export function withHead(metadata: TableMetadata, branch: string, id: bigint): TableMetadata {
  const refs = { ...metadata.refs, [branch]: { ...metadata.refs[branch], "snapshot-id": id, type: "branch" as const } };
  if (branch !== mainBranch) return { ...metadata, refs };
  const entry = { "timestamp-ms": metadata["last-updated-ms"], "snapshot-id": id };
  return { ...metadata, refs, "current-snapshot-id": id, "snapshot-log": [...metadata["snapshot-log"], entry] };
}
