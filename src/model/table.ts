import { declared } from "./declared.ts";
import { definitionKind, definitionMark, type TableDefinition, type TopicDefinition } from "./definition.ts";
import { durationMs } from "./duration.ts";
import { checkName, declarationText } from "./names.ts";
import { checkOptions, invalid } from "./option-checks.ts";
import { identity, type PartitionOf } from "./partition.ts";
import { modelOf, modelOptionNames, type ModelOptions } from "./models/model-options.ts";
import { callSite, type Place } from "./place.ts";
import { type Check, checkList } from "./quality/check-definition.ts";
import type { FieldOf, FieldOfType, RecordOf, SchemaInput } from "./schema-types.ts";

interface CommonOptions<T> {
  /** Transforms that split the table's files, as `[day("at")]`. Default: one partition. */
  partitionBy?: readonly PartitionOf<FieldOf<T>>[];
  /** Longest time between a record's arrival and its commit. Default "1s". Longer makes fewer, larger files. */
  commitEvery?: string;
  /** What must hold of its rows: each version is judged, and who is told is told. */
  checks?: readonly Check[];
}

export interface TableFromTopicOptions<T> extends CommonOptions<T> {
  /** The topic whose records are the rows. */
  from: TopicDefinition<T>;
}

export interface TableOptions<S extends SchemaInput, T = RecordOf<S>> extends CommonOptions<T> {
  /** What a row is, for a table that stages write to. */
  schema: S;
  /** The field that spreads the rows over writers. Default: rows are spread in turn. */
  key?: FieldOf<T>;
  /** The timestamp field that is the row's event time. Default: that of the record it was made from. */
  eventTime?: FieldOfType<T, string>;
  from?: never;
  interval?: never;
  writtenBy?: never;
}

/** A table that tasks of DAGs write. */
export type TaskTableOptions<S extends SchemaInput, T = RecordOf<S>> = {
  /** What a row is. */
  schema: S;
  from?: never;
  /** What must hold of its rows: each version is judged, and who is told is told. */
  checks?: readonly Check[];
} & (
  | {
      /**
       * The timestamp field that holds the start of the data interval that a row is of. Millrace fills it, and a task replaces the
       * rows of its run's interval and no others.
       */
      interval: FieldOfType<T, string>;
      writtenBy?: "tasks";
    }
  | {
      /** A task replaces all rows. */
      writtenBy: "tasks";
      partitionBy?: readonly PartitionOf<FieldOf<T>>[];
      interval?: never;
    }
);

/** A table whose rows are what a statement gives, and which Millrace builds. */
export type ModelTableOptions<S extends SchemaInput | undefined = undefined> = ModelOptions & {
  /** What a row is: a contract. The statement gives these columns and no others. Absent: the columns are what it gives. */
  schema?: S;
  /** The timestamp field that holds the start of the data interval that a row is of. Millrace fills it; a run replaces the rows of its interval. */
  interval?: string;
  partitionBy?: readonly PartitionOf<string>[];
  from?: never;
  writtenBy?: never;
};

const known = ["from", "schema", "key", "eventTime", "interval", "writtenBy", "partitionBy", "commitEvery", ...modelOptionNames] as const;

/**
 * Declares a versioned table in the lake, named `namespace.table`: the rows of a topic, rows that stages write, or rows that
 * tasks write, a data interval at a time or as a whole.
 * @example table("sales.orders", { from: orders, partitionBy: [day("at")] })
 * @example table("sales.daily", { schema: Daily, interval: "day" })
 * @example table("sales.customers", { sql: sql`select customer, count(*) as orders from ${orders} group by all` })
 * @throws MillraceError `MR-MODEL-001` for a name or option that cannot be, `MR-MODEL-005` for an unreadable duration
 */
export function table(name: string, options: ModelTableOptions): TableDefinition;
export function table<const S extends SchemaInput>(name: string, options: ModelTableOptions<S> & { schema: S }): TableDefinition<RecordOf<S>>;
export function table<T>(name: string, options: TableFromTopicOptions<T>): TableDefinition<T>;
export function table<const S extends SchemaInput>(name: string, options: TableOptions<S>): TableDefinition<RecordOf<S>>;
export function table<const S extends SchemaInput>(name: string, options: TaskTableOptions<S>): TableDefinition<RecordOf<S>>;
export function table(name: string, options: LooseOptions): TableDefinition {
  const site = callSite(table);
  checkName("table", name, site);
  const where = declarationText("table", name, site);
  checkOptions(options, known, where);
  if (options.sql === undefined) checkRows(options, where);
  else checkModel(options, where);
  return declared(define(name, options, where, site));
}

