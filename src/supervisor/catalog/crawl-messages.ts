import type { CrawlRequest, PreparedCrawl } from "../../catalog/crawl/crawl.ts";
import type { ErrorJson } from "../../errors.ts";
import type { BucketConnection } from "../../model/bucket.ts";

/** What a crawling process is told, once. */
export interface CrawlOrder {
  /** The folder to crawl, absolute; or an address, `s3://…`. */
  at: string;
  /** How that bucket is reached, secrets named. */
  connection?: BucketConnection;
  /** Where it may write: see `CatalogFiles`. */
  catalogFolder: string;
  request: CrawlRequest;
}

/** What it says: how far it is, any number of times, and then what came of it. */
export type CrawlReply = { type: "progress"; files: number; read: number } | { type: "done"; prepared: PreparedCrawl } | { type: "failed"; error: ErrorJson };
