import type { Batch } from "../batch/batch.ts";
import type { ErrorJson, MillraceError } from "../errors.ts";
import type { Classifier } from "../formats/classifier.ts";
import type { FileFormat } from "../formats/file-format.ts";
import type { PartitionColumn } from "../formats/hive-partitions.ts";
import type { InferredField } from "../formats/inferred-type.ts";
import type { TableShape } from "../formats/recognise-files.ts";
import type { IcebergType } from "../lake/iceberg-type.ts";
import type { Place } from "../log/read-places.ts";
import type { Column } from "../model/manifest.ts";
import type { Lineage } from "./lineage/lineage.ts";
import type { SerializedSql } from "./statement-gate.ts";

/** A statement, what it may read, and how much it may use. */
export interface QueryRequest {
  /** One SELECT (or VALUES, FROM, TABLE, DESCRIBE, SUMMARIZE, PIVOT with its values). At most 64 KiB of UTF-8. */
  sql: string;
  /**
   * Called with the names that the statement reads, after it has passed the gate; then with those that its views read, round by round. Whoever gives it decides what
   * the caller may read: a name that is not resolved does not exist for the statement.
   */
  resolve(references: TableReference[], statement: GatedInfo): Promise<Resolution>;
  /** What the steps with keys in it may use, by name. No statement that comes from outside is given any: whoever may try values finds what a digest stands for. */
  secrets?: Readonly<Record<string, string>>;
  /** Also say where the columns of the result come from. */
  lineage?: boolean;
  /** In place of the statement's rows one row: the engine's plan as JSON, guessed or with what each step took. */
  explain?: "estimated" | "measured";
  /** Whether `resolve` is told the statement's tree. */
  tree?: boolean;
  limits?: Partial<QueryLimits>;
  /** Ends the query at once; the promise rejects with the signal's reason. */
  signal?: AbortSignal;
  /** Called when all that the statement reads is found and open: what fails from then on fails in the statement itself. */
  onOpened?(): void;
  /** Called about four times a second while the statement runs. */
  onProgress?(progress: QueryProgress): void;
}

/** What the gate knows of a statement beside what it reads. */
export interface GatedInfo {
  /**
   * The same for statements that mean the same over the same data, however they are written. Absent: the statement may
   * give another result each time, as one that asks for the time or for random numbers.
   */
  fingerprint?: string;
  /** What is asked for is not what the statement names, but what views among that read. */
  inViews?: true;
  /** The statement as the engine has parsed it, where that was asked for. */
  tree?: SerializedSql;
}

export interface QueryLimits {
  /** From the call to the last row, milliseconds. Default 30,000. The process is killed 2 s after it. */
  timeoutMs: number;
  /** What the statement may use beside the engine itself, bytes. Default 1 GiB, at least 64 MiB. */
  memoryBytes: number;
  /** Rows after which the result is cut. Default 10,000 for `runQuery`; for `streamQuery` there is no default. */
  rowsMax: number;
  /** Size of the result as JSON after which the statement fails, bytes. Default 64 MiB for `runQuery`. */
  resultBytesMax: number;
  /** What may be spilled to disk when memory does not suffice, bytes. Default 2 GiB. */
  spillBytesMax: number;
}

export interface QueryProgress {
  /** 0 to 100; absent while it is not known. */
  percent?: number;
}

/** A table or topic as the statement names it. */
export interface TableReference {
  /** `topics` for a topic. Absent: the statement gave none. */
  namespace?: string;
  name: string;
  /** The name as the statement writes it, in its parts. */
  parts: string[];
  /** The version that AT asks for; absent: the current one. */
  at?: TableVersion;
  /** What all rows that matter must fulfil: it may be used to leave files out, never in place of the statement's own WHERE. */
  conditions?: ColumnCondition[];
  /** Names in lower case among which are those of the columns that the statement uses. Absent: it may use any. */
  columns?: string[];
  /** `line 1, column 15`: where the statement says it first. */
  where: string;
}

/** A column against a constant, as the statement writes it. */
export interface ColumnCondition {
  column: string;
  op: "=" | "<" | "<=" | ">" | ">=";
  value: string | number;
  /** The type of the constant. */
  as: "VARCHAR" | "INTEGER" | "DATE" | "TIMESTAMP" | "TIMESTAMP WITH TIME ZONE";
}

