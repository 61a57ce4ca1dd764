import type { ErrorJson } from "../errors.ts";
import type { DagDecl } from "./dag-manifest.ts";
import type { ExternalDecl } from "./external-decl.ts";
import type { ContractDecl } from "./quality/contract-decl.ts";
import type { MartDecl } from "./marts/mart-decl.ts";
import type { ModelDecl } from "./models/model-decl.ts";
import type { CheckDecl } from "./quality/check-decl.ts";

/**
 * The type of a column, as it is stored in batches and tables.
 *
 * | type | in user code | in a batch | in Iceberg |
 * |---|---|---|---|
 * | string | string | dictionary of UTF-8 | string |
 * | boolean | boolean | bytes 0 and 1 | boolean |
 * | integer | number, a safe integer | int32 or float64 | long |
 * | number | number | float64 | double |
 * | timestamp | ISO 8601 string in UTC with milliseconds | float64, milliseconds since 1970 | timestamptz |
 * | date | `YYYY-MM-DD` string | dictionary of UTF-8 | date |
 * | json | any JSON value | dictionary of JSON text | string |
 */
export type ColumnType = "string" | "boolean" | "integer" | "number" | "timestamp" | "date" | "json";

export interface Column {
  name: string;
  type: ColumnType;
  /** The value may be `null`. A field that may be absent is nullable too. */
  nullable: boolean;
  /** The field may be absent from the record; it is stored as null and read back as absent. */
  optional?: boolean;
}

export type JsonSchema = { [key: string]: unknown };
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

export interface TopicDecl {
  name: string;
  /** JSON Schema, draft 2020-12, of one record: what the edge validates with. */
  schema: JsonSchema;
  columns: Column[];
  /** The field whose value chooses the partition. Absent: records are spread in turn. */
  key?: string;
  /** The timestamp field that is the record's event time. Absent: the time of arrival. */
  eventTime?: string;
  /** 1 to 1,024. Default 1. */
  partitions: number;
  /** Records older than this may be removed, in milliseconds. Absent: kept. */
  retentionMs?: number;
  /** The oldest records are removed when the topic is larger than this, in bytes. Absent: no limit. */
  retentionBytes?: number;
  /** Keep at least the newest record of each key and drop older ones. */
  compact?: boolean;
  /** What must hold of its records. Absent where nothing is asked. */
  checks?: CheckDecl[];
  /** Made by Millrace for a stage or a table, not declared by the user. */
  internal?: "dlq" | "late" | "redrive" | "feed";
  /** Where it was declared: file relative to the project, and the name of the export. */
  declaredAt?: string;
}

/** An Iceberg partition transform. `bucket` and `truncate` carry their parameter. */
export interface PartitionField {
  column: string;
  transform: "identity" | "year" | "month" | "day" | "hour" | "bucket" | "truncate";
  /** Buckets or width; for `bucket` and `truncate` alone. */
  parameter?: number;
}

export interface TableDecl {
  /** `namespace.table`. */
  name: string;
  columns: Column[];
  partitionBy: PartitionField[];
  /** The topic whose records are its rows. Absent for a table that tasks write. */
  from?: string;
  /** Tasks write it and stages do not: a data interval at a time where `interval` is there, else as a whole. */
  writtenBy?: "tasks";
  /** The field that holds the start of the data interval that a row is of. Millrace fills it; the rows are partitioned by it. */
  interval?: string;
  /** The DAG of the source folder that loads it. `columns` is empty: they are what its files hold. */
  loadedBy?: string;
  /** Its rows are what a statement gives. Without a contract `columns` is empty: they are what the statement gives, once it has run. */
  model?: ModelDecl;
  /** What must hold of its rows. Absent where nothing is asked, and for a model, whose own they are. */
  checks?: CheckDecl[];
  /** Longest time between a record's arrival and its commit, in milliseconds. Default 1,000. */
  commitEveryMs: number;
  declaredAt?: string;
}

export interface ScaleDecl {
  /** Fewest processes. Default 1. */
  min: number;
  /** Most processes; never more than partitions help. Default 1. */
  max: number;
  /** Seconds in which the backlog should drain; more than this adds a process. Default 10. */
  targetDrainSeconds: number;
}

