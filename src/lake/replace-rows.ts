import { MillraceError } from "../errors.ts";
import { sum } from "./append.ts";
import type { Change, MakeSwap, PreparedCommit } from "./commit.ts";
import { newSnapshotId, prepareCommit, publishChange } from "./commit.ts";
import { adoptDataFile } from "./data-file.ts";
import type { FileIndex } from "./file-index.ts";
import type { FileRecord } from "./manifest-file.ts";
import type { WrittenParquet } from "./parquet-copy.ts";
import { statisticsName } from "./parquet-copy.ts";
import { partitionColumns } from "./partition-spec.ts";
import { positionsKey } from "./positions.ts";
import { rewriteManifests } from "./rewrite-manifests.ts";
import type { FileChoice, RowChoice } from "./row-choice.ts";
import { comparable, fileChoice } from "./row-choice.ts";
import { parseBound } from "./single-value.ts";
import { addSnapshot } from "./snapshot-builder.ts";
import type { Snapshot, TableMetadata } from "./table-metadata.ts";
import { currentSchema, currentSnapshot, currentSpec } from "./table-metadata.ts";
import type { TableStore, TableVersion } from "./table-store.ts";

/** The entry of a snapshot's summary that says which attempt of a task made it. An attempt makes one snapshot at most. */
const attemptKey = "millrace.attempt";

export interface ReplaceRequest {
  /** The rows that go. With a column, all new rows must have the value there. */
  where: RowChoice;
  /** The rows that come, in Parquet files on the disk of the store's staging; none when there are none. They are taken over. */
  files: StagedParquet[];
  /** Of the task's attempt, unique for ever: an attempt that has published finds itself done. */
  attempt: string;
  /** What else the snapshot's summary says: `millrace.run`, `millrace.release`, … */
  summary?: Record<string, string>;
}

/** A Parquet file on its way into a table, with the table's field ids. */
export interface StagedParquet extends WrittenParquet {
  path: string;
}

/** Runs commits of this process to one table one after the other: at once, all but one would lose and be made again. */
export class CommitQueue {
  #last: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => undefined);
    return done;
  }
}

/** Rows that take the place of others, in files of the table that no snapshot names yet. */
export class Replacement {
  readonly #store: TableStore;
  readonly #index: FileIndex;
  readonly #queue: CommitQueue;
  readonly #request: ReplaceRequest;
  readonly #files: FileRecord[];
  readonly #change: ReplaceRowsChange;

  private constructor(store: TableStore, index: FileIndex, queue: CommitQueue, request: ReplaceRequest, files: FileRecord[], change: ReplaceRowsChange) {
    this.#store = store;
    this.#index = index;
    this.#queue = queue;
    this.#request = request;
    this.#files = files;
    this.#change = change;
  }

  /**
   * Takes the files into the table's folder. When it throws, none of them stays there.
   * @throws MillraceError `MR-LAKE-006`, `MR-LAKE-003` when the files hold other rows than those chosen, `MR-FILES-002`
   */
  static async open(store: TableStore, index: FileIndex, queue: CommitQueue, request: ReplaceRequest): Promise<Replacement> {
    const base = await store.load();
    const choice = fileChoice(store.name, base.metadata, request.where);
    for (const file of request.files) checkFile(store.name, base.metadata, request.where, file);
    const snapshotId = newSnapshotId();
    const files = await adoptAll(store, base, choice, request.files, snapshotId);
    const added = files.map((file) => ({ specId: base.metadata["default-spec-id"], file }));
    return new Replacement(store, index, queue, request, files, new ReplaceRowsChange(store, index, base.pointer.folder, snapshotId, request, added));
  }

