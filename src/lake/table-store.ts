import { randomUUID } from "node:crypto";
import { MillraceError } from "../errors.ts";
import type { FilesDriver } from "../files/driver.ts";
import type { StateStore, Versioned } from "../state/store.ts";
import { metadataBytes, parseMetadata } from "./metadata-file.ts";
import type { TableMetadata } from "./table-metadata.ts";

/** The collection of the state store in which each table's pointer stands, under the table's name. */
export const tablesCollection = "tables";

/** Metadata files named in the log of the current one; older ones are removed as the log moves on. */
const metadataLogMax = 50;

const readAttemptsMax = 100;

/** Which metadata is a table's current one: the single fact that a commit changes. A type, so that it passes as JSON. */
export type TablePointer = {
  /** `<table>-<id>`: the folder of all the table's files. */
  folder: string;
  /** Key of the current metadata file. */
  metadata: string;
};

/** The one write in the state store that makes a version current: `value` where `expected` is still the version there. */
export interface PointerSwap {
  collection: string;
  key: string;
  expected: number;
  value: TablePointer;
}

/** A version whose metadata is written, and which nobody sees until its swap is made. */
export interface PreparedVersion {
  swap: PointerSwap;
  metadata: TableMetadata;
  /** Keys of metadata files that its log no longer names. */
  dropped: string[];
}

/** A table's metadata as it stood at one version of its pointer. */
export interface TableVersion {
  pointer: TablePointer;
  /** Of the pointer in the state store. */
  version: number;
  metadata: TableMetadata;
}

/** Reads and swaps the current metadata of one table. */
export class TableStore {
  readonly name: string;
  readonly files: FilesDriver;
  readonly state: StateStore;
  #cached: TableVersion | undefined;

  constructor(name: string, files: FilesDriver, state: StateStore) {
    this.name = name;
    this.files = files;
    this.state = state;
  }

