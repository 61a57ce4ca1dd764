import type { FileIndex } from "./file-index.ts";
import type { FileRecord, ManifestEntry } from "./manifest-file.ts";
import type { ManifestRef } from "./manifest-list.ts";
import { storeManifest } from "./snapshot-builder.ts";
import type { TableMetadata } from "./table-metadata.ts";
import { currentSnapshot } from "./table-metadata.ts";
import type { TableStore } from "./table-store.ts";

/** Files that a snapshot takes away, and those that it puts there. */
export interface FileSwap {
  folder: string;
  snapshotId: bigint;
  added: { specId: number; file: FileRecord }[];
  /** False for manifests that surely name no file of those that go: they are not read. */
  mayHold(manifest: ManifestRef): boolean;
  removes(file: FileRecord, specId: number): boolean;
  /** Small manifests of one partition spec that may lie about; with more of them all are joined. */
  smallManifestsMax: number;
}

export interface RewrittenManifests {
  /** Of the new snapshot. */
  manifests: ManifestRef[];
  removed: FileRecord[];
}

/** Manifests below this count as small. */
const smallManifestBytes = 1n << 20n;
/** Most bytes joined at once; unpacked they take some twenty times as much memory. */
const joinedBytesMax = 8n << 20n;

/**
 * The manifests of a snapshot that follows the current one of `base`. Those that nothing is taken from stay; the others are
 * written anew, with what is added, one per partition spec.
 *
 * @param written - takes the keys of the manifests written
 */
export async function rewriteManifests(store: TableStore, index: FileIndex, base: TableMetadata, swap: FileSwap, written: string[]): Promise<RewrittenManifests> {
  const { snapshotId } = swap;
  const manifests: ManifestRef[] = [];
  const removed: FileRecord[] = [];
  const bySpec = new Map<number, ManifestEntry[]>();
  for (const { specId, file } of swap.added) {
    listOf(bySpec, specId).push({ status: "added", snapshotId, sequenceNumber: null, fileSequenceNumber: null, file });
  }
  const current = (await index.manifests(currentSnapshot(base))).filter(hasFiles);
  const touched = await touchedManifests(index, current, swap);
  const joined = joinedManifests(current, new Set([...bySpec.keys(), ...[...touched].map(({ specId }) => specId)]), swap.smallManifestsMax);
  for (const ref of current) {
    if (!touched.has(ref) && !joined.has(ref)) {
      manifests.push(ref);
      continue;
    }
    for (const entry of await liveEntries(index, ref)) {
      const goes = touched.has(ref) && swap.removes(entry.file, ref.specId);
      if (goes) removed.push(entry.file);
      listOf(bySpec, ref.specId).push(goes ? { ...entry, status: "deleted", snapshotId } : { ...entry, status: "existing" });
    }
  }
  for (const [specId, entries] of bySpec) {
    const ref = await storeManifest(store, base, swap.folder, snapshotId, specId, entries);
    written.push(store.files.keyAt(ref.location) as string);
    manifests.push(ref);
  }
  return { manifests, removed };
}

/** One whose files are all gone says so to the snapshot that removed them alone. */
function hasFiles({ files }: ManifestRef): boolean {
  return files.added + files.existing > 0n;
}

async function touchedManifests(index: FileIndex, manifests: ManifestRef[], swap: FileSwap): Promise<Set<ManifestRef>> {
  const touched = new Set<ManifestRef>();
  for (const ref of manifests) {
    if (ref.content !== 0 || !swap.mayHold(ref)) continue;
    if ((await liveEntries(index, ref)).some(({ file }) => swap.removes(file, ref.specId))) touched.add(ref);
  }
  return touched;
}

/** Small manifests of specs that a manifest is written for anyway, where there are too many of them. */
function joinedManifests(manifests: ManifestRef[], specs: Set<number>, smallManifestsMax: number): Set<ManifestRef> {
  const joined = new Set<ManifestRef>();
  for (const specId of specs) {
    const small = manifests.filter((ref) => ref.specId === specId && ref.content === 0 && ref.bytes <= smallManifestBytes);
    if (small.length <= smallManifestsMax) continue;
    let bytes = 0n;
    for (const ref of small) if ((bytes += ref.bytes) <= joinedBytesMax) joined.add(ref);
  }
  return joined;
}

async function liveEntries(index: FileIndex, ref: ManifestRef): Promise<ManifestEntry[]> {
  return (await index.entries(ref)).filter(({ status }) => status !== "deleted");
}

function listOf<K, T>(map: Map<K, T[]>, key: K): T[] {
  let list = map.get(key);
  if (list === undefined) map.set(key, (list = []));
  return list;
}
