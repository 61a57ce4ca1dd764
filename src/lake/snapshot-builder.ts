import { randomUUID } from "node:crypto";
import type { AttemptFiles } from "./attempt-files.ts";
import type { FileIndex } from "./file-index.ts";
import type { ManifestEntry } from "./manifest-file.ts";
import { writeManifest } from "./manifest-file.ts";
import type { ManifestRef } from "./manifest-list.ts";
import { dataManifest, deleteManifest, listedManifests, manifestRef, writeManifestList } from "./manifest-list.ts";
import { partitionColumns } from "./partition-spec.ts";
import type { Snapshot, TableMetadata } from "./table-metadata.ts";
import { currentSchema, headOf, nextTime, withSnapshot } from "./table-metadata.ts";
import type { TableStore } from "./table-store.ts";

export type Operation = Snapshot["summary"]["operation"];

/** A manifest that is still to be written to its key. */
export interface NewManifest {
  key: string;
  bytes: Uint8Array;
  ref: ManifestRef;
}

/** It can serve every attempt to commit: sequence numbers come from the list that names it. */
export async function newManifest(store: TableStore, metadata: TableMetadata, folder: string, snapshotId: bigint, specId: number, entries: ManifestEntry[], content: number = dataManifest): Promise<NewManifest> {
  const spec = metadata["partition-specs"].find((one) => one["spec-id"] === specId) as TableMetadata["partition-specs"][number];
  const columns = partitionColumns(store.name, spec, metadata.schemas);
  const bytes = await writeManifest(entries, columns, spec, currentSchema(metadata), content === deleteManifest ? "deletes" : "data");
  const key = `${folder}/metadata/${randomUUID()}-m0.avro`;
  return { key, bytes, ref: manifestRef(store.files.location(key), bytes.length, snapshotId, specId, entries, columns, content) };
}

export interface NewSnapshot {
  id: bigint;
  operation: Operation;
  manifests: ManifestRef[];
  summary: Record<string, string>;
  totals: TotalsChange;
  /** That the snapshot becomes the head of. Default `main`: the table itself. */
  branch?: string;
}

/** Writes the snapshot's manifest list and makes it the head of its branch in `base`. */
export async function addSnapshot({ store, index }: { store: TableStore; index: FileIndex }, base: TableMetadata, folder: string, next: NewSnapshot, written: AttemptFiles): Promise<TableMetadata> {
  const parent = headOf(base, next.branch);
  const ids = {
    "snapshot-id": next.id,
    ...(parent && { "parent-snapshot-id": parent["snapshot-id"] }),
    "sequence-number": base["last-sequence-number"] + 1,
  };
  const key = `${folder}/metadata/snap-${next.id}-1-${randomUUID()}.avro`;
  const list = listedManifests(next.manifests, BigInt(ids["sequence-number"]));
  written.put(key, await writeManifestList(list, ids));
  index.remember(store.files.location(key), list);
  return withSnapshot(base, {
    ...ids,
    "timestamp-ms": nextTime(base),
    "manifest-list": store.files.location(key),
    summary: { operation: next.operation, ...next.summary, ...totals(parent, next.totals) },
    "schema-id": base["current-schema-id"],
  }, next.branch);
}

export interface TotalsChange {
  addedFiles: number;
  addedRecords: number;
  addedBytes: number;
  deletedFiles: number;
  deletedRecords: number;
  deletedBytes: number;
  /** Files of position deletes that no longer delete anything, and what they named. */
  deleteFilesGone?: number;
  positionDeletesGone?: number;
}

/** The counts that every engine keeps in a summary. */
function totals(parent: Snapshot | undefined, change: TotalsChange): Record<string, string> {
  const total = (name: string, by: number) => {
    const before = parent === undefined ? 0 : Number(parent.summary[name] ?? Number.NaN);
    return Number.isNaN(before) ? {} : { [name]: String(before + by) };
  };
  const some = (name: string, count: number) => (count > 0 ? { [name]: String(count) } : {});
  return {
    ...some("added-data-files", change.addedFiles),
    ...some("added-records", change.addedRecords),
    ...some("added-files-size", change.addedBytes),
    ...some("deleted-data-files", change.deletedFiles),
    ...some("deleted-records", change.deletedRecords),
    ...some("removed-files-size", change.deletedBytes),
    ...total("total-data-files", change.addedFiles - change.deletedFiles),
    ...total("total-records", change.addedRecords - change.deletedRecords),
    ...total("total-files-size", change.addedBytes - change.deletedBytes),
    ...some("removed-delete-files", change.deleteFilesGone ?? 0),
    ...some("removed-position-deletes", change.positionDeletesGone ?? 0),
    ...total("total-delete-files", -(change.deleteFilesGone ?? 0)),
    ...total("total-position-deletes", -(change.positionDeletesGone ?? 0)),
    ...total("total-equality-deletes", 0),
  };
}