export interface RetryDecl {
  /** Attempts on a record before it goes to the dead letters, the first included. Default 1. */
  attempts: number;
  /** Wait before the second attempt, in milliseconds; doubles each time, with jitter. Default 100. */
  backoffMs: number;
}

/** When a stage stops rather than draining its input into the dead letters. */
export interface FailureLimitDecl {
  /** Share of dead letters among the last `window` records above which the stage pauses, 0 to 1. Default 0.2. */
  ratio: number;
  /** Records looked at. Default 1,000. */
  window: number;
}

export type WindowDecl =
  | { kind: "tumbling"; sizeMs: number }
  | { kind: "hopping"; sizeMs: number; advanceMs: number }
  | { kind: "session"; gapMs: number };

/**
 * What a stage is.
 * - `record`, `batch`: user code on records of topics.
 * - `keyed`: user code runs per record, with what it remembers of the record's key.
 * - `aggregate`: a keyed aggregation, by window or running.
 * - `validate`: judges each record by checks. `profile`: says what records look like, part by part.
 * - `source`, `sink`: user code with one end outside. `http`, `files`: connectors of ours.
 * - `table`: writes a topic into a table.
 */
export type StageKind = "record" | "batch" | "keyed" | "aggregate" | "validate" | "profile" | "source" | "sink" | "http" | "files" | "table";

export interface StageDecl {
  name: string;
  kind: StageKind;
  /** Topics read. */
  from: string[];
  /** Alias in user code to topic written. A single unnamed output has the alias `out`. */
  to: Record<string, string>;
  /** Table written, for `kind: "table"`. */
  table?: string;
  /** The topic of its dead letters. */
  dlq?: string;
  /** The topic through which its dead letters come back to it. Read like `from`, but by nobody else. */
  redrive?: string;
  /** The topic of late records, for windows. */
  late?: string;
  /** A source that ends. */
  bounded?: boolean;
  /** File relative to the project folder and name of its export, for kinds that run user code. */
  module?: string;
  export?: string;
  scale: ScaleDecl;
  place: { cpu?: number; memoryBytes?: number; gpu?: number };
  retries: RetryDecl;
  failureLimit: FailureLimitDecl;
  /** Names of the secrets that its code may have, and no other. */
  secrets?: readonly string[];
  /** What must hold of the records that it reads, beside what their topics ask. */
  checks?: CheckDecl[];
  window?: WindowDecl;
  allowedLatenessMs?: number;
  /** How long a keyed stage remembers a key after its last record, of event time. Absent: always. */
  keepForMs?: number;
  /** Fields that the aggregation groups by, or whose values the stage remembers something of. */
  by?: string[];
  /** Settings of a connector, as JSON. */
  settings?: Json;
  /** For `kind: "record"`: the fields that its code can read, where that is known, and the digest of that code. */
  reads?: { of: string; fields: string[] };
  /** What a sink promises. */
  guarantee?: "transactional" | "idempotent" | "at-least-once";
  declaredAt?: string;
}

/** A file that could not be read, or a declaration that does not fit; the rest of the project goes on. */
export interface Problem extends ErrorJson {
  file: string;
}

/** A project as plain JSON: all that the control plane reads. */
export interface Manifest {
  manifestVersion: 1;
  project: string;
  /** Content hash of the manifest and of the project's files: the release. */
  release: string;
  /** The release that the topics, the stages, and the tables that those write are of; absent where the DAGs are of the same. Of a project as it runs, never of its files. */
  streams?: string;
  topics: Record<string, TopicDecl>;
  tables: Record<string, TableDecl>;
  stages: Record<string, StageDecl>;
  dags: Record<string, DagDecl>;
  /** What stands outside of the lake, by name: tables, and mounted databases. Absent where there is nothing. */
  external?: Record<string, ExternalDecl>;
  /** By name. Absent where there are none. */
  marts?: Record<string, MartDecl>;
  /** What consumers rely on, by name. Absent where there are none. */
  contracts?: Record<string, ContractDecl>;
  problems: Problem[];
}
