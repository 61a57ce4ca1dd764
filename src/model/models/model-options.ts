import { dagSettings, scheduleOption } from "../dags/dag-options.ts";
import { checkNumber, invalid } from "../option-checks.ts";
import { isSql, type Sql, sql } from "../sql-tag.ts";
import type { Materialization, SchemaPolicy } from "./model-decl.ts";
import { type Check, checkList, statementCheckList } from "../quality/check-definition.ts";
import type { ModelDefinition, ModelSchedule, UnitTest } from "./model-definition.ts";

/** What a model's statement may be made of. */
export interface ModelContext {
  /** The data interval of the run: to be put into the statement as it is. */
  readonly interval: { readonly start: Sql; readonly end: Sql };
  /** The table itself. It has no rows before it was built: see `incremental`. */
  readonly self: Sql;
  /** The table has rows, and the statement is to give what is new. */
  readonly incremental: boolean;
}

/** How a table's rows are made by a statement. */
export interface ModelOptions extends ModelSchedule {
  /** The statement that gives the rows: SQL, or a function that makes it of the run's interval and of whether the table has rows. */
  sql: Sql | ((context: ModelContext) => Sql);
  /** How the rows are kept: see `Materialization`. Default `table`; with `interval`, that interval's rows are replaced. */
  materialize?: "table" | "view" | "ephemeral" | "append" | Materialization;
  /** What is done when the statement gives other columns than the table has. Default `append`: new ones are added. */
  onSchemaChange?: SchemaPolicy;
  /** What must hold before a version is published. */
  checks?: readonly Check[];
  /** Rows that are given, and rows that must come of them, by name. */
  unitTests?: Readonly<Record<string, UnitTest>>;
  /** The DAG that builds it. Default: `models`, or one for each schedule. */
  dag?: string;
  /** Attempts after the first. Default 0. */
  retries?: number;
  description?: string;
  owner?: string;
  tags?: readonly string[];
  /** What is said of columns, by name. */
  columns?: Readonly<Record<string, string>>;
}

const scheduleOptionNames = ["schedule", "timezone", "start", "end", "catchup", "maxActiveRuns", "alerts", "deadlines"] as const;
export const modelOptionNames = ["sql", "materialize", "onSchemaChange", "checks", "unitTests", "dag", "retries", "description", "owner", "tags", "columns", ...scheduleOptionNames] as const;

const plainKinds = ["table", "view", "ephemeral", "append"] as const;

/** @param interval - the column that holds the start of the data interval, where the table has one */
export function modelOf(name: string, options: ModelOptions, interval: string | undefined, where: string): ModelDefinition {
  const schedule = Object.fromEntries(scheduleOptionNames.filter((option) => options[option] !== undefined).map((option) => [option, options[option]])) as ModelSchedule;
  const read = scheduleOption(schedule, where);
  if (read.code !== undefined) throw invalid("a model has a timetable in code", where, "give it a cron, an interval or a calendar");
  dagSettings(options.dag ?? name, schedule, read, where);
  const materialize = materialization(options.materialize, interval, where);
  return {
    materialize,
    statement: (incremental) => statement(name, options.sql, incremental, where),
    schedule,
    dag: options.dag,
    retries: options.retries === undefined ? undefined : checkNumber(options.retries, { name: "retries", min: 0, max: 10_000, fallback: 0, whole: true }, where),
    onSchemaChange: oneOf(options.onSchemaChange ?? "append", ["append", "sync", "fail", "ignore"], "onSchemaChange", where),
    checks: checksOf(options.checks ?? [], materialize, where),
    unitTests: options.unitTests ?? {},
    description: options.description,
    owner: options.owner,
    tags: [...(options.tags ?? [])],
    columnNotes: { ...options.columns },
  };
}

function materialization(option: ModelOptions["materialize"], interval: string | undefined, where: string): Materialization {
  if (interval !== undefined) {
    if (option !== undefined) throw invalid("a model with `interval` has `materialize`", where, "leave one out: with `interval` a run replaces the rows of its interval");
    return { kind: "interval", column: interval };
  }
  if (option === undefined || plainKinds.includes(option as "table")) return { kind: (option ?? "table") as "table" };
  if (typeof option === "object" && option !== null && typeof option.kind === "string") return option;
  throw invalid(`materialize is ${JSON.stringify(option)}`, where, 'use "table", "view", "ephemeral", "append", merge({ key }), replaceKeys({ key }) or history({ key })');
}

const place = (path: string): Sql => sql.raw(`{{ ${path} }}`);
const interval = { start: place("interval.start"), end: place("interval.end") };

function statement(name: string, given: ModelOptions["sql"], incremental: boolean, where: string): Sql {
  const self = sql.join(name.split(".").map((part) => sql.id(part)), sql.raw("."));
  const made: unknown = typeof given === "function" ? given({ interval, self, incremental }) : given;
  if (isSql(made)) return made;
  throw invalid("the model's statement is no SQL of the tag's", where, "write sql`select …`, or a function that returns it");
}

function checksOf(checks: unknown, { kind }: Materialization, where: string): Check[] {
  const list = kind === "view" ? statementCheckList(checks, where) : checkList(checks, where);
  if (list.length > 0 && kind === "ephemeral") throw invalid("a model without a name of its own has checks", where, 'use materialize: "view", or check what uses it');
  return list;
}

function oneOf<T extends string>(value: T, known: readonly T[], name: string, where: string): T {
  if (known.includes(value)) return value;
  throw invalid(`${name} is ${JSON.stringify(value)}`, where, `use one of ${known.join(", ")}`);
}
