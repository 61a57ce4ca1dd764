import type { Readable } from "node:stream";
import type { ErrorJson } from "../errors.ts";
import type { Reader } from "../govern/reader.ts";
import type { Lineage } from "../sql/lineage/lineage.ts";
import type { ResultWindow } from "../sql/result-file.ts";

/** Statements as records: what ran, for whom, over what, at what cost. */
export interface QueryControl {
  /** Takes a statement and answers at once; it runs by itself from then on. Its record is on disk when this resolves. */
  submit(request: QuerySubmit): Promise<QueryView>;
  /** The newest first. */
  list(filter: QueryFilter): QueryView[];
  /** @throws MillraceError `MR-HTTP-005` when there is none, or no more */
  get(id: string): QueryView;
  /** The record once the query has ended, or as it stands after `waitMs`. */
  wait(id: string, waitMs: number): Promise<QueryView>;
  /** Ends it; one that has ended stays as it is. Throws as `get` does. */
  cancel(id: string): QueryView;
  /** A page of the result. @throws MillraceError `MR-HTTP-005` when there is none, or no more; the query's own error when it failed */
  page(id: string, page: ResultPageRequest, signal: AbortSignal): Promise<ResultPage>;
  /** How the engine would run a statement, or has run it. Aborting `signal` ends it. Throws as `sql` does. */
  plan(request: PlanRequest, signal: AbortSignal): Promise<QueryPlan>;
  /** The whole result as a Parquet file. Throws as `page` does. */
  parquet(id: string): Promise<{ bytes: number; body: Readable }>;
}

export interface QuerySubmit {
  sql: string;
  timeoutMs: number;
  /** Who asks, as the caller says. */
  by?: string;
  /** Who asks, where that is known: the statement may name what this reader may read, and nothing else. */
  reader?: Reader;
}

export interface PlanRequest {
  sql: string;
  /** Run it, and say what each step took. */
  measured: boolean;
  timeoutMs: number;
}

/** Steps of a statement, each over those whose rows it reads. */
export interface QueryPlan {
  /** Of the whole, in milliseconds; null where it was not run. */
  ms: number | null;
  steps: PlanStep[];
}

export interface PlanStep {
  /** The engine's name for what is done: `HASH_GROUP_BY`. */
  name: string;
  /** What it is done with, in the engine's words. */
  details: { name: string; text: string }[];
  /** Rows that it gives: counted, else the engine's guess; null where it makes none. */
  rows: number | null;
  /** In milliseconds of all processors; null where it was not run. */
  ms: number | null;
  steps: PlanStep[];
}

export type QueryState = "queued" | "running" | "succeeded" | "failed" | "cancelled";

export interface QueryFilter {
  states?: QueryState[];
  /** Only those that were made with this token. */
  token?: string;
  /** Only this one. */
  id?: string;
  /** Only those whose statement has this in it, in whatever case. */
  text?: string;
  /** Only those made before this one. */
  before?: string;
  limit: number;
}

/** What a query has read of a dataset. */
export interface QueryRead {
  dataset: string;
  kind: "table" | "topic" | "view" | "files" | "copy";
  /** Id of the snapshot, as a string: it has 63 bits. Null for what has no versions, and for a table without rows so far. */
  snapshot: string | null;
  files: number;
  /** Files of the version that were left out, for no row of theirs could be in the result. */
  filesPruned: number;
  bytes: number;
}

export interface QueryView {
  id: string;
  sql: string;
  by: string | null;
  /** Id of the reader's token that it was made with; null: the project's. */
  token: string | null;
  /** `query`: with a result that is kept; `sql`: answered at once. */
  kind: "query" | "sql";
  state: QueryState;
  /** ISO 8601. */
  createdAt: string;
  endedAt: string | null;
  /** 0 to 100; null while it is not known. */
  progress: number | null;
  cost: QueryCost;
  reads: QueryRead[];
  columns: { name: string; type: string }[] | null;
  /** What the reader of the result should know, such as rows of files that were left out. */
  notes?: string[];
  lineage: Lineage | null;
  /** The result was there already: the statement, and all that it reads, were as before. */
  cached: boolean;
  /** The query whose kept result this one shares; null where it has its own, or none. */
  resultOf: string | null;
  error: ErrorJson | null;
  /** When the result is removed; null where none is kept. */
  resultUntil: string | null;
}

export interface QueryCost {
  /** From its beginning to its end, waiting included. */
  ms: number | null;
  rows: number | null;
  /** Size of the data files that were opened. */
  bytesScanned: number;
  filesRead: number;
  filesPruned: number;
  /** Of the result that is kept. */
  resultBytes: number | null;
}

export type ResultPageRequest = ResultWindow;

export interface ResultPage {
  /** Those that were asked for. */
  columns: { name: string; type: string }[];
  rows: unknown[][];
  /** Rows of the whole result. */
  rowCount: number;
}
