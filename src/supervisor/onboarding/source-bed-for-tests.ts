import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bucketTree } from "../../catalog/bucket-tree.ts";
import { CrawlBed } from "../../catalog/crawl-for-tests.ts";
import type { CrawlReport } from "../../catalog/crawl/crawl-report.ts";
import { folderFiles } from "../../files/folder.ts";
import { Lake } from "../../lake/lake.ts";
import { bucketPlace, isBucketAddress } from "../../model/bucket.ts";
import type { CrawlerDecl } from "../../model/crawler.ts";
import type { SourceDecl } from "../../model/onboarding/source-decl.ts";
import { sourceFolder, type SourceFolderOptions } from "../../model/onboarding/source-folder.ts";
import { resolveDatasets } from "../../sql/resolve-datasets.ts";
import { SqlRunner } from "../../sql/sql-runner.ts";
import { tableNow, tableSource } from "../../sql/table-source.ts";
import { sqliteState } from "../../state/sqlite.ts";
import type { StateStore } from "../../state/store.ts";
import { BucketFiles } from "../external/bucket-files.ts";
import { hasChanges } from "./load-mark.ts";
import { crawledTables, type SourceTable, sourceTables } from "./source-tables.ts";
import { type LoadResult, loadTable, type TableLoadParts } from "./table-load.ts";

type BedOptions = Partial<Omit<SourceFolderOptions, "at">> & { at?: string };

/** Buckets of the bed: those that addresses name. */
type OpenBucket = ConstructorParameters<typeof BucketFiles>[1];

/** A folder of raw files, a catalog and a lake: what a source folder's tasks work on, without a scheduler. */
export class SourceBed {
  readonly root: string;
  readonly crawls: CrawlBed;
  readonly lake: Lake;
  readonly runner: SqlRunner;
  readonly buckets: BucketFiles;
  readonly #state: StateStore;
  #attempts = 0;

  constructor(root: string, state: StateStore, runner: SqlRunner, open?: OpenBucket) {
    this.root = root;
    this.buckets = new BucketFiles(join(root, "copies"), open);
    this.#state = state;
    this.crawls = new CrawlBed(root, state);
    this.lake = new Lake({ files: folderFiles(join(root, "lake")), state });
    this.runner = runner;
  }

  static async make(runner = new SqlRunner({ concurrencyMax: 2, statementsPerProcess: 1_000 }), open?: OpenBucket): Promise<SourceBed> {
    return SourceBed.open(await mkdtemp(join(tmpdir(), "millrace-source-")), runner, open);
  }

  /** One that may have been there before. */
  static async open(root: string, runner: SqlRunner, open?: OpenBucket): Promise<SourceBed> {
    await mkdir(join(root, "raw"), { recursive: true });
    return new SourceBed(root, await sqliteState(join(root, "state.db")), runner, open);
  }

  write(files: Record<string, string | Uint8Array>): Promise<void> {
    return this.crawls.write(files);
  }

  async crawl(options: BedOptions = {}): Promise<CrawlReport> {
    const { at, connection, ...crawl } = settingsOf(options).crawl;
    const place = isBucketAddress(at) ? bucketPlace(at, at) : undefined;
    return this.crawls.crawl(crawl, { ...(place ? { tree: bucketTree(await this.buckets.bucket(place.bucket, connection), place.prefix, connection) } : { at: join(this.root, at) }), here: true });
  }

  async tables(options: BedOptions = {}): Promise<SourceTable[]> {
    // The bed's crawls call their crawler so.
    return sourceTables({ lake: this.lake, buckets: this.buckets, projectFolder: this.root }, settingsOf(options).source, await crawledTables(this.crawls.tables, "raw"));
  }

  /** Crawls, and loads what there is to load. */
  async run(options: BedOptions = {}): Promise<Record<string, LoadResult>> {
    await this.crawl(options);
    return this.load(options);
  }

  async load(options: BedOptions = {}): Promise<Record<string, LoadResult>> {
    const results: Record<string, LoadResult> = {};
    for (const table of await this.tables(options)) if (hasChanges(table.changes) || table.gone.length > 0) results[table.into] = await this.loadOne(table);
    return results;
  }

  /** @param parts - in place of the bed's own */
  loadOne(table: SourceTable, { lake = this.lake, runner = this.runner }: Partial<Pick<TableLoadParts, "lake" | "runner">> = {}): Promise<LoadResult> {
    const { signal } = new AbortController();
    return loadTable(table, { lake, runner, signal, attempt: `${process.pid}-${Date.now()}-${this.#attempts++}`, summary: {}, log: { info: () => undefined, warn: () => undefined } });
  }

  async sql(sql: string): Promise<unknown[][]> {
    const { rows } = await this.runner.run({
      sql,
      resolve: (references) => resolveDatasets(references, { tables: () => this.lake.tables(), topics: async () => [], openTable: async (name, at) => tableSource(await tableNow(this.lake, name), at), openTopic: () => Promise.reject(new Error("there are no topics")) }),
    });
    return rows;
  }

  async close(): Promise<void> {
    this.buckets.close();
    await this.lake.close();
    await this.#state.close();
  }

  async remove(): Promise<void> {
    await this.close();
    await rm(this.root, { recursive: true, force: true });
  }
}

function settingsOf(options: BedOptions): { crawl: CrawlerDecl; source: SourceDecl } {
  const { parts, faults } = sourceFolder("jira", { at: "raw/*", ...options });
  if (!parts) throw faults[0];
  const [crawl, changes] = parts.tasks.map(({ settings }) => settings as unknown);
  return { crawl: crawl as CrawlerDecl, source: changes as SourceDecl };
}
