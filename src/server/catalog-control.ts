import type { CatalogEntry } from "../catalog/catalog-entry.ts";
import type { CrawlSummary } from "../catalog/crawl/crawl.ts";
import type { CrawlReport } from "../catalog/crawl/crawl-report.ts";
import type { EntryVersion } from "../catalog/history.ts";
import type { NoteChange } from "../catalog/people-notes.ts";
import type { SearchHit } from "../catalog/search-entries.ts";
import type { CrawlerDecl } from "../model/crawler.ts";

/** What the server needs to show the catalog, to let people write in it, and to crawl. */
export interface CatalogControl {
  entries(): Promise<CatalogEntry[]>;
  search(text: string): Promise<SearchHit[]>;
  /** @throws MillraceError `MR-CATALOG-001` */
  entry(kind: string, name: string): Promise<CatalogEntry>;
  /** The newest first. @throws MillraceError `MR-CATALOG-001` */
  versions(kind: string, name: string): Promise<EntryVersion[]>;
  /** @param person - who says it, where that is known */
  note(kind: string, name: string, change: NoteChange, person: string | undefined): Promise<CatalogEntry>;
  crawlers(): Promise<CrawlerView[]>;
  /** Crawls at once, and answers when what was found is visible. Aborting `signal` ends it; the catalog stays as it was then. */
  crawl(request: CrawlCommand, signal: AbortSignal): Promise<CrawlReport>;
  /** The newest first. */
  crawls(crawler?: string): Promise<CrawlSummary[]>;
  /** @throws MillraceError `MR-CRAWL-001` */
  report(crawl: string): Promise<CrawlReport>;
}

/** A crawler that the project declares, with how its last crawl went. */
export interface CrawlerView extends CrawlerDecl {
  /** Also the name of its DAG. */
  name: string;
  tables: number;
  last: CrawlSummary | null;
}

export interface CrawlCommand {
  /** The name of a crawler of the project, or a folder: relative to the project's, or absolute. */
  target: string;
  /** The database of the tables of a folder. Default: the folder's name. */
  into?: string;
  dryRun?: boolean;
}