/** A snapshot by its id or by the name of a tag or branch; or the one that was current at a time, in milliseconds since 1970. */
export type TableVersion = { version: string } | { timestampMs: number };

export interface Resolution {
  /** One for each reference, in their order; undefined where there is none. */
  sources: (SqlSource | undefined)[];
  /** Names that the caller might have meant, as the statement would write them: `sales.daily`, `topics.orders`. */
  known: string[];
}

export type SqlSource = TableSource | TopicSource | ViewSource | ResultSource | FilesSource | CopySource;

/**
 * Rows of an outside system, as CSV in UTF-8: every value in quotes, null as nothing, each row led by a cell that is not looked
 * at. They pass through this process a piece at a time and are kept in the child's own folder, up to `spillBytesMax`.
 */
export interface CopySource {
  kind: "copy";
  dataset?: string;
  /** In their order in the rows. */
  columns: CopyColumn[];
  /** Not all columns or rows are there: those that the statement asks for. */
  narrowed: boolean;
  rows: AsyncIterable<Uint8Array>;
}

export interface CopyColumn {
  name: string;
  type: CopyType;
}

/** DuckDB's name for a type that it reads from text, where BLOB is hexadecimal behind two characters; or a list, which is JSON of the texts of its elements. */
export type CopyType = string | { list: CopyType };

/** Files that somebody else writes, read where they are: CSV, JSON, logs, XML, Excel, Avro or Parquet, packed or not. */
export interface FilesSource {
  kind: "files";
  dataset?: string;
  /** How they are read. Absent: found out from them, in the process that runs the statement. */
  format?: FileFormat;
  /** What they hold, as columns. Absent: found out from them. */
  columns?: InferredField[];
  /** Rules that come before the built-in ones where the format is found out. */
  classifiers?: Classifier[];
  /** What the format must be found to be. Absent: anything. */
  formatKind?: FileFormat["kind"];
  /** Columns whose values stand in the paths. One that the files have as well gets `_partition` behind its name. */
  partitionColumns: PartitionColumn[];
  files: SourceFile[];
  /** The same for as long as the files are the same and are read in the same way. Absent: nobody can tell. */
  version?: string;
  /** Files that are left out, for no row of theirs could be in the result. */
  filesPruned?: number;
  /** Rows that do not fit the columns make the statement fail, or are left out and counted. Default `fail`. */
  onBadRows?: "fail" | "skip-and-tell";
  /** Called with what was found out of the files where `format` or `columns` are absent. */
  found?(shape: TableShape): void;
  /** Each file is accounted for by itself, in place of what `onBadRows` says. Needs `format` and `columns`. */
  perFile?: PerFile;
  /** Called with what was found of each file, before the statement runs. */
  onFiles?(found: FoundFile[]): void;
  /** Where paths are addresses of another place: brings the files of one statement to this machine. */
  fetch?(paths: readonly string[], signal: AbortSignal): Promise<FetchedFiles>;
}

/** Files of another place, for as long as a statement runs. */
export interface FetchedFiles {
  /** Of each, in their order: the path of its copy and the version that this is of; or why there is none. */
  files: ({ path: string; version: string } | MillraceError)[];
  release(): void;
}

/** How the rows of files are given where each file counts. */
export interface PerFile {
  /** Stands in each row and holds the name of its file. A column of the files that is called so gets `_in_file` behind its name. */
  fileColumn: string;
  /** Rows that fit; or in their place those that do not, with `line`, `raw` and `reason`: of a file that cannot be read one, with the reason alone. */
  rows: "fitting" | "misfits";
}

/** What was found of a file. */
export interface FoundFile {
  path: string;
  /** Of the file as it was opened; absent where it could not be. */
  version?: string;
  /** Rows that do not fit. */
  misfits: number;
  /** It cannot be read, and no row of it is given. */
  error?: ErrorJson;
}

export interface SourceFile {
  /** Absolute; or an address, where the source has `fetch`. */
  path: string;
  /** The only content that it may have: SHA-256 in hexadecimal. Absent: any. */
  sha256?: string;
  /** Value by name of partition column, as the path has it. */
  partition?: Record<string, string | null>;
  /** What its rows call it where `perFile` is. Default: its path. */
  name?: string;
  /** The only version that it may have, where `perFile` is. Absent: any. */
  version?: string;
}

