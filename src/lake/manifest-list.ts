import type { AvroSchema } from "./avro-decode.ts";
import { readAvro, writeAvro } from "./avro-container.ts";
import type { ManifestEntry } from "./manifest-file.ts";
import { optional, record, required } from "./manifest-file.ts";
import type { PartitionColumn } from "./partition-spec.ts";
import { compareValues, encodeLowerBound, encodeUpperBound } from "./single-value.ts";
import type { Snapshot } from "./table-metadata.ts";

/** What a manifest names: data files, or files that delete rows. */
export const dataManifest = 0;
export const deleteManifest = 1;

/** A manifest as a snapshot's list names it. */
export interface ManifestRef {
  location: string;
  bytes: bigint;
  specId: number;
  /** `dataManifest` or `deleteManifest`. */
  content: number;
  /** Null until a commit gives it one. */
  sequenceNumber: bigint | null;
  minSequenceNumber: bigint | null;
  snapshotId: bigint;
  files: Counts;
  rows: Counts;
  /** One per partition field. */
  partitions: PartitionSummary[];
}

export interface Counts {
  added: bigint;
  existing: bigint;
  deleted: bigint;
}

export interface PartitionSummary {
  containsNull: boolean;
  lower: Uint8Array | null;
  upper: Uint8Array | null;
}

/** How a manifest just written stands in the list of the snapshot that it is written for. */
export function manifestRef(location: string, bytes: number, snapshotId: bigint, specId: number, entries: ManifestEntry[], columns: PartitionColumn[], content: number): ManifestRef {
  const kept = entries.filter(({ status, sequenceNumber }) => status !== "deleted" && sequenceNumber !== null).map((entry) => entry.sequenceNumber as bigint);
  return {
    location,
    bytes: BigInt(bytes),
    specId,
    content,
    sequenceNumber: null,
    // A number yet to come is higher than all that are there.
    minSequenceNumber: kept.length === 0 ? null : kept.reduce((least, number) => (number < least ? number : least)),
    snapshotId,
    files: count(entries, () => 1n),
    rows: count(entries, ({ file }) => file.records),
    partitions: columns.map((column, i) => summarize(column, i, entries)),
  };
}

function count(entries: ManifestEntry[], weight: (entry: ManifestEntry) => bigint): Counts {
  const counts = { added: 0n, existing: 0n, deleted: 0n };
  for (const entry of entries) counts[entry.status] += weight(entry);
  return counts;
}

function summarize({ resultType }: PartitionColumn, index: number, entries: ManifestEntry[]): PartitionSummary {
  const values = entries.map(({ file }) => file.partition[index]);
  const present = values.filter((value) => value !== null).sort(compareValues);
  return {
    containsNull: present.length < values.length,
    lower: present.length === 0 ? null : encodeLowerBound(resultType, present[0]),
    upper: present.length === 0 ? null : (encodeUpperBound(resultType, present[present.length - 1]) ?? null),
  };
}

const schema: AvroSchema = record("manifest_file", [
  required("manifest_path", 500, "string"),
  required("manifest_length", 501, "long"),
  required("partition_spec_id", 502, "int"),
  required("content", 517, "int"),
  required("sequence_number", 515, "long"),
  required("min_sequence_number", 516, "long"),
  required("added_snapshot_id", 503, "long"),
  required("added_files_count", 504, "int"),
  required("existing_files_count", 505, "int"),
  required("deleted_files_count", 506, "int"),
  required("added_rows_count", 512, "long"),
  required("existing_rows_count", 513, "long"),
  required("deleted_rows_count", 514, "long"),
  optional("partitions", 507, {
    type: "array",
    "element-id": 508,
    items: record("r508", [
      required("contains_null", 509, "boolean"),
      optional("contains_nan", 518, "boolean"),
      optional("lower_bound", 510, "bytes"),
      optional("upper_bound", 511, "bytes"),
    ]),
  }),
  optional("key_metadata", 519, "bytes"),
]);

/** A manifest that a commit has given its numbers. */
export interface ListedManifest extends ManifestRef {
  sequenceNumber: bigint;
  minSequenceNumber: bigint;
}

