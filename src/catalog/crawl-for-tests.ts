import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach } from "vitest";
import { asMillraceError } from "../errors.ts";
import { type FileSource, withFile } from "../formats/file-source.ts";
import { recogniseFile } from "../formats/recognise.ts";
import { folderFiles } from "../files/folder.ts";
import { crawlerDecl, type CrawlerOptions } from "../model/crawler.ts";
import { sqliteState } from "../state/sqlite.ts";
import type { StateStore } from "../state/store.ts";
import { CatalogFiles } from "./catalog-files.ts";
import { crawl, type CrawlRequest, type CrawlSurroundings } from "./crawl/crawl.ts";
import { type KnownFile, type KnownFiles, rulesText, stillKnown } from "./crawl/known-files.ts";
import { type FileTree, isLeftOut } from "./file-tree.ts";
import type { CrawlReport, TableReport } from "./crawl/crawl-report.ts";
import { Crawls } from "./crawls.ts";
import { ExternalTables } from "./external-tables.ts";
import { folderTree } from "./folder-tree.ts";
import { CatalogHistory } from "./history.ts";

interface CrawlOptions extends Partial<CrawlSurroundings> {
  dryRun?: boolean;
  /** Default: the bed's folder of raw files. */
  at?: string;
  /** Files are recognised in this process, which is quicker. Default: by processes of their own, as always. */
  here?: boolean;
}

/** A folder of raw files, and a catalog. */
export class CrawlBed {
  readonly raw: string;
  readonly state: StateStore;
  readonly files: CatalogFiles;
  readonly tables: ExternalTables;
  readonly history: CatalogHistory;
  readonly crawls: Crawls;

  constructor(root: string, state: StateStore) {
    this.raw = join(root, "raw");
    this.state = state;
    this.files = new CatalogFiles(folderFiles(join(root, "catalog")));
    this.tables = new ExternalTables(state, this.files);
    this.history = new CatalogHistory(state, 100);
    this.crawls = new Crawls(this);
  }

  async write(files: Record<string, string | Uint8Array>): Promise<void> {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(this.raw, path)), { recursive: true });
      await writeFile(join(this.raw, path), content);
    }
  }

  remove(path: string): Promise<void> {
    return rm(join(this.raw, path), { recursive: true });
  }

  /** What a crawl would know of all files, had there been one before it. */
  async #recognised({ decl: { classifiers, documents }, known: key }: CrawlRequest, tree: FileTree): Promise<string> {
    const rules = rulesText({ classifiers, documents });
    const found = (await all(tree.walk(() => false))).flatMap((entry) => (isLeftOut(entry) ? [] : [entry]));
    const before = stillKnown(key === null ? undefined : await this.files.read<KnownFiles>(key), rules, found);
    const files: KnownFile[] = [];
    for (const file of found) {
      const { path, version } = file;
      const use = (source: FileSource) => recogniseFile(source, { classifiers, documents });
      const far = tree.open?.(file);
      const recognise = () => (far ? use(far) : withFile(tree.address(path), use));
      files.push(before.get(path) ?? (await recognise().then((found) => ({ path, version, found }), (error) => ({ path, version, error: asMillraceError(error, path).toJSON() }))));
    }
    return this.files.write("known", { rules, files } satisfies KnownFiles);
  }

  /** A whole crawl, until what it has found is visible. */
  async crawl(options: Partial<CrawlerOptions> = {}, { dryRun = false, at = this.raw, tree = folderTree(at), here = false, ...surroundings }: CrawlOptions = {}): Promise<CrawlReport> {
    const base = await this.crawls.base("raw", crawlerDecl("raw", { at: "raw", ...options }, "a test"), { taken: [], dryRun });
    if (here) base.request.known = await this.#recognised(base.request, tree);
    const prepared = await crawl(base.request, { tree, files: this.files, signal: new AbortController().signal, processes: 2, ...surroundings });
    const report = await this.files.read<CrawlReport>(prepared.report);
    if (!(await this.state.swapAll(this.crawls.swaps(base, prepared, report)))) throw new Error("another was first");
    return report;
  }
}

async function all<T>(each: AsyncIterable<T>): Promise<T[]> {
  const list: T[] = [];
  for await (const one of each) list.push(one);
  return list;
}

/** One of its own for each test. */
export function crawlBed(): () => CrawlBed {
  let bed: CrawlBed;
  let root: string;
  beforeEach(async () => {
    root = await mkdtemp(join(tmpdir(), "millrace-crawl-"));
    await mkdir(join(root, "raw"));
    bed = new CrawlBed(root, await sqliteState(join(root, "state.db")));
  });
  afterEach(async () => {
    await bed.state.close();
    await rm(root, { recursive: true, force: true });
  });
  return () => bed;
}

/** Names of tables with what became of them. */
export const actions = ({ tables }: CrawlReport): Record<string, TableReport["action"]> => Object.fromEntries(tables.map(({ name, action }) => [name, action]));
