import type { BucketConnection } from "../bucket.ts";
import type { PartitionField } from "../manifest.ts";

/**
 * What becomes of the rows of a file that is gone.
 * - `keep`: they stay. The default.
 * - `delete`: they go with it.
 */
export type VanishedPolicy = "keep" | "delete";

/** A source folder as plain JSON: the settings of the tasks that load its tables. */
export interface SourceDecl {
  /** The database of the tables that the crawl finds. */
  raw: string;
  /** The database of the tables that they are loaded into. */
  processed: string;
  /** The folder; relative to the project's, or absolute; or an address, `s3://…`. Files are named from there. */
  at: string;
  /** How that bucket is reached. */
  connection?: BucketConnection;
  /** Of the tables that say nothing else. */
  vanished: VanishedPolicy;
  /** By the name without its database. */
  tables: Record<string, SourceTableDecl>;
}

/** How one table is loaded. */
export interface SourceTableDecl {
  /** What stands behind FROM in place of the raw table: a call that reshapes it. */
  rows?: string;
  vanished?: VanishedPolicy;
  partitionBy?: PartitionField[];
}

/** The column that names the file of each row. */
export const fileColumn = "_file";

/** The table of rows that do not fit their table. */
export const quarantineOf = (table: string): string => `${table}_quarantine`;
