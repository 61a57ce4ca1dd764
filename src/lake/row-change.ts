import { MillraceError } from "../errors.ts";
import { sum } from "./append.ts";
import type { AttemptFiles } from "./attempt-files.ts";
import type { Change, MakeSwap, PreparedCommit } from "./commit.ts";
import { newSnapshotId, prepareCommit, publishChange } from "./commit.ts";
import { unusedDeletes } from "./delete-files.ts";
import type { Duckdb } from "./duckdb.ts";
import type { FileIndex, LiveFile } from "./file-index.ts";
import { checkBranch } from "./refs.ts";
import type { PlannedReshape } from "./reshape.ts";
import { reshapedAsPlanned } from "./reshape.ts";
import type { AddedFile } from "./rewrite-manifests.ts";
import { rewriteManifests } from "./rewrite-manifests.ts";
import { RowFiles } from "./row-files.ts";
import type { StagedParquet } from "./row-files.ts";
import type { RowEdit, RowRule } from "./row-rule.ts";
import { addSnapshot } from "./snapshot-builder.ts";
import { attemptKey, carried } from "./summary-keys.ts";
import type { Snapshot, TableMetadata } from "./table-metadata.ts";
import { headOf, mainBranch } from "./table-metadata.ts";
import type { TableStore } from "./table-store.ts";

export interface RowChangeRequest {
  /** Of the task's attempt, unique for ever: an attempt that has published finds itself done. */
  attempt: string;
  /** What else the snapshot's summary says: `millrace.run`, `millrace.release`, … */
  summary?: Record<string, string>;
  /** More of it, made of the snapshot that this one comes upon: what is counted on from there. */
  summaryUpon?(parent: Snapshot | undefined): Record<string, string>;
  /** That is written to. Default `main`: the table itself. */
  branch?: string;
  /** That the table takes on with the rows. Default: it stays as it is. */
  reshape?: PlannedReshape;
  /**
   * Looks at the table as it would be, before anybody else sees it; again when other rows or columns came to be there first.
   * What it throws keeps the change from being published, and its code should say that: `MR-QUALITY-001`.
   */
  check?(metadata: TableMetadata): Promise<void>;
}

/** What of a table its changes need. */
export interface TableParts {
  store: TableStore;
  index: FileIndex;
  duckdb: Duckdb;
}

/** Many small manifests make every commit and every read slow; each change adds one. */
const smallManifestsMax = 100;

/** A change of a table's rows, in files of the table that no snapshot names yet. */
export class RowChange {
  readonly #parts: TableParts;
  readonly #request: RowChangeRequest;
  readonly #files: RowFiles;
  readonly #added: AddedFile[];
  readonly #change: SnapshotChange;

  private constructor(parts: TableParts, request: RowChangeRequest, files: RowFiles, added: AddedFile[], change: SnapshotChange) {
    this.#parts = parts;
    this.#request = request;
    this.#files = files;
    this.#added = added;
    this.#change = change;
  }

  /**
   * Takes staged files into the table's folder. When it throws, none of them stays anywhere.
   *
   * @param ruleOf - what becomes of the table, given the rows that come
   * @throws MillraceError `MR-LAKE-003` for rows that the table cannot hold, `MR-FILES-002`; what `ruleOf` throws
   */
  static async open(parts: TableParts, request: RowChangeRequest, staged: StagedParquet[], ruleOf: (added: AddedFile[], files: RowFiles, metadata: TableMetadata) => Promise<RowRule>): Promise<RowChange> {
    const { store, duckdb } = parts;
    const { pointer, metadata: base } = await store.load();
    const snapshotId = newSnapshotId();
    const files = new RowFiles(store, duckdb, pointer.folder, snapshotId);
    try {
      const metadata = shapedFor(store.name, base, request);
      checkBranch(store.name, metadata, request.branch ?? mainBranch);
      const added = await files.place(metadata, staged);
      const rule = await ruleOf(added, files, metadata);
      return new RowChange(parts, request, files, added, new SnapshotChange(parts, request, pointer.folder, snapshotId, files, rule));
    } catch (error) {
      await files.keepOnly([]).catch(() => undefined);
      for (const { path } of staged) await store.files.discard(path).catch(() => undefined);
      throw error;
    }
  }

