import { commitChange } from "./commit.ts";
import type { FileIndex } from "./file-index.ts";
import type { Snapshot, TableMetadata } from "./table-metadata.ts";
import { nextTime } from "./table-metadata.ts";
import type { TableStore } from "./table-store.ts";

export interface ExpireOptions {
  /** Snapshots that stay, counted back from the current one. At least 1. Default 20. */
  keep?: number;
  /** Snapshots younger than this stay as well, in milliseconds: a query may still be reading them. Default 10 minutes. */
  olderThanMs?: number;
}

export interface ExpireResult {
  snapshots: number;
  files: number;
}

/**
 * Drops old snapshots and then the files that no remaining snapshot needs. A crash between the two leaves files that
 * `removeOrphans` finds. Heads of branches and tags stay.
 */
export async function expireSnapshots(store: TableStore, index: FileIndex, options: ExpireOptions = {}): Promise<ExpireResult> {
  let dropped: Snapshot[] = [];
  await commitChange(store, {
    async apply(base) {
      const kept = keptSnapshots(base, options);
      dropped = base.snapshots.filter((snapshot) => !kept.has(snapshot["snapshot-id"]));
      return dropped.length === 0 ? undefined : withoutSnapshots(base, kept);
    },
  });
  if (dropped.length === 0) return { snapshots: 0, files: 0 };
  return { snapshots: dropped.length, files: await removeFiles(store, index, dropped) };
}

function keptSnapshots(metadata: TableMetadata, { keep = 20, olderThanMs = 600_000 }: ExpireOptions): Set<bigint> {
  const byId = new Map(metadata.snapshots.map((snapshot) => [snapshot["snapshot-id"], snapshot]));
  const kept = new Set(Object.values(metadata.refs).map((ref) => ref["snapshot-id"]));
  let at = byId.get(metadata["current-snapshot-id"] ?? -1n);
  for (let n = 0; at !== undefined && n < Math.max(1, keep); n++) {
    kept.add(at["snapshot-id"]);
    at = byId.get(at["parent-snapshot-id"] ?? -1n);
  }
  const oldest = Date.now() - olderThanMs;
  for (const snapshot of metadata.snapshots) if (snapshot["timestamp-ms"] > oldest) kept.add(snapshot["snapshot-id"]);
  return kept;
}

function withoutSnapshots(metadata: TableMetadata, kept: Set<bigint>): TableMetadata {
  // Time travel goes by this log: before a gap it would give wrong answers, so it begins after the last one.
  const lastGap = metadata["snapshot-log"].findLastIndex((entry) => !kept.has(entry["snapshot-id"]));
  return {
    ...metadata,
    "last-updated-ms": nextTime(metadata),
    snapshots: metadata.snapshots.filter((snapshot) => kept.has(snapshot["snapshot-id"])),
    "snapshot-log": metadata["snapshot-log"].slice(lastGap + 1),
  };
}

async function removeFiles(store: TableStore, index: FileIndex, dropped: Snapshot[]): Promise<number> {
  const needed = await store.withCurrent(({ metadata }) => referencedFiles(index, metadata.snapshots));
  const candidates = new Set<string>();
  for (const snapshot of dropped) {
    // A list that is gone was removed by an earlier expiry that did not live to tell: what it named is orphaned.
    const refs = await index.manifests(snapshot).catch(() => []);
    candidates.add(snapshot["manifest-list"]);
    for (const ref of refs) {
      if (needed.has(ref.location) || candidates.has(ref.location)) continue;
      candidates.add(ref.location);
      for (const { file } of await index.entries(ref).catch(() => [])) candidates.add(file.location);
    }
  }
  let removed = 0;
  for (const location of candidates) {
    const key = needed.has(location) ? undefined : store.files.keyAt(location);
    if (key === undefined) continue;
    await store.files.delete(key);
    removed += 1;
  }
  return removed;
}

/** Locations of all that snapshots are made of: lists, manifests, data files. */
export async function referencedFiles(index: FileIndex, snapshots: Snapshot[]): Promise<Set<string>> {
  const referenced = new Set<string>();
  for (const snapshot of snapshots) {
    referenced.add(snapshot["manifest-list"]);
    for (const ref of await index.manifests(snapshot)) {
      if (referenced.has(ref.location)) continue;
      referenced.add(ref.location);
      for (const { status, file } of await index.entries(ref)) if (status !== "deleted") referenced.add(file.location);
    }
  }
  return referenced;
}
