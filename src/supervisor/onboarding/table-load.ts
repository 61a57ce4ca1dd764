import { rm } from "node:fs/promises";
import { MillraceError } from "../../errors.ts";
import { everyRow, type Filter } from "../../lake/filter.ts";
import type { Lake } from "../../lake/lake.ts";
import type { ResultColumn } from "../../lake/result-schema.ts";
import type { RowChange, RowChangeRequest } from "../../lake/row-change.ts";
import { bookmarkKey } from "../../lake/summary-keys.ts";
import type { Table } from "../../lake/table.ts";
import type { Snapshot } from "../../lake/table-metadata.ts";
import type { Json } from "../../model/manifest.ts";
import { fileColumn, quarantineOf } from "../../model/onboarding/source-decl.ts";
import type { SqlRunner } from "../../sql/sql-runner.ts";
import { tableSource } from "../../sql/table-source.ts";
import { type Batch, batchesOf } from "./batches.ts";
import { fileChanges, type FileMark, type LoadMark, type NamedFile, staleMark } from "./load-mark.ts";
import { columnsOf, type LoadedTable, loadedTable, recastReshape, recastStatement } from "./loaded-table.ts";
import { describeRows, readBatch, type ReadFiles } from "./read-batch.ts";
import { somebodyElses, type SourceTable } from "./source-tables.ts";

export interface TableLoadParts {
  lake: Lake;
  runner: Pick<SqlRunner, "run" | "write">;
  signal: AbortSignal;
  /** Unique for ever. */
  attempt: string;
  /** What each version says of its making. */
  summary: Record<string, string>;
  log: { info(message: string, fields?: Record<string, unknown>): void; warn(message: string, fields?: Record<string, unknown>): void };
}

/** What a load has come to. */
export interface LoadResult {
  table: string;
  /** Rows of files that were not there before, and of files that took the place of what they were. */
  rows: number;
  /** Rows that do not fit: they are in the quarantine table. */
  quarantined: number;
  files: {
    loaded: number;
    replaced: number;
    /** They cannot be read. What was loaded of them before stays. */
    refused: number;
    /** They changed while they were read: the next run loads them. */
    left: number;
    /** Their rows went. */
    gone: number;
  };
  /** The first hundred that cannot be read, or changed. */
  problems: { file: string; code: string; what: string }[];
}

const problemsMax = 100;

/** What may be otherwise in a moment, without the file being another. */
const passing: ReadonlySet<string> = new Set(["MR-FORMAT-004", "MR-FORMAT-005"]);

/**
 * Loads the new and the changed files of one table, a batch at a time. Each batch is one commit: its rows, those that they
 * replace, new columns, and the bookmark that says which files the table holds. It may be killed at any moment, and begun
 * again: what is committed is not read again, and nothing else was ever seen.
 *
 * @throws MillraceError `MR-LAKE-002`, to be retried, when another load of the table was first; `MR-CRAWL-004` when rows of
 * somebody else stand there
 */
export async function loadTable(source: SourceTable, parts: TableLoadParts): Promise<LoadResult> {
  return new TableLoad(source, parts).run();
}

class TableLoad {
  readonly #source: SourceTable;
  readonly #parts: TableLoadParts;
  readonly #result: LoadResult;
  #mark: LoadMark;
  /** Address of the bookmark that the next commit comes upon. */
  #upon: string | undefined;
  #commits = 0;

  constructor(source: SourceTable, parts: TableLoadParts) {
    this.#source = source;
    this.#parts = parts;
    this.#upon = source.upon;
    this.#mark = { files: {}, ...source.mark, reading: source.mark?.reading ?? source.reading };
    this.#result = { table: source.into, rows: 0, quarantined: 0, files: { loaded: 0, replaced: 0, refused: 0, left: 0, gone: 0 }, problems: [] };
  }

