import type { ErrorJson } from "../errors.ts";

/** What a source folder would do if it ran now. */
export interface SourcePlan {
  name: string;
  /** The folder that is looked at. */
  at: string;
  /** By name of the raw table. */
  tables: SourceTablePlan[];
  /** Files that cannot be read: how many, and the first twenty. */
  unreadable: { files: number; first: { path: string; error: ErrorJson }[] };
  /** Why it cannot be looked at. */
  error: ErrorJson | null;
}

export interface SourceTablePlan {
  raw: string;
  into: string;
  /** Of the raw table: `new`, `changed`, … */
  action: string;
  /** Of its shape, in words. */
  changes: string[];
  format: string;
  partitionColumns: string[];
  /** All that belong to the table. */
  files: number;
  bytes: number;
  /** Of the table that it is loaded into, as it will be. */
  columns: { name: string; type: string; change: "new" | "added" | "widened" | "recast" | null }[];
  load: { newFiles: number; changedFiles: number; goneFiles: number; bytes: number };
  error: ErrorJson | null;
}
