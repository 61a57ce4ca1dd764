import type { ContractDecl } from "./quality/contract-decl.ts";
import type { StandardSchemaV1 } from "@standard-schema/spec";
import type { MillraceError } from "../errors.ts";
import type { DagDecl, TaskDecl } from "./dag-manifest.ts";
import type { PostgresDecl } from "./external-decl.ts";
import type { ExternalFiles } from "./external-table.ts";
import type { ModelDefinition } from "./models/model-definition.ts";
import type { Place } from "./place.ts";
import type { Check } from "./quality/check-definition.ts";
import type { TimetableCode } from "./schedule.ts";
import type { SecretAccess } from "./secret.ts";
import type { SchemaInput } from "./schema-types.ts";
import type { Column, FailureLimitDecl, Json, JsonSchema, PartitionField, RetryDecl, ScaleDecl, StageKind, WindowDecl } from "./manifest.ts";

/**
 * What the authoring functions return: plain data and the user's functions, with no I/O and no registration.
 * The manifest is built from these; the engine imports the module again and runs the functions.
 * A definition is recognised by this symbol, which is the same in every copy of the package.
 */
export const definitionMark: unique symbol = Symbol.for("millrace.definition");

/** Reads a schema of the user once: what the edge validates, and how a record is stored. */
export interface RecordSchema {
  jsonSchema: JsonSchema;
  columns: Column[];
  /** The user's own validator, which may check more than JSON Schema can say. Absent for plain JSON Schema. */
  standard?: StandardSchemaV1;
}

export interface TopicDefinition<T = any, K extends string = string> {
  readonly [definitionMark]: "topic";
  readonly name: string;
  /** As the user gave it. It becomes a `RecordSchema` when the project is read, so that a stage's process stays light. */
  readonly schema: SchemaInput;
  readonly key?: K;
  readonly eventTime?: string;
  readonly partitions: number;
  readonly retentionMs?: number;
  readonly retentionBytes?: number;
  readonly compact?: boolean;
  readonly checks?: readonly Check[];
  /** Where it was declared. */
  readonly site?: Place;
  /** Carries the record's type; never there at run time. */
  readonly record?: T;
}

export interface TableDefinition<T = any> {
  readonly [definitionMark]: "table";
  readonly name: string;
  /** Columns of a table that stages write to directly; absent when it takes them from `from`. */
  readonly schema?: SchemaInput;
  readonly from?: TopicDefinition<T>;
  readonly key?: string;
  readonly eventTime?: string;
  /** Of a table that tasks write: the field that holds the start of the data interval that a row is of. */
  readonly interval?: string;
  /** Tasks write it and stages do not: a data interval at a time where `interval` is there, else as a whole. */
  readonly writtenBy?: "tasks";
  readonly partitionBy: PartitionField[];
  readonly commitEveryMs: number;
  /** Of a table that is no model, whose own they are. */
  readonly checks?: readonly Check[];
  /** The source folder, by its name, that loads it. Its columns are what its files hold. */
  readonly loadedBy?: string;
  /** Of a table whose rows are what a statement gives. */
  readonly model?: ModelDefinition;
  /** Of a table that stands outside of the lake: files that others write, or a table of a mounted database. */
  readonly external?: ({ readonly kind: "files" } & ExternalFiles) | { readonly kind: "mount"; readonly mount: MountDefinition };
  /** Tables that were declared with it and are exported with it. */
  readonly beside?: readonly TableDefinition[];
  readonly site?: Place;
  readonly record?: T;
}

/** What user code may know about the record at hand. The object is reused: read it before the function returns. */
export interface RecordContext extends SecretAccess {
  readonly stage: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
  readonly key: string | null;
  /** Milliseconds since 1970. */
  readonly eventTime: number;
  readonly headers: readonly (readonly [string, string])[];
  /** 1 for the first attempt on this record. */
  readonly attempt: number;
  /** Aborted when the stage must stop. */
  readonly signal: AbortSignal;
  readonly log: StageLog;
}

export interface StageLog {
  debug(message: string, fields?: Record<string, unknown>): void;
  info(message: string, fields?: Record<string, unknown>): void;
  warn(message: string, fields?: Record<string, unknown>): void;
  error(message: string, fields?: Record<string, unknown>): void;
}

