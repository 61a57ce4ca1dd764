import type { StateStore, Swap } from "../state/store.ts";
import type { CatalogFiles } from "./catalog-files.ts";
import type { CrawlRequest, CrawlSummary, PreparedCrawl } from "./crawl/crawl.ts";
import type { CrawlReport } from "./crawl/crawl-report.ts";
import type { ExternalTables } from "./external-tables.ts";
import { tablesCollection } from "./external-tables.ts";
import type { CatalogHistory } from "./history.ts";

/** What a crawl begins with, and the versions of what it is to replace. */
export interface CrawlBase {
  request: CrawlRequest;
  /** By key, of the pointers of its tables. */
  versions: Record<string, number>;
  /** Of the crawler's own entry. */
  version: number;
}

/** A type, so that it passes as JSON. */
type CrawlerState = { known: string | null; crawl: string | null };
type KeptCrawl = { summary: CrawlSummary; report: string };

const crawlersCollection = "catalog.crawlers";
const crawlsCollection = "catalog.crawls";
/** Reports that are kept of each crawler. */
const crawlsMax = 50;

/** Crawls: what each begins with, how all that it has found becomes visible at once, and the reports of those that there were. */
export class Crawls {
  readonly #state: StateStore;
  readonly #files: CatalogFiles;
  readonly #tables: ExternalTables;
  readonly #history: CatalogHistory;

  constructor(parts: { state: StateStore; files: CatalogFiles; tables: ExternalTables; history: CatalogHistory }) {
    this.#state = parts.state;
    this.#files = parts.files;
    this.#tables = parts.tables;
    this.#history = parts.history;
  }

  /** @param taken - names of tables that are not crawled */
  async base(crawler: string, decl: CrawlRequest["decl"], { taken, dryRun }: { taken: readonly string[]; dryRun: boolean }): Promise<CrawlBase> {
    const known = await this.#state.get<CrawlerState>(crawlersCollection, crawler);
    const all = await this.#tables.list();
    const own = all.filter(({ value }) => value.crawler === crawler);
    const others = all.filter(({ value }) => value.crawler !== crawler).map(({ value }) => value.name);
    return {
      request: { crawler, decl, tables: own.map(({ value }) => value), known: known?.value.known ?? null, taken: [...taken, ...others], dryRun },
      versions: Object.fromEntries(own.map(({ value, version }) => [value.name, version])),
      version: known?.version ?? 0,
    };
  }

  /** What makes a crawl's tables, its report and the version of each entry visible: all of it or, when another was first, nothing. */
  swaps({ request, versions, version }: CrawlBase, { crawl, tables, known, report, summary }: PreparedCrawl, reports: CrawlReport): Swap[] {
    const kept: Swap = { collection: crawlsCollection, key: crawl, expected: 0, value: { summary, report } satisfies KeptCrawl };
    if (request.dryRun) return [kept];
    const said = new Map(reports.tables.map((table) => [table.name, table]));
    const entries = Object.entries(tables).flatMap(([name, pointer]): Swap[] => {
      const { action, why, changes } = said.get(name) as CrawlReport["tables"][number];
      const swap: Swap = { collection: tablesCollection, key: name, expected: versions[name] ?? 0, value: pointer ?? undefined };
      // New files are no new version of what the table is.
      if (action === "updated") return [swap];
      return [swap, this.#history.swap(`table:${name}`, { by: { kind: "crawler", name: request.crawler }, changes: [`${action}: ${why.join("; ")}`, ...changes], crawl, ...(pointer && { file: pointer.file }) })];
    });
    return [...entries, { collection: crawlersCollection, key: request.crawler, expected: version, value: { known, crawl } satisfies CrawlerState }, kept];
  }

  /** The newest first. */
  async list(crawler?: string): Promise<CrawlSummary[]> {
    const all = (await this.#state.list<KeptCrawl>(crawlsCollection)).map(({ value }) => value.summary);
    return all.filter((each) => crawler === undefined || each.crawler === crawler).sort((a, b) => (a.startedAt < b.startedAt ? 1 : -1));
  }

  /** Undefined where there is none, or it is kept no more. */
  async report(crawl: string): Promise<CrawlReport | undefined> {
    const found = await this.#state.get<KeptCrawl>(crawlsCollection, crawl);
    return found && this.#files.read<CrawlReport>(found.value.report);
  }

  /** Removes reports and versions that are more than is kept, and files that nothing points at any more. */
  async tidy(ageMs: number): Promise<void> {
    for (const [, summaries] of Map.groupBy(await this.list(), ({ crawler }) => crawler)) for (const { crawl } of summaries.slice(crawlsMax)) await this.#state.delete(crawlsCollection, crawl);
    const pointers = await this.#tables.list();
    for (const { value } of pointers) await this.#history.trim(`table:${value.name}`);
    const versions = await Promise.all(pointers.map(({ value }) => this.#history.of(`table:${value.name}`)));
    const reports = (await this.#state.list<KeptCrawl>(crawlsCollection)).map(({ value }) => value.report);
    const crawlers = (await this.#state.list<CrawlerState>(crawlersCollection)).map(({ value }) => value.known ?? "");
    await this.#files.sweep(new Set([...pointers.map(({ value }) => value.file), ...versions.flat().map(({ file = "" }) => file), ...reports, ...crawlers]), ageMs);
  }
}
