import { commitChange } from "./commit.ts";
import type { FileIndex } from "./file-index.ts";
import { removeFileStates } from "./file-states.ts";
import { heldSnapshots } from "./readers.ts";
import { ancestors } from "./refs.ts";
import { withoutOf } from "./snapshot-draft.ts";
import { bookmarkKey } from "./summary-keys.ts";
import type { Snapshot, SnapshotRef, TableMetadata } from "./table-metadata.ts";
import { currentSnapshot, headOf, mainBranch, nextTime } from "./table-metadata.ts";
import { isWithin } from "./table-places.ts";
import type { TableStore } from "./table-store.ts";

export interface ExpireOptions {
  /** Snapshots of a branch that stay, counted back from its head, where it does not say itself. At least 1. Default 20. */
  keep?: number;
  /**
   * Snapshots younger than this stay as well, in milliseconds: a query may still be reading them. A branch can say more for
   * its own. Default 10 minutes.
   */
  olderThanMs?: number;
}

export interface ExpireResult {
  snapshots: number;
  files: number;
}

/**
 * Drops tags and branches whose time is over, then old snapshots, and then the files that no remaining snapshot needs. A
 * crash in between leaves files that `removeOrphans` finds. What a tag names, or a reader holds, stays.
 */
export async function expireSnapshots(store: TableStore, index: FileIndex, options: ExpireOptions = {}): Promise<ExpireResult> {
  let dropped: Snapshot[] = [];
  await commitChange(store, {
    async apply(base) {
      const refs = liveRefs(base);
      const kept = keptSnapshots({ ...base, refs }, options);
      for (const id of (await heldSnapshots(store)).keys()) kept.add(id);
      dropped = base.snapshots.filter((snapshot) => !kept.has(snapshot["snapshot-id"]));
      const isSame = dropped.length === 0 && Object.keys(refs).length === Object.keys(base.refs).length;
      return isSame ? undefined : { ...withoutSnapshots(base, kept), refs };
    },
  });
  if (dropped.length === 0) return { snapshots: 0, files: 0 };
  return { snapshots: dropped.length, files: await removeFiles(store, index, dropped) };
}

/** Those whose time is not over; `main` has no end. */
function liveRefs(metadata: TableMetadata): TableMetadata["refs"] {
  const isLive = ([name, ref]: [string, SnapshotRef]) => {
    const age = Date.now() - (headOf(metadata, name)?.["timestamp-ms"] ?? 0);
    return name === mainBranch || age <= (numberOf(ref, "max-ref-age-ms") ?? Number.POSITIVE_INFINITY);
  };
  return Object.fromEntries(Object.entries(metadata.refs).filter(isLive));
}

function numberOf(ref: SnapshotRef | undefined, setting: string): number | undefined {
  const value = ref?.[setting];
  return typeof value === "number" ? value : undefined;
}

function keptSnapshots(metadata: TableMetadata, { keep = 20, olderThanMs = 600_000 }: ExpireOptions): Set<bigint> {
  const kept = new Set(Object.values(metadata.refs).map((ref) => ref["snapshot-id"]));
  const branches = Object.keys(metadata.refs).filter((name) => metadata.refs[name].type === "branch");
  for (const name of new Set([mainBranch, ...branches])) {
    const ref = metadata.refs[name];
    const least = Math.max(1, numberOf(ref, "min-snapshots-to-keep") ?? keep);
    const oldest = Date.now() - (numberOf(ref, "max-snapshot-age-ms") ?? olderThanMs);
    const head = name === mainBranch ? currentSnapshot(metadata) : headOf(metadata, name);
    for (const [i, snapshot] of ancestors(metadata, head).entries()) {
      // The first that is neither young nor among the last ones ends the branch's history.
      if (i >= least && snapshot["timestamp-ms"] <= oldest) break;
      kept.add(snapshot["snapshot-id"]);
    }
  }
  const oldest = Date.now() - olderThanMs;
  for (const snapshot of metadata.snapshots) if (snapshot["timestamp-ms"] > oldest) kept.add(snapshot["snapshot-id"]);
  return kept;
}

function withoutSnapshots(metadata: TableMetadata, kept: Set<bigint>): TableMetadata {
  // Time travel goes by this log: before a gap it would give wrong answers, so it begins after the last one.
  const lastGap = metadata["snapshot-log"].findLastIndex((entry) => !kept.has(entry["snapshot-id"]));
  const gone = new Set(metadata.snapshots.map((snapshot) => snapshot["snapshot-id"]).filter((id) => !kept.has(id)));
  return {
    ...metadata,
    statistics: withoutOf(metadata.statistics, gone),
    "partition-statistics": withoutOf(metadata["partition-statistics"], gone),
    "last-updated-ms": nextTime(metadata),
    snapshots: metadata.snapshots.filter((snapshot) => kept.has(snapshot["snapshot-id"])),
    "snapshot-log": metadata["snapshot-log"].slice(lastGap + 1),
  };
}

async function removeFiles(store: TableStore, index: FileIndex, dropped: Snapshot[]): Promise<number> {
  const needed = await neededFiles(store, index);
  const candidates = new Set<string>();
  for (const snapshot of dropped) {
    // A list that is gone was removed by an earlier expiry that did not live to tell: what it named is orphaned.
    const refs = await index.manifests(snapshot).catch(() => []);
    candidates.add(snapshot["manifest-list"]);
    if (snapshot.summary[bookmarkKey] !== undefined) candidates.add(snapshot.summary[bookmarkKey]);
    for (const ref of refs) {
      if (needed.has(ref.location) || candidates.has(ref.location)) continue;
      candidates.add(ref.location);
      for (const { file } of await index.entries(ref).catch(() => [])) candidates.add(file.location);
    }
  }
  const { pointer } = await store.load();
  const gone: string[] = [];
  for (const location of candidates) {
    const key = needed.has(location) ? undefined : store.files.keyAt(location);
    // Other engines may have added files to the table that are another's.
    if (key === undefined || !isWithin(key, pointer.folder)) continue;
    await store.files.delete(key);
    gone.push(location);
  }
  await removeFileStates(store, pointer.folder, gone);
  return gone.length;
}

/** Locations of all that the table stands on: metadata; bookmarks, lists, manifests, data and delete files of its snapshots and of those that readers hold. */
export function neededFiles(store: TableStore, index: FileIndex): Promise<Set<string>> {
  return store.withCurrent(async ({ pointer, metadata }) => {
    const needed = new Set([store.files.location(pointer.metadata), ...metadata["metadata-log"].map((entry) => entry["metadata-file"])]);
    for (const file of [...metadata.statistics, ...metadata["partition-statistics"]]) needed.add((file as { "statistics-path": string })["statistics-path"]);
    for (const { summary } of metadata.snapshots) if (summary[bookmarkKey] !== undefined) needed.add(summary[bookmarkKey]);
    const held = await heldSnapshots(store);
    for (const snapshot of [...metadata.snapshots, ...held.values()]) {
      needed.add(snapshot["manifest-list"]);
      for (const ref of await index.manifests(snapshot)) {
        if (needed.has(ref.location)) continue;
        needed.add(ref.location);
        for (const { status, file } of await index.entries(ref)) if (status !== "deleted") needed.add(file.location);
      }
    }
    return needed;
  });
}