  /** The current version. @throws MillraceError `MR-LAKE-001`, `MR-LAKE-005` */
  async load(): Promise<TableVersion> {
    for (let lastMissing: string | undefined; ; ) {
      const found = await this.state.get<TablePointer>(tablesCollection, this.name);
      if (found === undefined) throw noTable(this.name);
      if (this.#cached?.version === found.version) return this.#cached;
      const bytes = await this.files.read(found.value.metadata);
      if (bytes !== undefined) return (this.#cached = this.#version(found, bytes));
      // A busy table may have moved on, and removed what was current, between the two reads.
      if (lastMissing === found.value.metadata) throw missingMetadata(this.name, this.files.location(lastMissing));
      lastMissing = found.value.metadata;
    }
  }

  /**
   * Runs `work` on the current version, and again on the next one when it fails while the table has moved on: expiry may
   * have removed the files of the version that it was reading.
   */
  async withCurrent<T>(work: (current: TableVersion) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      const current = await this.load();
      try {
        return await work(current);
      } catch (error) {
        const movedOn = (await this.load()).version !== current.version;
        if (!isMissingFile(error) || !movedOn || attempt === readAttemptsMax) throw error;
      }
    }
  }

  /** Commits of all processes to a table come one after the other: at once, all but one would lose and be made again. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.state.inTurn([turnOf(this.name)], work);
  }

  /** Undefined while there is no such table. */
  async find(): Promise<TableVersion | undefined> {
    return (await this.state.get(tablesCollection, this.name)) === undefined ? undefined : this.load();
  }

  /** Makes the table, unless another has made it first. */
  async create(folder: string, metadata: TableMetadata): Promise<boolean> {
    const prepared = await this.prepareNew(folder, metadata);
    const version = await this.publish(prepared);
    if (version === undefined) await this.drop(prepared);
    return version !== undefined;
  }

  /** Writes the first version of a table, as `prepare` writes a later one. */
  async prepareNew(folder: string, metadata: TableMetadata): Promise<PreparedVersion> {
    const value = { folder, metadata: await this.#write(folder, 0, metadata) };
    return { swap: { collection: tablesCollection, key: this.name, expected: 0, value }, metadata, dropped: [] };
  }

  /** Writes `next` as the version to come after `base`. It is on disk when this resolves, and nothing refers to it. */
  async prepare(base: TableVersion, next: TableMetadata): Promise<PreparedVersion> {
    const { kept, dropped } = this.#log(base);
    const metadata = { ...next, "metadata-log": kept };
    const { folder } = base.pointer;
    const value = { folder, metadata: await this.#write(folder, sequenceOf(base.pointer.metadata) + 1, metadata) };
    return { swap: { collection: tablesCollection, key: this.name, expected: base.version, value }, metadata, dropped };
  }

  /**
   * Makes the prepared version the current one if its base still is. On disk when it resolves.
   * @returns undefined when another commit was first
   */
  async publish(prepared: PreparedVersion): Promise<TableVersion | undefined> {
    const version = await this.#make(prepared.swap);
    return version === undefined ? undefined : this.#published(prepared, version);
  }

  /**
   * To be called when the prepared version's swap was made elsewhere: removes what its log no longer names. When nobody
   * comes to call it, orphan removal does that.
   */
  async published(prepared: PreparedVersion): Promise<TableVersion> {
    const found = await this.state.get<TablePointer>(tablesCollection, this.name);
    const version = prepared.swap.expected + 1;
    if (found?.value.metadata === prepared.swap.value.metadata) return this.#published(prepared, found.version);
    // Others have committed on top of it since: what they stand on is theirs to tidy.
    return { pointer: prepared.swap.value, version, metadata: prepared.metadata };
  }

  /** Whether the prepared version's swap was made: it is current, or what is current stands on it. */
  async wasMade({ swap }: PreparedVersion): Promise<boolean> {
    const { pointer, metadata } = await this.load();
    const location = this.files.location(swap.value.metadata);
    return pointer.metadata === swap.value.metadata || metadata["metadata-log"].some((entry) => entry["metadata-file"] === location);
  }

  /** Removes a prepared version whose swap was not made and never will be. */
  async drop({ swap }: PreparedVersion): Promise<void> {
    await this.files.delete(swap.value.metadata);
  }

  async #published({ swap, metadata, dropped }: PreparedVersion, version: number): Promise<TableVersion> {
    for (const key of dropped) await this.files.delete(key);
    return (this.#cached = { pointer: swap.value, version, metadata });
  }

  /** A store that fails in a write may have done it all the same: what stands there now decides. */
  async #make({ collection, key, expected, value }: PointerSwap): Promise<number | undefined> {
    try {
      return await this.state.compareAndSwap(collection, key, expected, value);
    } catch (error) {
      const found = await this.state.get<TablePointer>(collection, key).catch(() => Promise.reject(error));
      if (found?.value.metadata === value.metadata) return found.version;
      await this.files.delete(value.metadata).catch(() => {});
      throw error;
    }
  }

  async #write(folder: string, sequence: number, metadata: TableMetadata): Promise<string> {
    const key = `${folder}/metadata/${String(sequence).padStart(5, "0")}-${randomUUID()}.metadata.json`;
    await this.files.putIfAbsent(key, metadataBytes(metadata));
    return key;
  }

  /** The log with `base` added, and the files that it no longer names. */
  #log(base: TableVersion): { kept: TableMetadata["metadata-log"]; dropped: string[] } {
    const entry = { "timestamp-ms": base.metadata["last-updated-ms"], "metadata-file": this.files.location(base.pointer.metadata) };
    const log = [...base.metadata["metadata-log"], entry];
    const dropped = log.slice(0, -metadataLogMax).map((old) => this.files.keyAt(old["metadata-file"]));
    // A log that another engine began may name files that are not this table's to remove.
    const own = dropped.filter((key) => key?.startsWith(`${base.pointer.folder}/`)) as string[];
    return { kept: log.slice(-metadataLogMax), dropped: own };
  }

  #version({ value: pointer, version }: Versioned<TablePointer>, bytes: Uint8Array): TableVersion {
    try {
      return { pointer, version, metadata: parseMetadata(bytes, this.#cached?.metadata.snapshots) };
    } catch (cause) {
      throw new MillraceError("MR-LAKE-005", {
        what: `the metadata of table "${this.name}" cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`,
        where: this.files.location(pointer.metadata),
        mend: "restore the file from a copy",
        cause,
      });
    }
  }
}

/** The name in the state store under which commits to a table take turns. */
export function turnOf(table: string): string {
  return `${tablesCollection}/${table}`;
}

function isMissingFile(error: unknown): boolean {
  return error instanceof MillraceError && (error.code === "MR-LAKE-004" || error.code === "MR-LAKE-005");
}

function sequenceOf(key: string): number {
  return Number(/\/(\d+)-[^/]*$/.exec(key)?.[1] ?? 0);
}

export function noTable(name: string): MillraceError {
  return new MillraceError("MR-LAKE-001", {
    what: `table "${name}" does not exist`,
    where: "the lake",
    mend: "correct the name, or declare the table and start the project",
  });
}

function missingMetadata(name: string, location: string): MillraceError {
  return new MillraceError("MR-LAKE-005", {
    what: `the metadata of table "${name}" is gone`,
    where: location,
    mend: "restore the file from a copy; nothing of Millrace removes a table's current metadata",
  });
}
