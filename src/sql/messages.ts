import type { ErrorJson } from "../errors.ts";
import type { TableShape } from "../formats/recognise-files.ts";
import type { CheckedFiles } from "../formats/relation-sql.ts";
import type { Column } from "../model/manifest.ts";
import type { ResultColumn } from "../lake/result-schema.ts";
import type { Detected, DetectSpec } from "../quality/detect/detect.ts";
import type { ConstantColumn } from "./write-select.ts";
import type { Lineage } from "./lineage/lineage.ts";
import type { SerializedSql } from "./statement-gate.ts";
import type { StoredResult } from "./store-result.ts";
import type { WriteColumn } from "./write-request.ts";
import type { CopyColumn, DataFile, FilesSource, FoundFile, PlacedBatch, QueryColumn, QueryLimits, QueryValue, SkippedRows, TableColumn, TableReference } from "./query-request.ts";

/** What the parent tells the child, in this order: `query`; `sources`, any number of `batch` and `rows`, `sourcesEnd`, as often as the child says `references`; `columns`; and `again` when another query is to come. */
export type ToChild =
  | { type: "query"; sql: string; limits: ChildLimits; write?: WriteMessage; store?: StoreMessage; detect?: DetectSpec; lineage?: boolean; tree?: boolean; explain?: "estimated" | "measured"; shared?: readonly string[]; secrets?: Readonly<Record<string, string>> }
  | { type: "sources"; sources: SourceMessage[] }
  /** The batch itself is the message's body, encoded. */
  | { type: "batch"; source: number; partition: number; offset: number; skip: number; take: number }
  /** A piece of the source's rows is the message's body. */
  | { type: "rows"; source: number }
  | { type: "sourcesEnd" }
  /** The answer to `shape`. */
  | { type: "columns"; columns: WriteColumn[] }
  | { type: "again" };

export type ChildLimits = Pick<QueryLimits, "timeoutMs" | "memoryBytes" | "spillBytesMax"> & Partial<Pick<QueryLimits, "rowsMax" | "resultBytesMax">>;

/** The rows go into Parquet files and not to the parent. */
export interface WriteMessage {
  /** Absent: they are asked for once it is known what the statement gives. */
  columns?: WriteColumn[];
  constants: ConstantColumn[];
  /** Empty, and the only place where the engine may write. */
  folder: string;
  fileBytesMax: number;
}

/** The rows go into one file, whatever their columns are. */
export interface StoreMessage {
  /** Empty, and the only place where the engine may write. */
  folder: string;
  file: string;
}

/** A file as the child says it has written it. */
export interface WrittenFile {
  /** In the folder. */
  name: string;
  records: number;
  bytes: number;
  sha256: string;
  statistics: [column: string, values: [name: string, value: string][]][];
}

/** A source, by the index of its reference. */
export type SourceMessage =
  | { kind: "result"; reference: number; path: string }
  | { kind: "table"; reference: number; dataset?: string; columns: TableColumn[]; files: DataFile[]; byFile?: Record<string, string> }
  /** `segments` absent: the batches follow as messages. */
  | { kind: "topic"; reference: number; dataset?: string; columns: Column[]; segments?: { folder: string; batches: PlacedBatch[] } }
  | FilesMessage
  /** The rows follow as messages. */
  | { kind: "copy"; reference: number; dataset?: string; columns: CopyColumn[] }
  | { kind: "view"; reference: number; sql: string };

export type FilesMessage = { reference: number; checked?: CheckedFiles } & Omit<FilesSource, "found" | "onFiles" | "fetch">;

/** What the child tells the parent: `ready`, then after a query `references`, `checked`, `columns`, `rows`…, `end`, or `written`, or `stored`, or `detected`; or `error` at any point. */
export type FromChild =
  | { type: "ready" }
  /** What the statement reads; then what its views read, without a fingerprint; and so on until `checked`. */
  | { type: "references"; references: TableReference[]; fingerprint?: string; tree?: SerializedSql }
  /** What was found out of files, by the index of the source among those that were sent last. */
  | { type: "found"; source: number; shape?: TableShape; skipped?: Omit<SkippedRows, "dataset">; checked: CheckedFiles; files?: FoundFile[] }
  /** All that is read is open; data files that were to be checked are as they were written. */
  | { type: "checked" }
  /** What the statement gives, where the columns of what it writes depend on that. */
  | { type: "shape"; columns: ResultColumn[] }
  | { type: "columns"; columns: QueryColumn[]; lineage?: Lineage }
  | { type: "rows"; rows: QueryValue[][] }
  | { type: "progress"; percent?: number }
  | { type: "end"; truncated: boolean }
  | { type: "written"; files: WrittenFile[] }
  | { type: "stored"; result: StoredResult; lineage?: Lineage }
  | { type: "detected"; detected: Detected }
  | { type: "error"; error: ErrorJson };
