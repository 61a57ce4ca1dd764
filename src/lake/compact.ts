import { randomInt } from "node:crypto";
import { MillraceError } from "../errors.ts";
import { sum } from "./append.ts";
import type { Change } from "./commit.ts";
import { commitChange, newSnapshotId } from "./commit.ts";
import { adoptDataFile, digestInName, digestOf, pieces } from "./data-file.ts";
import type { Duckdb } from "./duckdb.ts";
import type { FileIndex } from "./file-index.ts";
import type { FileRecord, ManifestEntry } from "./manifest-file.ts";
import { partitionColumns, partitionKey } from "./partition-spec.ts";
import { positionsKey } from "./positions.ts";
import { scanSql } from "./scan-sql.ts";
import { rewriteManifests } from "./rewrite-manifests.ts";
import { addSnapshot } from "./snapshot-builder.ts";
import { copyToParquet } from "./staged-rows.ts";
import type { TableMetadata } from "./table-metadata.ts";
import { currentSchema, currentSnapshot } from "./table-metadata.ts";
import type { TableStore, TableVersion } from "./table-store.ts";

export interface CompactOptions {
  /** A partition is compacted when it has more small files than this. Default 16. */
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

type LiveFile = ManifestEntry & { specId: number };

/** Files of one partition, and the one that takes their place. */
interface Replacement {
  specId: number;
  inputs: LiveFile[];
  output: FileRecord;
}

/**
 * Joins small files, partition by partition, into one snapshot with the same rows. Appends go on meanwhile; a partition
 * whose files another commit took away is left as it is.
 *
 * @throws MillraceError `MR-LAKE-004` when a file is not as it was written; nothing is changed then
 */
export async function compactTable(store: TableStore, index: FileIndex, duckdb: Duckdb, options: CompactOptions = {}): Promise<CompactResult> {
  const snapshotId = newSnapshotId();
  const { base, replacements } = await store.withCurrent(async (current) => {
    const groups = await smallFileGroups(index, current.metadata, options);
    return { base: current, replacements: await joinGroups(store, duckdb, current, groups, snapshotId) };
  });
  if (replacements.length === 0) return { filesBefore: 0, filesAfter: 0 };
  const change = new ReplaceChange(store, index, base.pointer.folder, snapshotId, replacements);
  await commitChange(store, change);
  await removeUnused(store, replacements, change.applied);
  return { filesBefore: change.applied.reduce((total, { inputs }) => total + inputs.length, 0), filesAfter: change.applied.length };
}

async function smallFileGroups(index: FileIndex, metadata: TableMetadata, options: CompactOptions): Promise<LiveFile[][]> {
  const { smallFilesMax = 16, targetBytes = 128 << 20, partitionsMax = 64 } = options;
  const snapshot = currentSnapshot(metadata);
  // Rows that another engine has marked as deleted would come back.
  if ((await index.manifests(snapshot)).some(({ content }) => content !== 0)) return [];
  const groups = new Map<string, LiveFile[]>();
  for (const entry of await index.live(snapshot)) {
    if (Number(entry.file.bytes) > targetBytes / 2 || entry.file.format.toUpperCase() !== "PARQUET") continue;
    const key = partitionKey(entry.specId, entry.file.partition);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [entry]);
    else group.push(entry);
  }
  const full = [...groups.values()].filter((group) => group.length > smallFilesMax);
  return full.slice(0, partitionsMax).map((group) => smallestFirst(group, targetBytes)).filter((group) => group.length > 1);
}

function smallestFirst(group: LiveFile[], targetBytes: number): LiveFile[] {
  let total = 0;
  return group
    .toSorted((a, b) => Number(a.file.bytes - b.file.bytes))
    .filter(({ file }) => (total += Number(file.bytes)) <= targetBytes);
}

async function joinGroups(store: TableStore, duckdb: Duckdb, base: TableVersion, groups: LiveFile[][], snapshotId: bigint): Promise<Replacement[]> {
  const replacements: Replacement[] = [];
  try {
    for (const inputs of groups) {
      // Numbered by chance: after a version has moved on, an attempt must not meet the names of the one before.
      const number = randomInt(1 << 30);
      replacements.push({ specId: inputs[0].specId, inputs, output: await joinFiles(store, duckdb, base, inputs, snapshotId, number) });
    }
    return replacements;
  } catch (error) {
    await removeUnused(store, replacements, []);
    throw error;
  }
}

