import type { ErrorJson } from "../../errors.ts";
import type { LeftOut } from "../file-tree.ts";
import type { TypeConflict } from "./table-columns.ts";

/** What a crawl has found, what it has changed, and why. */
export interface CrawlReport {
  crawl: string;
  crawler: string;
  location: string;
  /** The database of its tables. */
  into: string;
  /** ISO 8601. */
  startedAt: string;
  endedAt: string;
  /** Nothing of it was kept but this. */
  dryRun: boolean;
  files: {
    seen: number;
    bytes: number;
    /** Looked into by this crawl, and how much there was of these; others were as known. */
    read: number;
    readBytes: number;
    unreadable: number;
    leftOut: number;
  };
  tables: TableReport[];
  /** The first thousand files that could not be read. */
  unreadable: { path: string; error: ErrorJson }[];
  /** The first thousand that were passed over. */
  leftOut: LeftOut[];
}

/**
 * What became of a table.
 * - `new`, `changed` (its shape), `updated` (its files alone), `unchanged`.
 * - `deprecated`: kept for those who name it; `removed`; `kept`: nothing of it is there any more, and it stays as it is.
 */
export type TableAction = "new" | "changed" | "updated" | "unchanged" | "deprecated" | "removed" | "kept";

export interface TableReport {
  name: string;
  place: string;
  action: TableAction;
  /** The rules that made it, or that led to the action. */
  why: string[];
  format: string;
  files: number;
  bytes: number;
  rows: number | null;
  columns: number;
  partitionColumns: string[];
  /** Of its shape, in words, those left out by policy among them. */
  changes: string[];
  filesAdded: number;
  filesChanged: number;
  filesGone: number;
  conflicts: TypeConflict[];
  personal: { column: string; kind: string; confidence: number }[];
  warnings: string[];
}