  /** Rows that come. */
  get rows(): number {
    return sum(this.#added, ({ file }) => file.records);
  }

  /**
   * Writes the snapshot on top of what is current, all but the swap that makes it the current one. When that swap loses to
   * another commit: `drop` it and prepare again; the data files serve every attempt.
   *
   * @returns undefined when the attempt has its snapshot already
   */
  async prepare(): Promise<PreparedCommit | undefined> {
    return (await prepareCommit(this.#parts.store, this.#change)).prepared;
  }

  /**
   * Looks at the table as it would be now, where the request says how. `publish` does it too: this is for who wants to know
   * earlier.
   * @throws what the request's check throws, and nothing of the change is left then
   */
  async check(): Promise<void> {
    if (this.#request.check === undefined) return;
    const prepared = await this.prepare().catch((error) => this.discard().then(() => Promise.reject(error)));
    await prepared?.drop();
  }

  /**
   * Prepares and publishes, again and again while other commits are first. Commits to one table wait for one another here.
   *
   * @param make - makes the swap, in whatever transaction; called without one when the attempt has its snapshot already.
   *   Default: straight into the state store
   * @returns the attempt's snapshot; undefined when `make` refused, and nothing is left behind then. After an error the files
   *   stay, for the swap may yet be made: orphan removal finds them
   * @throws MillraceError `MR-LAKE-002`, to be retried, when others are first time and again; what `make` throws
   */
  async publish(make?: (swaps: PreparedCommit["swap"][]) => Promise<boolean | "stale">): Promise<Snapshot | undefined> {
    const makeOne: MakeSwap | undefined = make && ((swap) => make([swap]));
    const committed = await publishChange(this.#parts.store, this.#change, makeOne).catch((error) => this.#failed(error));
    const isRefused = committed?.changed === false && make !== undefined && (await make([])) !== true;
    const done = isRefused ? undefined : committed;
    // What earlier attempts have written for other bases than the last goes.
    await this.#files.keepOnly(done?.changed ? this.#change.lastAdded.map(({ file }) => file) : []);
    return done && snapshotOf(done.metadata, this.#request.attempt);
  }

  /** Only a commit that was refused has surely not been made. */
  async #failed(error: unknown): Promise<never> {
    const isRefused = error instanceof MillraceError && ["MR-LAKE-001", "MR-LAKE-002", "MR-LAKE-006", "MR-LAKE-011", "MR-LAKE-012", "MR-QUALITY-001"].includes(error.code);
    this.#files.release();
    if (isRefused) await this.discard().catch(() => undefined);
    throw error;
  }

  /** Removes the files that came. Only when no snapshot names them, and none will. */
  async discard(): Promise<void> {
    const { metadata } = await this.#parts.store.load();
    const live = await this.#parts.index.live(headOf(metadata, this.#request.branch));
    await this.#files.keepOnly(live.map(({ file }) => file));
  }
}

function shapedFor(table: string, base: TableMetadata, { reshape }: RowChangeRequest): TableMetadata {
  return reshape === undefined ? base : reshapedAsPlanned(table, base, reshape);
}

function snapshotOf(metadata: TableMetadata, attempt: string): Snapshot | undefined {
  return metadata.snapshots.find(({ summary }) => summary[attemptKey] === attempt);
}

/** Makes a snapshot of what a rule comes to. */
class SnapshotChange implements Change {
  readonly #parts: TableParts;
  readonly #request: RowChangeRequest;
  readonly #folder: string;
  readonly #snapshotId: bigint;
  readonly #files: RowFiles;
  readonly #rule: RowRule;
  /** Files that the snapshot of the last base names. */
  lastAdded: AddedFile[] = [];
  /** What the check has found to be good: the version that the change comes upon. */
  #checkedUpon: string | undefined;

  constructor(parts: TableParts, request: RowChangeRequest, folder: string, snapshotId: bigint, files: RowFiles, rule: RowRule) {
    this.#parts = parts;
    this.#request = request;
    this.#folder = folder;
    this.#snapshotId = snapshotId;
    this.#files = files;
    this.#rule = rule;
  }

  async apply(base: TableMetadata, written: AttemptFiles): Promise<TableMetadata | undefined> {
    const { attempt, branch, summary, summaryUpon } = this.#request;
    if (snapshotOf(base, attempt) !== undefined) return undefined;
    const { store, index } = this.#parts;
    const metadata = shapedFor(store.name, base, this.#request);
    checkBranch(store.name, metadata, branch ?? mainBranch);
    const parent = headOf(metadata, branch);
    const edit = await this.#rule.edit({ table: store.name, metadata, parent, index, files: this.#files });
    this.lastAdded = edit.added;
    return commitEdit(this.#parts, metadata, written, {
      ...{ folder: this.#folder, snapshotId: this.#snapshotId, parent, branch, edit, smallManifestsMax },
      summary: { ...carried(parent), ...summary, ...summaryUpon?.(parent), ...edit.summary, [attemptKey]: attempt },
    });
  }

  async check(base: TableMetadata, next: TableMetadata): Promise<void> {
    const { check, branch } = this.#request;
    const upon = `${headOf(base, branch)?.["snapshot-id"]} ${base["current-schema-id"]}`;
    if (check === undefined || upon === this.#checkedUpon) return;
    await check(next);
    this.#checkedUpon = upon;
  }
}

export interface EditCommit {
  folder: string;
  snapshotId: bigint;
  parent: Snapshot | undefined;
  branch?: string;
  edit: RowEdit;
  summary: Record<string, string>;
  smallManifestsMax: number;
}

/** The metadata with a snapshot in which some data files have taken the place of others; deletes that they leave behind go. */
export async function commitEdit({ store, index }: Pick<TableParts, "store" | "index">, base: TableMetadata, written: AttemptFiles, commit: EditCommit): Promise<TableMetadata> {
  const { folder, snapshotId, parent, branch, edit, summary, smallManifestsMax } = commit;
  const goneDeletes = edit.removed.length === 0 ? [] : await unusedDeletes(index, parent, edit.removed);
  const swap = { folder, snapshotId, parent, added: edit.added, removed: [...edit.removed, ...goneDeletes], smallManifestsMax };
  const manifests = await rewriteManifests(store, index, base, swap, written);
  const next = { id: snapshotId, operation: edit.operation, manifests, summary, totals: totalsOf(edit, goneDeletes), branch };
  return addSnapshot({ store, index }, base, folder, next, written);
}

function totalsOf({ added, removed }: RowEdit, goneDeletes: LiveFile[]) {
  const records = ({ file }: AddedFile) => file.records;
  const bytes = ({ file }: AddedFile) => file.bytes;
  return {
    addedFiles: added.length,
    addedRecords: sum(added, records),
    addedBytes: sum(added, bytes),
    deletedFiles: removed.length,
    deletedRecords: sum(removed, records),
    deletedBytes: sum(removed, bytes),
    deleteFilesGone: goneDeletes.length,
    positionDeletesGone: sum(goneDeletes, records),
  };
}
