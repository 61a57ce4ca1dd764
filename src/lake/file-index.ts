import { MillraceError } from "../errors.ts";
import type { ManifestEntry } from "./manifest-file.ts";
import { changedEntry, readManifest } from "./manifest-file.ts";
import type { ManifestRef } from "./manifest-list.ts";
import { dataManifest, deleteManifest, readManifestList } from "./manifest-list.ts";
import type { Snapshot } from "./table-metadata.ts";
import type { TableStore } from "./table-store.ts";

/** Manifests kept in memory, by their bytes as stored; unpacked they are some twenty times larger. */
const cachedBytesMax = 2 << 20;

/** A file of a snapshot. */
export interface LiveFile extends ManifestEntry {
  /** Of the partition spec that it was written under. */
  specId: number;
  /** Location of the manifest that names it. */
  manifest: string;
}

/** A file as a manifest names it. */
export function liveFile(entry: ManifestEntry, { specId, location }: ManifestRef): LiveFile {
  return { ...changedEntry(entry, {}), specId, manifest: location };
}

/** Reads manifest lists and manifests. Both never change, so the last ones used are kept. */
export class FileIndex {
  readonly #store: TableStore;
  readonly #lists = new Map<string, Promise<ManifestRef[]>>();
  readonly #manifests = new Map<string, { bytes: number; entries: Promise<ManifestEntry[]> }>();
  #cachedBytes = 0;

  constructor(store: TableStore) {
    this.#store = store;
  }

  /** The manifests of a snapshot; none of no snapshot. @throws MillraceError `MR-LAKE-005` */
  manifests(snapshot: Pick<Snapshot, "manifest-list"> | undefined): Promise<ManifestRef[]> {
    if (snapshot === undefined) return Promise.resolve([]);
    const location = snapshot["manifest-list"];
    let list = this.#lists.get(location);
    if (list === undefined) {
      list = this.#read(location).then((bytes) => readManifestList(bytes, location));
      list.catch(() => this.#lists.delete(location));
      this.#keep(location, list);
    }
    return list;
  }

  /** Takes a list that was made here: the next commit builds upon it. */
  remember(location: string, manifests: ManifestRef[]): void {
    this.#keep(location, Promise.resolve(manifests));
  }

  #keep(location: string, list: Promise<ManifestRef[]>): void {
    this.#lists.set(location, list);
    if (this.#lists.size > 8) this.#lists.delete(this.#lists.keys().next().value as string);
  }

  /** The data files of a snapshot. */
  async live(snapshot: Snapshot | undefined): Promise<LiveFile[]> {
    return this.liveOf((await this.manifests(snapshot)).filter(({ content }) => content === dataManifest));
  }

  /** The files of a snapshot that mark rows of its data files as deleted. */
  async deletes(snapshot: Snapshot | undefined): Promise<LiveFile[]> {
    return this.liveOf((await this.manifests(snapshot)).filter(({ content }) => content === deleteManifest));
  }

  /** The files that manifests name and do not take away. */
  async liveOf(manifests: ManifestRef[]): Promise<LiveFile[]> {
    const live: LiveFile[] = [];
    for (const ref of manifests) {
      for (const entry of await this.entries(ref)) if (entry.status !== "deleted") live.push(liveFile(entry, ref));
    }
    return live;
  }

  /** All entries of a manifest, the deleted ones too, with what they inherit from the list filled in. */
  entries(ref: ManifestRef): Promise<ManifestEntry[]> {
    const cached = this.#manifests.get(ref.location);
    if (cached !== undefined) {
      // The map keeps the order of insertion: what is used goes to its end, what is not is dropped from its start.
      this.#manifests.delete(ref.location);
      this.#manifests.set(ref.location, cached);
      return cached.entries;
    }
    const entries = this.#read(ref.location).then((bytes) => readManifest(bytes, ref.location, ref));
    const bytes = Number(ref.bytes);
    this.#manifests.set(ref.location, { bytes, entries });
    this.#cachedBytes += bytes;
    entries.catch(() => this.#forget(ref.location));
    for (const location of this.#manifests.keys()) {
      if (this.#cachedBytes <= cachedBytesMax || location === ref.location) break;
      this.#forget(location);
    }
    return entries;
  }

  #forget(location: string): void {
    this.#cachedBytes -= this.#manifests.get(location)?.bytes ?? 0;
    this.#manifests.delete(location);
  }

  async #read(location: string): Promise<Uint8Array> {
    const key = this.#store.files.keyAt(location);
    const bytes = key === undefined ? undefined : await this.#store.files.read(key);
    if (bytes !== undefined) return bytes;
    throw new MillraceError("MR-LAKE-005", {
      what: `a metadata file of table "${this.#store.name}" is missing`,
      where: location,
      mend: "read a newer snapshot; if it is the current one, restore the file from a copy",
    });
  }
}
