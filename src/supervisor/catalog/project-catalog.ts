import { existsSync } from "node:fs";
import { basename, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { Catalog } from "../../catalog/catalog.ts";
import type { CatalogEntry, QualityFact } from "../../catalog/catalog-entry.ts";
import type { CrawlSummary, PreparedCrawl } from "../../catalog/crawl/crawl.ts";
import type { CrawlBase } from "../../catalog/crawls.ts";
import type { CrawledTable } from "../../catalog/external-table.ts";
import type { CrawlReport } from "../../catalog/crawl/crawl-report.ts";
import { legalName } from "../../catalog/crawl/table-names.ts";
import { MillraceError } from "../../errors.ts";
import type { SharedFiles } from "../../files/shared-files.ts";
import { isBucketAddress } from "../../model/bucket.ts";
import { type CrawlerDecl, crawlerDecl } from "../../model/crawler.ts";
import type { Manifest } from "../../model/manifest.ts";
import { nearest } from "../../model/names.ts";
import { portablePath } from "../../model/place.ts";
import type { CatalogControl, CrawlCommand, CrawlerView } from "../../server/catalog-control.ts";
import type { StateStore, Swap } from "../../state/store.ts";
import { catalogFolder } from "../data-folder.ts";
import { filesAt } from "../external/files-at.ts";
import type { ProjectData } from "../project-data.ts";
import type { Duty } from "../duties.ts";
import { Rounds } from "../rounds.ts";
import { TablesKnown } from "../tables-known.ts";
import { TopicsKnown } from "../topics-known.ts";
import { crawlInProcess } from "./crawl-process.ts";
import { projectDatasets, saidByLake } from "./project-datasets.ts";

interface NamedType {
  name: string;
  type: string;
}

export interface ProjectCatalogOptions {
  data: ProjectData;
  state: StateStore;
  dataFolder: string;
  /** Over the catalog's folder in the data folder, in which crawls write. */
  files: SharedFiles;
  projectFolder: string;
  /** Versions that are kept of each entry. */
  keepVersions?: number;
  manifest: () => Manifest;
  /** The columns that a view's statement gives. */
  columnsOf(view: string): Promise<NamedType[]>;
  /** How a dataset was judged last: `sales.daily`, `topics.orders`. */
  qualityOf(dataset: string): Promise<QualityFact | undefined>;
  /** What is kept of a dataset's values goes: a column of it was said to be personal data, or not to be. */
  forgetValues(kind: string, name: string): Promise<void>;
  logger: { warn(fields: object, text: string): void };
}

/** Also for those who bring Millrace up for a short time alone. */
const firstMs = 2_000;
/** Whoever looks at a view waits so long for its columns. */
const columnsWaitMs = 10_000;
const everyMs = 60_000;

interface PrepareOptions {
  dryRun?: boolean;
  signal: AbortSignal;
  onProgress?(progress: { files: number; read: number }): void;
}

interface FinishedCrawl {
  report: CrawlReport;
  summary: CrawlSummary;
  /**
   * @param swap - makes all the swaps, or none and says so
   * @throws MillraceError `MR-CATALOG-003` when another crawl of the same crawler was first
   */
  publish(swap: (swaps: Swap[]) => Promise<boolean>): Promise<void>;
}

/** The catalog of a project as it runs, and its crawlers. */
export class ProjectCatalog implements CatalogControl, Duty {
  readonly catalog: Catalog;
  readonly #options: ProjectCatalogOptions;
  readonly #rounds: Rounds;
  /** At statements of views, by name. */
  readonly #looks = new Map<string, Promise<NamedType[]>>();

  constructor(options: ProjectCatalogOptions) {
    this.#options = options;
    const { state, files, keepVersions, manifest, data } = options;
    const inLake = new TablesKnown(data.lake, saidByLake);
    const inLog = new TopicsKnown(data.log);
    this.catalog = new Catalog({ state, files, keepVersions, datasets: async () => projectDatasets(manifest(), ...(await Promise.all([inLake.now(), inLog.now()]))) });
    const tell = (error: unknown): void => options.logger.warn({ err: error }, "the catalog could not be looked over");
    this.#rounds = new Rounds({ firstMs, everyMs, round: () => Promise.all([this.catalog.hear(), this.catalog.tidy()]).catch(tell) });
  }

  /** From now on it notes what the project and the lake come to say. */
  begin(): void {
    this.#rounds.begin();
  }

  /** Ends after the look under way. */
  rest(): Promise<void> {
    return this.#rounds.rest();
  }

  entries: CatalogControl["entries"] = () => this.catalog.entries();
  search: CatalogControl["search"] = (text) => this.catalog.search(text);
  /** A view has the columns that its statement gives: they are asked for when somebody looks at it. */
  async entry(kind: string, name: string): Promise<CatalogEntry> {
    const entry = await this.#judged(await this.catalog.entry(kind, name));
    const model = kind === "table" ? this.#options.manifest().tables[name]?.model : undefined;
    if (model?.materialize.kind !== "view") return entry;
    return withColumns(entry, await this.#columnsOf(name));
  }

  /** Who has waited long enough leaves the look to those who come next: it goes on, once for all who ask meanwhile. */
  async #columnsOf(view: string): Promise<NamedType[]> {
    const look = this.#looks.get(view) ?? this.#options.columnsOf(view).catch(() => []).finally(() => this.#looks.delete(view));
    this.#looks.set(view, look);
    const waited = new AbortController();
    const late = sleep(columnsWaitMs, [] as NamedType[], { signal: waited.signal, ref: false }).catch(() => []);
    return Promise.race([look, late]).finally(() => waited.abort());
  }

  /** What changes with each version of the rows is asked for, and is no version of the entry. */
  async #judged(entry: CatalogEntry): Promise<CatalogEntry> {
    const quality = await this.#options.qualityOf(entry.kind === "topic" ? `topics.${entry.name}` : entry.name);
    return quality ? { ...entry, facts: { ...entry.facts, quality } } : entry;
  }

  versions: CatalogControl["versions"] = (kind, name) => this.catalog.versions(kind, name);
  personalMarks: Catalog["personalMarks"] = (kind, name) => this.catalog.personalMarks(kind, name);
  /** Values that are kept go once nobody can come to keep them again. */
  note: CatalogControl["note"] = async (kind, name, change, person) => {
    const entry = await this.catalog.note(kind, name, change, person);
    if (Object.values(change.columns ?? {}).some(({ personal }) => personal !== undefined)) await this.#options.forgetValues(kind, name);
    return entry;
  };
  crawls: CatalogControl["crawls"] = (crawler) => this.catalog.crawls.list(crawler);

  async crawlers(): Promise<CrawlerView[]> {
    const [tables, crawls] = await Promise.all([this.catalog.tables.list(), this.catalog.crawls.list()]);
    return Object.entries(this.#declared()).map(([name, decl]) => ({ name, ...decl, tables: tables.filter(({ value }) => value.crawler === name).length, last: crawls.find(({ crawler, dryRun }) => crawler === name && !dryRun) ?? null }));
  }

  async report(crawl: string): Promise<CrawlReport> {
    const report = await this.catalog.crawls.report(crawl);
    if (report) return report;
    throw new MillraceError("MR-CRAWL-001", { what: `there is no crawl "${crawl}", or its report is kept no more`, where: "the catalog", mend: "look at `millrace crawls list`" });
  }

  async crawl({ target, into, dryRun = false }: CrawlCommand, signal: AbortSignal): Promise<CrawlReport> {
    const { name, decl } = this.#target(target, into);
    const { report, publish } = await this.prepare(name, decl, { dryRun, signal });
    await publish((swaps) => this.#options.state.swapAll(swaps));
    return report;
  }

  /**
   * Crawls, in a process of its own. Nothing of it is visible before `publish` has swapped it in.
   *
   * @throws MillraceError `MR-CRAWL-001` and `-003`
   */
  async prepare(name: string, decl: CrawlerDecl, { dryRun = false, signal, onProgress }: PrepareOptions): Promise<FinishedCrawl> {
    const { crawls } = this.catalog;
    const base = await this.#base(name, decl, dryRun);
    const { prepared, report } = await this.#crawled(base, decl, signal, onProgress);
    return {
      report,
      summary: prepared.summary,
      publish: async (swap) => {
        if (!(await swap(crawls.swaps(base, prepared, report)))) throw overtaken(name);
        await this.catalog.tidy().catch((error: unknown) => this.#options.logger.warn({ err: error }, "the catalog could not be tidied"));
      },
    };
  }

  async #base(name: string, decl: CrawlerDecl, dryRun: boolean): Promise<CrawlBase> {
    const { data, manifest } = this.#options;
    const { tables, external = {} } = manifest();
    const taken = [...new Set([...(await data.lake.tables()), ...Object.keys(tables), ...Object.keys(external)])];
    return this.catalog.crawls.base(name, decl, { taken, dryRun });
  }

  async #crawled({ request }: CrawlBase, { at, connection }: CrawlerDecl, signal: AbortSignal, onProgress: PrepareOptions["onProgress"] = () => undefined): Promise<{ prepared: PreparedCrawl; report: CrawlReport }> {
    const { dataFolder, files, projectFolder } = this.#options;
    for (const key of [request.known ?? "", ...request.tables.map(({ file }) => file)]) if (key !== "") await files.bring(key);
    const prepared = await crawlInProcess({ at: filesAt(projectFolder, at), connection, catalogFolder: catalogFolder(dataFolder), request }, signal, onProgress);
    for (const key of [prepared.known, prepared.report, ...Object.values(prepared.tables).map((table) => table?.file ?? "")]) if (key !== "") await files.publish(key);
    return { prepared, report: await this.catalog.files.read<CrawlReport>(prepared.report) };
  }

  /** What a crawl would find now: nothing of it becomes visible, and its files are swept away. */
  async look(name: string, decl: CrawlerDecl, signal: AbortSignal): Promise<{ report: CrawlReport; tables: CrawledTable[] }> {
    const base = await this.#base(name, decl, false);
    const { prepared, report } = await this.#crawled(base, decl, signal);
    const known = new Map(base.request.tables.map((table) => [table.name, table]));
    const found = report.tables.map((table) => (table.name in prepared.tables ? prepared.tables[table.name] : known.get(table.name)));
    const tables = await Promise.all(found.map((pointer) => (pointer && pointer.deprecated?.why !== "replaced" ? this.catalog.files.read<CrawledTable>(pointer.file) : undefined)));
    return { report, tables: tables.filter((table) => table !== undefined) };
  }

  /** Crawlers are DAGs of one task, which has their settings. */
  #declared(): Record<string, CrawlerDecl> {
    return Object.fromEntries(Object.values(this.#options.manifest().dags).flatMap(({ name, tasks }) => tasks.filter(({ kind }) => kind === "crawl").map(({ settings }) => [name, settings as unknown as CrawlerDecl])));
  }

  #target(target: string, into: string | undefined): { name: string; decl: CrawlerDecl } {
    const declared = this.#declared();
    if (Object.hasOwn(declared, target)) {
      if (into === undefined || into === declared[target].into) return { name: target, decl: declared[target] };
      throw new MillraceError("MR-HTTP-006", { what: `crawler "${target}" has a database of its own`, where: "into", mend: "change it in its declaration; `into` is for folders" });
    }
    if (isBucketAddress(target)) return { name: `bucket:${target.slice("s3://".length)}`, decl: crawlerDecl(target, { at: target, into: into ?? legalName(basename(target), "bucket") }, `bucket "${target}"`) };
    const { projectFolder } = this.#options;
    const folder = resolve(projectFolder, target);
    if (!existsSync(folder)) throw unknownTarget(target, Object.keys(declared));
    const at = portablePath(projectFolder, folder);
    const name = `folder:${at}`;
    return { name, decl: crawlerDecl(name, { at: at || ".", into: into ?? legalName(basename(folder), at) }, `folder "${target}"`) };
  }
}

/** What is said of a column stays, whoever says it; of a column that is there no more nothing is told. */
function withColumns(entry: CatalogEntry, columns: readonly NamedType[]): CatalogEntry {
  if (columns.length === 0) return entry;
  const said = new Map(entry.columns.map((column) => [column.name, column]));
  const typed = columns.map(({ name, type }) => ({ ...(said.get(name) ?? { name, description: null, tags: [], personal: null }), type: said.get(name)?.type ?? { value: type, by: { kind: "project" as const } } }));
  return { ...entry, columns: typed };
}

function overtaken(crawler: string): MillraceError {
  return new MillraceError("MR-CATALOG-003", { what: "another crawl of the same crawler was first", where: `crawler "${crawler}"`, mend: "look at what it has found; crawl again if need be", retryable: true });
}

function unknownTarget(target: string, crawlers: readonly string[]): MillraceError {
  const near = nearest(target, crawlers);
  return new MillraceError("MR-CRAWL-001", { what: `there is neither a crawler nor a folder "${target}"`, where: "the crawl", mend: near === undefined ? "name a crawler of the project, or a folder, relative to the project's" : `did you mean crawler "${near}"?` });
}