async function joinFiles(store: TableStore, duckdb: Duckdb, base: TableVersion, inputs: LiveFile[], snapshotId: bigint, number: number): Promise<FileRecord> {
  const { metadata, pointer } = base;
  const schema = currentSchema(metadata);
  const paths: string[] = [];
  for (const { file } of inputs) paths.push(await verifiedPath(store, file));
  const staged = await store.files.stage();
  const connection = await duckdb.connect();
  try {
    const parquet = await copyToParquet(connection, `select * from ${scanSql(paths, schema)}`, staged, schema.fields);
    const expected = sum(inputs, ({ file }) => file.records);
    if (parquet.records !== expected) throw damaged(store, paths[0], `${inputs.length} files hold ${parquet.records} rows where ${expected} were written`);
    const spec = metadata["partition-specs"].find((one) => one["spec-id"] === inputs[0].specId) as TableMetadata["partition-specs"][number];
    const columns = partitionColumns(store.name, spec, metadata.schemas);
    return await adoptDataFile(store.files, staged, parquet, schema.fields, { folder: pointer.folder, columns, partition: inputs[0].file.partition, snapshotId, number });
  } finally {
    connection.closeSync();
    await store.files.discard(staged);
  }
}

/**
 * The path of a data file that is as it was written; a file of another engine carries no digest, and its size must do.
 * @throws MillraceError `MR-LAKE-004`
 */
export async function verifiedPath(store: TableStore, file: Pick<FileRecord, "location" | "bytes">): Promise<string> {
  const key = store.files.keyAt(file.location);
  if (key === undefined) throw damaged(store, file.location, "a data file lies outside this lake's files");
  const found = await store.files.stat(key);
  if (found === undefined) throw damaged(store, file.location, "a data file is missing");
  if (found.bytes !== Number(file.bytes)) throw damaged(store, file.location, `a data file has ${found.bytes} bytes where ${file.bytes} were written`);
  const digest = digestInName(file.location);
  if (digest !== undefined && digest !== (await digestOf(pieces(store.files, key, found.bytes)))) {
    throw damaged(store, file.location, "a data file has other bytes than were written");
  }
  return store.files.path(key);
}

function damaged(store: TableStore, where: string, what: string): MillraceError {
  return new MillraceError("MR-LAKE-004", {
    what,
    where: `table "${store.name}", ${where}`,
    mend: "restore the file from a copy, or build the table again from its topic",
  });
}

class ReplaceChange implements Change {
  readonly #store: TableStore;
  readonly #index: FileIndex;
  readonly #folder: string;
  readonly #snapshotId: bigint;
  readonly #replacements: Replacement[];
  /** Those of the last attempt. */
  applied: Replacement[] = [];

  constructor(store: TableStore, index: FileIndex, folder: string, snapshotId: bigint, replacements: Replacement[]) {
    this.#store = store;
    this.#index = index;
    this.#folder = folder;
    this.#snapshotId = snapshotId;
    this.#replacements = replacements;
  }

  async apply(base: TableMetadata, written: string[]): Promise<TableMetadata | undefined> {
    const parent = currentSnapshot(base);
    const live = new Set((await this.#index.live(parent)).map(({ file }) => file.location));
    this.applied = this.#replacements.filter(({ inputs }) => inputs.every(({ file }) => live.has(file.location)));
    if (this.applied.length === 0 || parent === undefined) return undefined;
    const positions = parent.summary[positionsKey];
    const gone = new Set(this.applied.flatMap(({ inputs }) => inputs.map(({ file }) => file.location)));
    const { manifests } = await rewriteManifests(
      this.#store,
      this.#index,
      base,
      {
        folder: this.#folder,
        snapshotId: this.#snapshotId,
        added: this.applied.map(({ specId, output }) => ({ specId, file: output })),
        mayHold: () => true,
        removes: ({ location }) => gone.has(location),
        smallManifestsMax: 0,
      },
      written,
    );
    return addSnapshot(
      this.#store,
      base,
      this.#folder,
      {
        id: this.#snapshotId,
        operation: "replace",
        manifests,
        summary: { "millrace.operation": "compact", ...(positions !== undefined && { [positionsKey]: positions }) },
        totals: totalsOf(this.applied),
      },
      written,
    );
  }
}

function totalsOf(applied: Replacement[]) {
  const inputs = applied.flatMap((one) => one.inputs);
  return {
    addedFiles: applied.length,
    addedRecords: sum(applied, ({ output }) => output.records),
    addedBytes: sum(applied, ({ output }) => output.bytes),
    deletedFiles: inputs.length,
    deletedRecords: sum(inputs, ({ file }) => file.records),
    deletedBytes: sum(inputs, ({ file }) => file.bytes),
  };
}

/** Outputs that no snapshot took up. */
async function removeUnused(store: TableStore, all: Replacement[], applied: Replacement[]): Promise<void> {
  for (const replacement of all) {
    const key = store.files.keyAt(replacement.output.location);
    if (!applied.includes(replacement) && key !== undefined) await store.files.delete(key);
  }
}