  /** Rows that come. */
  get rows(): number {
    return sum(this.#files, ({ records }) => records);
  }

  /**
   * Writes the snapshot on top of what is current, all but the swap that makes it the current one. When that swap loses to
   * another commit: `drop` it and prepare again; the data files serve every attempt.
   *
   * @returns undefined when the attempt has its snapshot already
   */
  async prepare(): Promise<PreparedCommit | undefined> {
    return (await prepareCommit(this.#store, this.#change)).prepared;
  }

  /**
   * Prepares and publishes, again and again while other commits are first. Commits of this process to one table wait for
   * one another here.
   *
   * @param make - makes the swap, in whatever transaction; called without one when the attempt has its snapshot already.
   *   Default: straight into the state store
   * @returns the attempt's snapshot; undefined when `make` refused, and nothing is left behind then. After an error the files
   *   stay, for the swap may yet be made: orphan removal finds them
   * @throws MillraceError `MR-LAKE-002`, to be retried, when others are first time and again; what `make` throws
   */
  async publish(make?: (swaps: PreparedCommit["swap"][]) => Promise<boolean | "stale">): Promise<Snapshot | undefined> {
    const makeOne: MakeSwap | undefined = make && ((swap) => make([swap]));
    const done = await this.#queue.run(async () => {
      const committed = await publishChange(this.#store, this.#change, makeOne).catch((error) => this.#failed(error));
      if (committed?.changed === false && make !== undefined && (await make([])) !== true) return undefined;
      return committed;
    });
    if (done === undefined || !done.changed) await this.discard();
    return done && snapshotOf(done.metadata, this.#request.attempt);
  }

  /** Only a commit that was refused has surely not been made. */
  async #failed(error: unknown): Promise<never> {
    if (error instanceof MillraceError && (error.code === "MR-LAKE-002" || error.code === "MR-LAKE-006")) await this.discard().catch(() => undefined);
    throw error;
  }

  /** Removes the files that came. Only when no snapshot names them, and none will. */
  async discard(): Promise<void> {
    const { metadata } = await this.#store.load();
    const live = new Set((await this.#index.live(currentSnapshot(metadata))).map(({ file }) => file.location));
    for (const { location } of this.#files) {
      const key = live.has(location) ? undefined : this.#store.files.keyAt(location);
      if (key !== undefined) await this.#store.files.delete(key);
    }
  }
}

function snapshotOf(metadata: TableMetadata, attempt: string): Snapshot | undefined {
  return metadata.snapshots.find(({ summary }) => summary[attemptKey] === attempt);
}

/** The partition of a file stands in the manifest, and readers believe it: rows of another would be lost to them. */
function checkFile(table: string, metadata: TableMetadata, where: RowChoice, { path, records, statistics }: StagedParquet): void {
  if (where === "all" || records === 0) return;
  const type = currentSchema(metadata).fields.find(({ name }) => name === where.column)?.type ?? "string";
  const stats = statistics.get(statisticsName([where.column]));
  const bounds = ["min", "max"].map((name) => parseBound(type, stats?.get(name) ?? ""));
  const isRight = stats?.get("null_count") === "0" && bounds.every((bound) => bound !== undefined && comparable(type, bound) === comparable(type, where.value));
  if (isRight) return;
  throw new MillraceError("MR-LAKE-003", {
    what: `a file holds rows whose "${where.column}" is not ${String(where.value)}`,
    where: `table "${table}", ${path}`,
    mend: "write that one value in each row",
  });
}

async function adoptAll(store: TableStore, { pointer, metadata }: TableVersion, { partition }: FileChoice, staged: StagedParquet[], snapshotId: bigint): Promise<FileRecord[]> {
  const columns = partitionColumns(store.name, currentSpec(metadata), metadata.schemas);
  const { fields } = currentSchema(metadata);
  const files: FileRecord[] = [];
  try {
    for (const [number, parquet] of staged.entries()) {
      if (parquet.records === 0) await store.files.discard(parquet.path);
      else files.push(await adoptDataFile(store.files, parquet.path, parquet, fields, { folder: pointer.folder, columns, partition, snapshotId, number }));
    }
    return files;
  } catch (error) {
    for (const { location } of files) await store.files.delete(store.files.keyAt(location) as string).catch(() => undefined);
    throw error;
  }
}

/** Many small manifests make every commit and every read slow; each interval that is written adds one. */
const smallManifestsMax = 100;

class ReplaceRowsChange implements Change {
  readonly #store: TableStore;
  readonly #index: FileIndex;
  readonly #folder: string;
  readonly #snapshotId: bigint;
  readonly #request: ReplaceRequest;
  readonly #added: { specId: number; file: FileRecord }[];

  constructor(store: TableStore, index: FileIndex, folder: string, snapshotId: bigint, request: ReplaceRequest, added: { specId: number; file: FileRecord }[]) {
    this.#store = store;
    this.#index = index;
    this.#folder = folder;
    this.#snapshotId = snapshotId;
    this.#request = request;
    this.#added = added;
  }

  async apply(base: TableMetadata, written: string[]): Promise<TableMetadata | undefined> {
    const { attempt, where, summary } = this.#request;
    if (snapshotOf(base, attempt) !== undefined) return undefined;
    const choice = fileChoice(this.#store.name, base, where);
    const swap = {
      folder: this.#folder,
      snapshotId: this.#snapshotId,
      added: this.#added,
      mayHold: (manifest: Parameters<FileChoice["mayHold"]>[0]) => choice.mayHold(manifest),
      removes: (file: FileRecord, specId: number) => choice.holds(file, specId),
      smallManifestsMax,
    };
    const { manifests, removed } = await rewriteManifests(this.#store, this.#index, base, swap, written);
    const positions = currentSnapshot(base)?.summary[positionsKey];
    const next = {
      id: this.#snapshotId,
      operation: "overwrite" as const,
      manifests,
      summary: {
        ...summary,
        [attemptKey]: attempt,
        // What Iceberg's own libraries say of such a snapshot.
        ...(where !== "all" && { "replace-partitions": "true" }),
        ...(positions !== undefined && { [positionsKey]: positions }),
      },
      totals: totalsOf(this.#added.map(({ file }) => file), removed),
    };
    return addSnapshot(this.#store, base, this.#folder, next, written);
  }
}

function totalsOf(added: FileRecord[], removed: FileRecord[]) {
  const records = ({ records }: FileRecord) => records;
  const bytes = ({ bytes }: FileRecord) => bytes;
  return {
    addedFiles: added.length,
    addedRecords: sum(added, records),
    addedBytes: sum(added, bytes),
    deletedFiles: removed.length,
    deletedRecords: sum(removed, records),
    deletedBytes: sum(removed, bytes),
  };
}