export interface EmitOptions {
  /** Key of the record; default: the output topic's key field. */
  key?: string | null;
  /** Event time in milliseconds; default: the output topic's event-time field, else that of the input record. */
  eventTime?: number;
  headers?: readonly (readonly [string, string])[];
}

/** `emit(record)` with one output, `emit(alias, record)` with several. At run time both are this. */
export type EmitFunction = (...args: any[]) => void;

export type RecordFunction = (record: any, emit: EmitFunction, context: RecordContext) => unknown;
export type KeyedFunction = (memory: any, record: any, emit: EmitFunction, context: RecordContext) => unknown;
export type BatchFunction = (records: any[], emit: EmitFunction, context: BatchContext) => unknown;

export interface BatchContext extends SecretAccess {
  readonly stage: string;
  readonly signal: AbortSignal;
  readonly log: StageLog;
}

/**
 * One aggregate. Built-in ones are data, so that they run on columns; `reduce` carries functions of the user.
 * The result of `count` is an integer; of the others a number, or null when no record had a value.
 */
export type Aggregate =
  | { op: "count" }
  | { op: "sum" | "mean" | "min" | "max"; field: string }
  /** Linear interpolation between the two nearest values, as SQL's `quantile_cont`. `q` from 0 to 1 inclusive. */
  | { op: "quantile"; field: string; q: number }
  | { op: "first" | "last"; field: string }
  /** The state must be JSON. */
  | { op: "reduce"; init: () => Json; add: (state: any, record: any) => any; merge?: (a: any, b: any) => any; result?: (state: any) => any };

export interface SourceContext extends SecretAccess {
  readonly stage: string;
  /** What the last committed batch carried as `position`; undefined at the very first start. */
  readonly position: any;
  readonly signal: AbortSignal;
  readonly log: StageLog;
}

/** What a source yields: records and where to go on after them, committed together. */
export interface SourceBatch<T = any> {
  records: T[];
  /** Any JSON value. */
  position: Json;
}

export interface SinkContext extends SecretAccess {
  readonly stage: string;
  /** Unique per batch and the same when it is delivered again: what an idempotent sink keys on. */
  readonly batchId: string;
  readonly signal: AbortSignal;
  readonly log: StageLog;
}

export interface StageDefinition<I = any, O = any> {
  readonly [definitionMark]: "stage";
  readonly site?: Place;
  /** Carry the types of the records read and written; never there at run time. */
  readonly input?: I;
  readonly output?: O;
  readonly name: string;
  readonly kind: StageKind;
  readonly from: (TopicDefinition | TableDefinition)[];
  /** Alias to dataset. A single output given without a name has the alias `out`. */
  readonly to: Record<string, TopicDefinition | TableDefinition>;
  readonly scale: ScaleDecl;
  readonly place: { cpu?: number; memoryBytes?: number; gpu?: number };
  readonly retries: RetryDecl;
  readonly failureLimit: FailureLimitDecl;
  /** Names of the secrets that its code may have, and no other. */
  readonly secrets?: readonly string[];
  /** Of the records that it reads. */
  readonly checks?: readonly Check[];
  /** Records under way at once when `run` is async; order is kept per key. Default 16. */
  readonly concurrency: number;
  readonly run?: RecordFunction;
  readonly runBatch?: BatchFunction;
  readonly runKeyed?: KeyedFunction;
  /** Of a keyed stage: what is remembered of a new key. */
  readonly init?: () => unknown;
  /** Of a keyed stage: how long a key is remembered after its last record, of event time. */
  readonly keepForMs?: number;
  readonly window?: WindowDecl;
  readonly allowedLatenessMs?: number;
  readonly by?: string[];
  readonly aggregate?: Record<string, Aggregate>;
  /**
   * Shapes the result of an aggregation: gets the group's fields, `window: {start, end}` in ISO 8601 (for windows), and
   * the aggregates. Always there when `aggregate` is: without one of the user's it gives the group's fields, the
   * aggregates and, for windows, `window_start` and `window_end`.
   */
  readonly result?: (row: any) => any;
  /** `result` is the user's own, so its fields are known only when it runs. */
  readonly shaped?: boolean;
  readonly source?: (context: SourceContext) => AsyncIterable<SourceBatch>;
  readonly bounded?: boolean;
  readonly sink?: (records: any[], context: SinkContext) => Promise<void>;
  readonly guarantee?: "transactional" | "idempotent" | "at-least-once";
  /** A connector's settings, as JSON. */
  readonly settings?: Json;
  /** The settings that hold paths of files: made relative to the project, so that a release is the same anywhere. */
  readonly pathSettings?: readonly string[];
}

