import type { AttemptFiles } from "./attempt-files.ts";
import type { FileIndex, LiveFile } from "./file-index.ts";
import type { FileRecord, ManifestEntry } from "./manifest-file.ts";
import { changedEntry } from "./manifest-file.ts";
import type { ManifestRef } from "./manifest-list.ts";
import { dataManifest } from "./manifest-list.ts";
import { newManifest } from "./snapshot-builder.ts";
import type { Snapshot, TableMetadata } from "./table-metadata.ts";
import type { TableStore } from "./table-store.ts";

/** A data file on its way into a table, with the spec that partitions it. */
export interface AddedFile {
  specId: number;
  file: FileRecord;
}

/** Files that a snapshot takes away, and those that it puts there. */
export interface FileSwap {
  folder: string;
  snapshotId: bigint;
  /** That the new snapshot follows. */
  parent: Snapshot | undefined;
  added: AddedFile[];
  /** Of the parent: data files, and files of deletes. */
  removed: LiveFile[];
  /** Small manifests of one partition spec that may lie about; with more of them all are joined. */
  smallManifestsMax: number;
}

/** Manifests below this count as small. */
const smallManifestBytes = 1n << 20n;
/** Most bytes joined at once; unpacked they take some twenty times as much memory. */
const joinedBytesMax = 8n << 20n;

/**
 * The manifests of a snapshot that follows another. Those that nothing is taken from stay; the others are written anew,
 * with what is added, one per partition spec.
 *
 * @param written - takes the manifests written
 */
export async function rewriteManifests(store: TableStore, index: FileIndex, base: TableMetadata, swap: FileSwap, written: AttemptFiles): Promise<ManifestRef[]> {
  const { snapshotId } = swap;
  const current = (await index.manifests(swap.parent)).filter(hasFiles);
  const touched = new Set(swap.removed.map(({ manifest }) => manifest));
  const gone = new Set(swap.removed.map(({ file }) => file.location));
  const rewritten = new RewrittenEntries();
  for (const { specId, file } of swap.added) {
    rewritten.push(dataManifest, specId, { status: "added", snapshotId, sequenceNumber: null, fileSequenceNumber: null, file });
  }
  const specs = new Set([...swap.added, ...current.filter(({ location }) => touched.has(location))].map(({ specId }) => specId));
  const joined = joinedManifests(current, specs, swap.smallManifestsMax);
  const kept = current.filter((ref) => !touched.has(ref.location) && !joined.has(ref));
  for (const ref of current) {
    if (kept.includes(ref)) continue;
    for (const entry of await index.entries(ref)) {
      if (entry.status === "deleted") continue;
      const goes = touched.has(ref.location) && gone.has(entry.file.location);
      rewritten.push(ref.content, ref.specId, changedEntry(entry, goes ? { status: "deleted", snapshotId } : { status: "existing" }));
    }
  }
  for (const { content, specId, entries } of rewritten.groups()) {
    const manifest = await newManifest(store, base, swap.folder, snapshotId, specId, entries, content);
    written.put(manifest.key, manifest.bytes);
    kept.push(manifest.ref);
  }
  return kept;
}

/** Entries of manifests to be written: a manifest has one content and one spec. */
class RewrittenEntries {
  readonly #groups = new Map<string, { content: number; specId: number; entries: ManifestEntry[] }>();

  push(content: number, specId: number, entry: ManifestEntry): void {
    const key = `${content} ${specId}`;
    const group = this.#groups.get(key);
    if (group === undefined) this.#groups.set(key, { content, specId, entries: [entry] });
    else group.entries.push(entry);
  }

  groups() {
    return this.#groups.values();
  }
}

/** One whose files are all gone says so to the snapshot that removed them alone. */
function hasFiles({ files }: ManifestRef): boolean {
  return files.added + files.existing > 0n;
}

/** Small manifests of specs that a manifest is written for anyway, where there are too many of them. */
function joinedManifests(manifests: ManifestRef[], specs: Set<number>, smallManifestsMax: number): Set<ManifestRef> {
  const joined = new Set<ManifestRef>();
  for (const specId of specs) {
    const small = manifests.filter((ref) => ref.specId === specId && ref.content === dataManifest && ref.bytes <= smallManifestBytes);
    if (small.length <= smallManifestsMax) continue;
    let bytes = 0n;
    for (const ref of small) if ((bytes += ref.bytes) <= joinedBytesMax) joined.add(ref);
  }
  return joined;
}