/** What was left out of a source of files. */
export interface SkippedRows {
  dataset?: string;
  rows: number;
  /** Files of which no row was read. */
  files: number;
  /** The first of them. */
  first: { file: string; line?: number; reason: string };
}

/** The result of an earlier statement, in the file that it was kept in. */
export interface ResultSource {
  kind: "result";
  dataset?: string;
  path: string;
}

/** Rows that another statement gives. It passes the gate as well, and what it reads is resolved in turn. */
export interface ViewSource {
  kind: "view";
  dataset?: string;
  sql: string;
}

/** The files of one snapshot of a table. */
export interface TableSource {
  kind: "table";
  /** What it is called where it stands: for the lineage. */
  dataset?: string;
  /** Of the lake, where the table stands there and was ever written: the version that is read. */
  snapshotId?: bigint;
  columns: TableColumn[];
  /** Files of the version that are left out, for no row of theirs could be in the result. */
  filesPruned?: number;
  files: DataFile[];
  /** What is inside of the columns is called otherwise in some files, which are asked for their ids: the table's properties. */
  byFile?: Record<string, string>;
  /** Keeps the version from expiry for so long, or until it is released. @throws MillraceError `MR-LAKE-001` when it is there no more */
  hold?(forMs: number): Promise<{ release(): Promise<void> }>;
  /** Brings the files to where their paths are, and keeps them there until they are released. Absent: they are there. */
  bring?(signal: AbortSignal): Promise<{ release(): void }>;
}

export interface TableColumn {
  name: string;
  type: IcebergType;
  /** The field id in the Parquet files. When all columns have one, columns are found by it and not by name. */
  fieldId?: number;
}

export interface DataFile {
  /** Absolute path of a Parquet file. */
  path: string;
  /** SHA-256 in hexadecimal; checked before the file is read. A file once checked is not read again while it is unchanged. */
  sha256?: string;
  bytes?: number;
  /** Its address in the lake, as the files that delete rows of it name it. */
  location?: string;
  /** Parquet files with the positions of rows of it that are deleted. */
  deletes?: DataFile[];
}

/** Records of a topic up to ends that do not move while the statement runs. */
export interface TopicSource {
  kind: "topic";
  dataset?: string;
  columns: Column[];
  records: TopicRecords;
}

export type TopicRecords =
  /** Batches on disk, which the child reads by itself, as often as the statement needs them. */
  | { kind: "segments"; folder: string; batches: PlacedBatch[] }
  /** Batches from anywhere; they pass through this process one at a time and are kept in the child's own folder. */
  | { kind: "stream"; batches: AsyncIterable<TopicBatch> };

interface BatchRange {
  partition: number;
  /** Offset of the batch's first record. */
  offset: number;
  /** Records to leave out at the batch's beginning. Default 0. */
  skip?: number;
  /** Records to read after those. Default: to the batch's end. */
  take?: number;
}

export interface PlacedBatch extends BatchRange {
  place: Place;
}

export interface TopicBatch extends BatchRange {
  batch: Batch;
}

export interface QueryColumn {
  name: string;
  /** DuckDB's name for the type. */
  type: string;
}

/**
 * A value in a row. Whole numbers beyond 2 ** 53 and decimals of more than 15 digits are strings, as are dates, times,
 * timestamps (ISO 8601), intervals, blobs (base64) and doubles that JSON cannot say (`NaN`, `Infinity`, `-Infinity`).
 * Lists and arrays are arrays, structs are objects without prototype, maps are arrays of pairs.
 */
export type QueryValue = null | boolean | number | string | QueryValue[] | { [field: string]: QueryValue };

export interface QueryStats {
  /** From the call to the end of the result. */
  ms: number;
  /** From the call to the first row or the end. */
  firstRowMs: number;
  /** What was left out because it does not fit; absent where nothing was. */
  skipped?: SkippedRows[];
  /** Which limits stood under the statement: the operating system's, or only the engine's own. */
  memoryLimit: "system" | "engine";
}

export interface QueryResult {
  columns: QueryColumn[];
  /** Arrays, in the order of `columns`: names may repeat. */
  rows: QueryValue[][];
  rowCount: number;
  /** Where the columns come from, when it was asked for. */
  lineage?: Lineage;
  /** There were more than `rowsMax` rows. */
  truncated: boolean;
  stats: QueryStats;
}