interface LooseOptions extends Partial<ModelOptions> {
  schema?: SchemaInput;
  from?: TopicDefinition;
  key?: string;
  eventTime?: string;
  interval?: string;
  writtenBy?: string;
  partitionBy?: readonly PartitionOf<string>[];
  commitEvery?: string;
}

/** A model that another declaration stands for, which tells of it itself. Throws as `table` does. */
export function modelTable(name: string, options: ModelTableOptions, where: string, site: Place | undefined): TableDefinition {
  checkOptions(options, known, where);
  checkModel(options as LooseOptions, where);
  return define(name, options as LooseOptions, where, site);
}

function define(name: string, options: LooseOptions, where: string, site: Place | undefined): TableDefinition {
  const { interval } = options;
  return {
    [definitionMark]: "table",
    name,
    schema: options.schema,
    from: options.from,
    key: options.key,
    eventTime: options.eventTime,
    interval,
    writtenBy: interval === undefined && options.writtenBy === undefined && options.sql === undefined ? undefined : "tasks",
    model: options.sql === undefined ? undefined : modelOf(name, options as ModelOptions, interval, where),
    checks: options.checks === undefined || options.sql !== undefined ? undefined : checkList(options.checks, where),
    partitionBy: interval === undefined ? [...(options.partitionBy ?? [])] : [identity(interval)],
    commitEveryMs: durationMs(options.commitEvery ?? "1s", `${where}, commitEvery`),
    site,
  };
}

function checkRows(options: LooseOptions, where: string): void {
  const { from, schema, partitionBy } = options;
  const stray = modelOptionNames.find((name) => name !== "checks" && options[name] !== undefined);
  if (stray !== undefined) throw invalid(`the table has \`${stray}\` and no \`sql\``, where, "give sql: sql`select …`, or leave it out");
  if (options.interval !== undefined || options.writtenBy !== undefined) checkTaskTable(options, where);
  if ((from === undefined) === (schema === undefined)) {
    throw invalid(from === undefined ? "the table says neither where its rows come from nor what they are" : "the table has both `from` and `schema`", where, "give `from: topic` for the rows of a topic, or `schema` for rows that stages write");
  }
  if (from !== undefined && definitionKind(from) !== "topic") throw invalid("`from` is not a topic", where, "give what topic(…) returned");
  if (from !== undefined && (options.key !== undefined || options.eventTime !== undefined)) throw invalid("a table of a topic has the topic's key and event time", where, "set `key` and `eventTime` on the topic");
  const fits = (field: unknown) => typeof field === "object" && field !== null && "transform" in field;
  if (partitionBy !== undefined && !(Array.isArray(partitionBy) && partitionBy.every(fits))) throw invalid("`partitionBy` is not a list of transforms", where, 'write [day("at")], [identity("country")] …');
}

/** What says how a model is built has no meaning without its statement, and what says where rows come from none with it. */
function checkModel(options: LooseOptions, where: string): void {
  for (const name of ["from", "writtenBy", "key", "eventTime", "commitEvery"] as const) {
    if (options[name] !== undefined) throw invalid(`the table has \`sql\` and \`${name}\``, where, `leave \`${name}\` out: its rows are what the statement gives`);
  }
  if (options.interval !== undefined && options.partitionBy !== undefined) throw invalid("a table with `interval` has `partitionBy`", where, "leave `partitionBy` out: the table is partitioned by its interval");
}

/** What belongs to rows that come one by one has no meaning for rows that come as a whole. */
function checkTaskTable(options: LooseOptions, where: string): void {
  const { interval, writtenBy } = options;
  if (writtenBy !== undefined && writtenBy !== "tasks") throw invalid(`writtenBy is ${JSON.stringify(writtenBy)}`, where, 'write writtenBy: "tasks", or leave it out for a table that stages write');
  if (interval !== undefined && typeof interval !== "string") throw invalid("`interval` is no name of a field", where, 'name the timestamp field that holds the start of the data interval, as interval: "day"');
  for (const name of ["from", "key", "eventTime", "commitEvery"] as const) {
    if (options[name] !== undefined) throw invalid(`a table that tasks write has \`${name}\``, where, `leave \`${name}\` out: it is for rows that stages write`);
  }
  if (interval !== undefined && options.partitionBy !== undefined) throw invalid("a table with `interval` has `partitionBy`", where, "leave `partitionBy` out: the table is partitioned by its interval");
}
