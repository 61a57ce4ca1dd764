import type { StagedParquet } from "../lake/row-files.ts";
import type { IcebergType } from "../lake/iceberg-type.ts";
import type { SourceValue } from "../lake/transform.ts";
import type { ResultColumn } from "../lake/result-schema.ts";
import type { QueryLimits, QueryRequest, QueryStats } from "./query-request.ts";

/** A statement whose rows go into Parquet files of a table. It is held to what a statement that is read from is held to. */
export interface WriteRequest extends Pick<QueryRequest, "sql" | "secrets" | "resolve" | "signal" | "onProgress"> {
  limits?: Partial<WriteLimits>;
  /**
   * Of the files. The statement gives each by its name, in any order and any case, and no others. A function makes them of what
   * the statement gives; it is called before anything is written.
   */
  columns: WriteColumn[] | ((result: ResultColumn[]) => Promise<WriteColumn[]>);
  /** Columns that have one value in all rows, and which the statement must not give. Values as partitioning sees them. */
  constants?: Record<string, SourceValue>;
  /** Where the files go: a path of this machine at which nothing is yet. It is made; when the call fails it is gone again. */
  folder: string;
  /** The next file begins when one has about this size, bytes. Default 512 MiB. */
  fileBytesMax?: number;
}

/** `resultBytesMax`: the files together, as they lie on disk; default 32 GiB. */
export type WriteLimits = Pick<QueryLimits, "timeoutMs" | "memoryBytes" | "spillBytesMax" | "resultBytesMax">;

export interface WriteColumn {
  name: string;
  type: IcebergType;
  /** In the files: what Iceberg finds the column by. */
  fieldId: number;
  /** A null in it is an error. */
  required: boolean;
  /** The statement may leave it out: it is null then. */
  optional?: boolean;
  /** The text is JSON: text that is not is an error, lists and structs become JSON. */
  json?: boolean;
}

export interface WriteResult {
  rows: number;
  /** Of the files together. */
  bytes: number;
  /** None for a result without rows. */
  files: StagedParquet[];
  stats: Pick<QueryStats, "ms" | "memoryLimit" | "skipped">;
}