/** Manifests that have no sequence number yet take that of the snapshot which lists them. */
export function listedManifests(refs: ManifestRef[], sequenceNumber: bigint): ListedManifest[] {
  return refs.map((ref) => ({ ...ref, sequenceNumber: ref.sequenceNumber ?? sequenceNumber, minSequenceNumber: ref.minSequenceNumber ?? sequenceNumber }));
}

/** The bytes of a snapshot's manifest list. */
export function writeManifestList(refs: ListedManifest[], snapshot: Pick<Snapshot, "snapshot-id" | "parent-snapshot-id" | "sequence-number">): Promise<Uint8Array> {
  const parent = snapshot["parent-snapshot-id"];
  return writeAvro(schema, refs.map(toAvro), {
    "snapshot-id": snapshot["snapshot-id"].toString(),
    "parent-snapshot-id": parent === undefined ? "null" : parent.toString(),
    "sequence-number": String(snapshot["sequence-number"]),
    "format-version": "2",
  });
}

/** @throws MillraceError `MR-LAKE-005` */
export async function readManifestList(bytes: Uint8Array, where: string): Promise<ManifestRef[]> {
  const { records } = await readAvro(bytes, where);
  return records.map((record) => fromAvro(record.plain() as unknown as AvroManifest));
}

interface AvroManifest {
  manifest_path: string;
  manifest_length: bigint;
  partition_spec_id: number;
  content?: number;
  sequence_number?: bigint;
  min_sequence_number?: bigint;
  added_snapshot_id: bigint;
  added_files_count?: number;
  existing_files_count?: number;
  deleted_files_count?: number;
  /** What these three were called before the names were settled. */
  added_data_files_count?: number;
  existing_data_files_count?: number;
  deleted_data_files_count?: number;
  added_rows_count?: bigint | null;
  existing_rows_count?: bigint | null;
  deleted_rows_count?: bigint | null;
  partitions?: { contains_null: boolean; contains_nan?: boolean | null; lower_bound?: Uint8Array | null; upper_bound?: Uint8Array | null }[] | null;
}

function toAvro(ref: ListedManifest): AvroManifest & { key_metadata: null } {
  return {
    manifest_path: ref.location,
    manifest_length: ref.bytes,
    partition_spec_id: ref.specId,
    content: ref.content,
    sequence_number: ref.sequenceNumber,
    min_sequence_number: ref.minSequenceNumber,
    added_snapshot_id: ref.snapshotId,
    added_files_count: Number(ref.files.added),
    existing_files_count: Number(ref.files.existing),
    deleted_files_count: Number(ref.files.deleted),
    added_rows_count: ref.rows.added,
    existing_rows_count: ref.rows.existing,
    deleted_rows_count: ref.rows.deleted,
    partitions: ref.partitions.map(({ containsNull, lower, upper }) => ({ contains_null: containsNull, contains_nan: false, lower_bound: lower, upper_bound: upper })),
    key_metadata: null,
  };
}

function fromAvro(manifest: AvroManifest): ManifestRef {
  const files = (kind: "added" | "existing" | "deleted") => BigInt(manifest[`${kind}_files_count`] ?? manifest[`${kind}_data_files_count`] ?? 0);
  return {
    location: manifest.manifest_path,
    bytes: manifest.manifest_length,
    specId: manifest.partition_spec_id,
    content: manifest.content ?? 0,
    sequenceNumber: manifest.sequence_number ?? 0n,
    minSequenceNumber: manifest.min_sequence_number ?? 0n,
    snapshotId: manifest.added_snapshot_id,
    files: { added: files("added"), existing: files("existing"), deleted: files("deleted") },
    rows: { added: manifest.added_rows_count ?? 0n, existing: manifest.existing_rows_count ?? 0n, deleted: manifest.deleted_rows_count ?? 0n },
    partitions: (manifest.partitions ?? []).map((part) => ({ containsNull: part.contains_null, lower: part.lower_bound ?? null, upper: part.upper_bound ?? null })),
  };
}