/** What the user's code does for one task: its work, or the settings of what is run for it. */
export interface TaskCode {
  /**
   * Does the work, and gives the result. Of a `branch`: names of the tasks that go on, as a list. Of a `shortCircuit`: whether
   * all goes on. Of a `sensor`: a `SensorAnswer`.
   */
  readonly run?: (context: any) => unknown;
  /** Gives what stands in `settings` where no code is needed. Of a `wait`: `{ until }`, ISO 8601 in UTC. */
  readonly render?: (context: any) => Promise<Json>;
}

/** What a sensor's code gives, whatever the user's function returned. */
export type SensorAnswer = { done: false } | { done: true; value?: unknown };

/** A task as it is declared. */
export interface TaskParts extends Omit<TaskDecl, "declaredAt"> {
  readonly site?: Place;
}

/** A DAG as it is declared: what can be said of it without reading anything else. */
export type DagParts = Omit<DagDecl, "tasks" | "params" | "module" | "export" | "declaredAt"> & { tasks: TaskParts[] };

export interface DagDefinition<P = any> {
  readonly [definitionMark]: "dag";
  readonly name: string;
  /** Undefined where a fault leaves nothing to run. */
  readonly parts?: DagParts;
  /** As the user gave it; it becomes JSON Schema when the project is read. */
  readonly paramsSchema?: SchemaInput;
  /** A timetable in code: the one that the schedule `custom` names. */
  readonly timetable?: TimetableCode;
  /** By the name of the task; there for those that say `code: true`. */
  readonly code: ReadonlyMap<string, TaskCode>;
  /** Datasets that it writes, waits for or updates. */
  readonly datasets: readonly (TopicDefinition | TableDefinition)[];
  /** What is wrong with it. It is left out of the manifest when there is anything. */
  readonly faults: readonly MillraceError[];
  readonly site?: Place;
  /** Carries the type of its parameters; never there at run time. */
  readonly params?: P;
}

/** A database whose tables are read beside those of the lake, in a namespace of its own. */
export interface MountDefinition {
  readonly [definitionMark]: "mount";
  readonly name: string;
  readonly decl: Omit<PostgresDecl, "declaredAt">;
  /** One of its tables, to be put into a statement. */
  table(name: string): TableDefinition;
  readonly site?: Place;
}

/** Tables under names of their own, and the audiences that may read them. */
export interface MartDefinition<T extends Record<string, TableDefinition> = Record<string, TableDefinition>> {
  readonly [definitionMark]: "mart";
  readonly name: string;
  readonly description?: string;
  readonly owner?: string;
  readonly readers: readonly string[];
  /** By their names within it. */
  readonly tables: T;
  readonly site?: Place;
}

/** What a consumer relies on of a dataset. */
export interface ContractDefinition {
  readonly [definitionMark]: "contract";
  readonly name: string;
  readonly dataset: TopicDefinition | TableDefinition;
  readonly decl: Omit<ContractDecl, "declaredAt">;
  readonly site?: Place;
}

export type Definition = TopicDefinition | TableDefinition | StageDefinition | DagDefinition | MountDefinition | MartDefinition | ContractDefinition;

type DefinitionKind = "topic" | "table" | "stage" | "dag" | "mount" | "mart" | "contract";

/** Whether a value exported by a user's module is a definition, and of what. */
export function definitionKind(value: unknown): DefinitionKind | undefined {
  if (typeof value !== "object" || value === null) return undefined;
  return (value as { [definitionMark]?: DefinitionKind })[definitionMark];
}
