import { sum } from "./append.ts";
import type { AttemptFiles } from "./attempt-files.ts";
import type { Change } from "./commit.ts";
import { commitChange, newSnapshotId } from "./commit.ts";
import { DeleteFiles } from "./delete-files.ts";
import type { Duckdb } from "./duckdb.ts";
import type { FileIndex } from "./file-index.ts";
import { partitionKey } from "./partition-spec.ts";
import { checkBranch } from "./refs.ts";
import type { AddedFile } from "./rewrite-manifests.ts";
import { commitEdit } from "./row-change.ts";
import type { DeletableFile } from "./row-files.ts";
import { RowFiles } from "./row-files.ts";
import { carried, operationKey } from "./summary-keys.ts";
import type { TableMetadata } from "./table-metadata.ts";
import { headOf, mainBranch } from "./table-metadata.ts";
import type { TableStore } from "./table-store.ts";
import { damaged } from "./held-paths.ts";

export interface CompactOptions {
  /** Whose files are joined. Default `main`: the table itself. */
  branch?: string;
  /** A partition is compacted when it has more small files than this, or files that rows are deleted from. Default 16. */
  smallFilesMax?: number;
  /** Files are joined up to about this many bytes; those of more than half of it are no small files. Default 128 MiB. */
  targetBytes?: number;
  /** Partitions joined in one commit. Default 64. */
  partitionsMax?: number;
}

export interface CompactResult {
  /** Files that were joined, and files that they became. */
  filesBefore: number;
  filesAfter: number;
}

/** Files of one partition, and the one that takes their place: none where all their rows are deleted. */
interface Replacement {
  inputs: DeletableFile[];
  output: AddedFile | undefined;
}

/**
 * Joins small files, partition by partition, into one snapshot with the same rows; rows that are marked as deleted are left
 * out. Appends go on meanwhile; a partition whose files another commit took away, or deleted rows from, is left as it is.
 *
 * @throws MillraceError `MR-LAKE-001` when there is no such branch, `MR-LAKE-004` when a file is not as it was written; nothing is changed then
 */
export async function compactTable(store: TableStore, index: FileIndex, duckdb: Duckdb, options: CompactOptions = {}): Promise<CompactResult> {
  const snapshotId = newSnapshotId();
  const { files, change } = await store.withCurrent(async ({ pointer, metadata }) => {
    const files = new RowFiles(store, duckdb, pointer.folder, snapshotId);
    const groups = await smallFileGroups(store, index, metadata, options);
    const replacements = await joinGroups(store, files, metadata, groups).catch(async (error) => {
      await files.keepOnly([]);
      throw error;
    });
    return { files, change: new ReplaceChange(store, index, pointer.folder, snapshotId, replacements, options.branch) };
  });
  if (change.replacements.length === 0) return { filesBefore: 0, filesAfter: 0 };
  await commitChange(store, change);
  const added = change.applied.flatMap(({ output }) => output ?? []);
  await files.keepOnly(added.map(({ file }) => file));
  return { filesBefore: change.applied.reduce((total, { inputs }) => total + inputs.length, 0), filesAfter: added.length };
}

async function smallFileGroups(store: TableStore, index: FileIndex, metadata: TableMetadata, options: CompactOptions): Promise<DeletableFile[][]> {
  const { branch = mainBranch, smallFilesMax = 16, targetBytes = 128 << 20, partitionsMax = 64 } = options;
  checkBranch(store.name, metadata, branch);
  const snapshot = headOf(metadata, branch);
  const deletes = new DeleteFiles(store.name, await index.deletes(snapshot));
  const files = (await index.live(snapshot)).map((data): DeletableFile => ({ data, deletes: deletes.of(data) }));
  const joinable = files.filter(({ data, deletes }) => data.file.format.toUpperCase() === "PARQUET" && (deletes.length > 0 || Number(data.file.bytes) <= targetBytes / 2));
  const groups = [...Map.groupBy(joinable, ({ data }) => partitionKey(data.specId, data.file.partition)).values()];
  const full = groups.filter((group) => group.length > smallFilesMax || group.some(hasDeletes));
  return full.slice(0, partitionsMax).map((group) => smallestFirst(group, targetBytes)).filter((group) => group.length > 1 || group.some(hasDeletes));
}

function hasDeletes({ deletes }: DeletableFile): boolean {
  return deletes.length > 0;
}

/** One file at least, whatever its size: it may be there for the rows that are deleted from it. */
function smallestFirst(group: DeletableFile[], targetBytes: number): DeletableFile[] {
  let total = 0;
  return group
    .toSorted((a, b) => Number(b.deletes.length > 0) - Number(a.deletes.length > 0) || Number(a.data.file.bytes - b.data.file.bytes))
    .filter(({ data }, i) => (total += Number(data.file.bytes)) <= targetBytes || i === 0);
}

async function joinGroups(store: TableStore, files: RowFiles, metadata: TableMetadata, groups: DeletableFile[][]): Promise<Replacement[]> {
  const replacements: Replacement[] = [];
  for (const inputs of groups) {
    const output = await files.query((connection) => files.rewrite(connection, metadata, inputs, (rows) => `select * from ${rows}`));
    const expected = sum(inputs, ({ data }) => data.file.records);
    const found = Number(output?.file.records ?? 0n);
    if (!inputs.some(hasDeletes) && found !== expected) throw damaged(store, inputs[0].data.file.location, `${inputs.length} files hold ${found} rows where ${expected} were written`);
    replacements.push({ inputs, output });
  }
  return replacements;
}

class ReplaceChange implements Change {
  readonly replacements: Replacement[];
  readonly #store: TableStore;
  readonly #index: FileIndex;
  readonly #folder: string;
  readonly #snapshotId: bigint;
  readonly #branch: string | undefined;
  /** Those of the last attempt. */
  applied: Replacement[] = [];

  constructor(store: TableStore, index: FileIndex, folder: string, snapshotId: bigint, replacements: Replacement[], branch: string | undefined) {
    this.replacements = replacements;
    this.#store = store;
    this.#index = index;
    this.#folder = folder;
    this.#snapshotId = snapshotId;
    this.#branch = branch;
  }

  async apply(base: TableMetadata, written: AttemptFiles): Promise<TableMetadata | undefined> {
    const parent = headOf(base, this.#branch);
    const live = new Map((await this.#index.live(parent)).map((data) => [data.file.location, data]));
    const deletes = new DeleteFiles(this.#store.name, await this.#index.deletes(parent));
    const asItWas = ({ data, deletes: known }: DeletableFile) => {
      const now = live.get(data.file.location);
      return now !== undefined && sameFiles(deletes.of(now), known);
    };
    this.applied = this.replacements.filter(({ inputs }) => inputs.every(asItWas));
    if (this.applied.length === 0 || parent === undefined) return undefined;
    const removed = this.applied.flatMap(({ inputs }) => inputs.flatMap(({ data }) => live.get(data.file.location) ?? []));
    return commitEdit({ store: this.#store, index: this.#index }, base, written, {
      ...{ folder: this.#folder, snapshotId: this.#snapshotId, parent, branch: this.#branch, smallManifestsMax: 0 },
      edit: { operation: "replace", removed, added: this.applied.flatMap(({ output }) => output ?? []) },
      summary: { ...carried(parent), [operationKey]: "compact" },
    });
  }
}

function sameFiles(now: DeletableFile["deletes"], known: DeletableFile["deletes"]): boolean {
  return now.length === known.length && now.every(({ file }, i) => file.location === known[i].file.location);
}
