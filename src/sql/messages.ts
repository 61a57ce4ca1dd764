import type { ErrorJson } from "../errors.ts";
import type { Column } from "../model/manifest.ts";
import type { DataFile, PlacedBatch, QueryColumn, QueryLimits, QueryValue, TableColumn, TableReference } from "./query-request.ts";

/** What the parent tells the child, in this order: `query`, `sources`, any number of `batch`, `sourcesEnd`. */
export type ToChild =
  | { type: "query"; sql: string; limits: ChildLimits }
  | { type: "sources"; sources: SourceMessage[] }
  /** The batch itself is the message's body, encoded. */
  | { type: "batch"; source: number; partition: number; offset: number; skip: number; take: number }
  | { type: "sourcesEnd" };

export type ChildLimits = Pick<QueryLimits, "timeoutMs" | "memoryBytes" | "spillBytesMax"> & Partial<Pick<QueryLimits, "rowsMax" | "resultBytesMax">>;

/** A source, by the index of its reference. */
export type SourceMessage =
  | { kind: "table"; reference: number; columns: TableColumn[]; files: DataFile[] }
  /** `segments` absent: the batches follow as messages. */
  | { kind: "topic"; reference: number; columns: Column[]; segments?: { folder: string; batches: PlacedBatch[] } };

/** What the child tells the parent: `ready`, then after a query `references`, `checked`, `columns`, `rows`…, `end`; or `error` at any point. */
export type FromChild =
  | { type: "ready" }
  | { type: "references"; references: TableReference[] }
  /** Data files have their digests; those that were to be checked are as they were written. */
  | { type: "checked" }
  | { type: "columns"; columns: QueryColumn[] }
  | { type: "rows"; rows: QueryValue[][] }
  | { type: "progress"; percent?: number }
  | { type: "end"; truncated: boolean }
  | { type: "error"; error: ErrorJson };