  async run(): Promise<LoadResult> {
    const source = this.#source;
    const result = await describeRows(this.#parts.runner, source, this.#parts.signal);
    const { partitionBy = [] } = source.decl;
    let loaded = await loadedTable(this.#parts.lake, source.into, result, partitionBy);
    if (source.mark && source.mark.reading !== source.reading) this.#mark = { ...staleMark(this.#mark), reading: source.reading };
    if (loaded.recast.length > 0) {
      await this.#recast(loaded);
      loaded = await loadedTable(this.#parts.lake, source.into, result, partitionBy);
    }
    if (source.gone.length > 0) await this.#drop(loaded.table);
    for (const batch of batchesOf(fileChanges(source.files, this.#mark, source))) loaded = await this.#load(loaded, batch);
    return this.#result;
  }

  /** The rows that are there become what the new ones are; and as text may say a number in several ways, all files are read again. */
  async #recast(loaded: LoadedTable): Promise<void> {
    const { table, recast } = loaded;
    const reshape = await recastReshape(loaded);
    const text = recast.map(({ have, gives }) => `"${have.name}" becomes ${gives.type}`).join(", ");
    this.#parts.log.info(`columns take on another type: ${text}`);
    const now = await tableSource(table.at(await table.metadata()));
    await this.#staged(async (folder) => {
      const { runner, signal } = this.#parts;
      const given = new Map(reshape.fields.map(({ name }) => [name.toLowerCase(), { name, type: "" }]));
      const { files } = await runner.write({ sql: recastStatement(loaded), folder, signal, columns: columnsOf(reshape.fields, given), resolve: async (references) => ({ sources: references.map(() => now), known: [] }) });
      this.#mark = staleMark(this.#mark);
      await this.#commit(table, (request) => table.replaceRows({ ...request, files, reshape, where: everyRow }));
    });
  }

  /** Rows of files that are gone go. */
  async #drop(table: Table): Promise<void> {
    const { gone } = this.#source;
    const where = ofFiles(gone);
    const quarantine = await this.#quarantineTable();
    if (quarantine && (await quarantine.planFiles({ where })).files.length > 0) await (await quarantine.deleteRows({ where, ...this.#naming() })).publish();
    const names = new Set(gone);
    this.#mark = { ...this.#mark, files: Object.fromEntries(Object.entries(this.#mark.files).filter(([name]) => !names.has(name))) };
    await this.#commit(table, (request) => table.deleteRows({ ...request, where }));
    this.#result.files.gone += gone.length;
    this.#parts.log.info(`the rows of ${gone.length} files that are gone went with them`);
  }

  /** @returns the table as it is for the next batch */
  async #load(loaded: LoadedTable, batch: Batch): Promise<LoadedTable> {
    const { runner, signal, log } = this.#parts;
    const { table, columns, reshape } = loaded;
    return this.#staged(async (folder) => {
      const read = await readBatch(runner, this.#source, { files: batch.files, rows: "fitting", columns, folder, signal });
      const files = this.#account(batch, read);
      await this.#quarantine(files);
      const held = files.filter(({ kept }) => kept);
      this.#mark = { ...this.#mark, files: { ...this.#mark.files, ...Object.fromEntries(files.flatMap(({ name, mark }) => (mark ? [[name, mark]] : []))) } };
      const rows = { files: read.written.files, reshape };
      await this.#commit(table, (request) => (batch.replaces && held.length > 0 ? table.replaceRows({ ...request, ...rows, where: ofFiles(held.map(({ name }) => name)) }) : table.append({ ...request, ...rows })));
      this.#result.rows += read.written.rows;
      this.#result.files[batch.replaces ? "replaced" : "loaded"] += held.length;
      log.info(`${held.length} files are ${batch.replaces ? "loaded again" : "loaded"}`, { rows: read.written.rows, bytes: read.written.bytes });
      return { ...loaded, reshape: { ...reshape, columns: [] } };
    });
  }

  /** What has become of each file of a batch. */
  #account({ files }: Batch, { found, left }: ReadFiles): AccountedFile[] {
    const byPath = new Map(found.map((file) => [file.path, file]));
    return files.map((file): AccountedFile => {
      const { version, misfits = 0, error } = byPath.get(file.path) ?? {};
      const before = Object.hasOwn(this.#mark.files, file.name) ? this.#mark.files[file.name] : undefined;
      if (left.includes(file) || version === undefined || (error && passing.has(error.code))) {
        this.#tell(file, error?.code ?? "MR-FORMAT-004", error?.what ?? "the file changed while it was read", "left");
        return { ...file, kept: false, misfits: 0 };
      }
      const misfit = { version, shape: this.#source.shape };
      if (error) {
        this.#tell(file, error.code, error.what, "refused");
        return { ...file, kept: false, misfits: 1, wanted: version, mark: { rows: before?.rows ?? null, misfit } };
      }
      this.#result.quarantined += misfits;
      if (misfits > 0) this.#parts.log.warn(`${file.name}: ${misfits} rows do not fit, and are in ${quarantineOf(this.#source.into)}`);
      return { ...file, kept: true, misfits, wanted: version, mark: { rows: version, ...(misfits > 0 && { misfit }) } };
    });
  }

  #tell({ name }: NamedFile, code: string, what: string, how: "left" | "refused"): void {
    this.#result.files[how]++;
    if (this.#result.problems.length < problemsMax) this.#result.problems.push({ file: name, code, what });
    this.#parts.log.warn(`${name}: ${what}; ${how === "left" ? "the next run loads it" : "what was loaded of it before stays, and it is looked at again once it has changed"}`, { code });
  }

  /**
   * What does not fit takes the place of what did not fit before, file by file. It comes first: whoever is killed behind it
   * does the same once more.
   */
  async #quarantine(files: readonly AccountedFile[]): Promise<void> {
    const { runner, signal, lake } = this.#parts;
    const settled = files.filter(({ mark }) => mark);
    const bad = settled.filter(({ misfits }) => misfits > 0);
    const where = ofFiles(settled.map(({ name }) => name));
    const before = await this.#quarantineTable();
    const isThere = before !== undefined && (await before.planFiles({ where })).files.length > 0;
    if (bad.length === 0 && !isThere) return;
    const { table, columns } = await loadedTable(lake, quarantineOf(this.#source.into), quarantineColumns, []);
    await this.#staged(async (folder) => {
      const written = bad.length === 0 ? [] : (await readBatch(runner, this.#source, { files: bad, rows: "misfits", columns, folder, signal })).written.files;
      await (await table.replaceRows({ ...this.#naming(), files: written, where })).publish();
    });
  }

  async #quarantineTable(): Promise<Table | undefined> {
    const name = quarantineOf(this.#source.into);
    return (await this.#parts.lake.tables()).includes(name) ? this.#parts.lake.table(name) : undefined;
  }

  /** Makes a change and the bookmark visible together, upon the bookmark that it was made for and no other. */
  async #commit(table: Table, changeOf: (request: RowChangeRequest) => Promise<RowChange>): Promise<void> {
    const bookmark = await table.writeBookmark(this.#mark as unknown as Json);
    const summaryUpon = (parent: Snapshot | undefined): Record<string, string> => {
      const held = parent?.summary[bookmarkKey];
      // Rows without a bookmark are no load's: they have come since the plan.
      if (parent !== undefined && held === undefined) throw somebodyElses(table.name);
      if (held !== this.#upon) throw overtaken(table.name);
      return { [bookmarkKey]: bookmark };
    };
    const naming = this.#naming();
    await (await changeOf({ ...naming, summaryUpon })).publish();
    this.#upon = bookmark;
  }

  #naming(): RowChangeRequest {
    const { attempt, summary, signal } = this.#parts;
    signal.throwIfAborted();
    return { attempt: `${attempt}/${this.#commits++}`, summary };
  }

  async #staged<T>(work: (folder: string) => Promise<T>): Promise<T> {
    const folder = await this.#parts.lake.stage();
    try {
      return await work(folder);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
}

type AccountedFile = NamedFile & {
  /** The table holds its rows now. */
  kept: boolean;
  misfits: number;
  /** The version that was read. */
  wanted?: string;
  /** Absent: nothing is noted of it, and it stays to be loaded. */
  mark?: FileMark;
};

const quarantineColumns: ResultColumn[] = [
  { name: fileColumn, type: "VARCHAR" },
  { name: "line", type: "BIGINT" },
  { name: "raw", type: "VARCHAR" },
  { name: "reason", type: "VARCHAR" },
];

const ofFiles = (names: readonly string[]): Filter => ({ op: "in", column: fileColumn, values: [...names] });

function overtaken(table: string): MillraceError {
  return new MillraceError("MR-LAKE-002", { what: "another load of the table was first", where: `table "${table}"`, mend: "look at what there is to load now, and load that", retryable: true });
}
