import { type CrawlerDecl, type CrawlerOptions, crawlerDecl } from "../crawler.ts";
import { type DagDefinition, definitionMark, type TableDefinition } from "../definition.ts";
import { defineDag } from "../dags/dag.ts";
import type { DagBuilder, TaskSpec } from "../dags/dag-builder.ts";
import type { DagOptions } from "../dags/dag-options.ts";
import { addMap } from "../dags/regions.ts";
import { oneOf } from "../dags/task-options.ts";
import { declared } from "../declared.ts";
import type { Json } from "../manifest.ts";
import { checkName, declarationText } from "../names.ts";
import { checkOptions, invalid } from "../option-checks.ts";
import type { PartitionOf } from "../partition.ts";
import { callSite, type Place } from "../place.ts";
import { type Check, statementCheckList } from "../quality/check-definition.ts";
import { every, type Schedule } from "../schedule.ts";
import { applyMapping, type ChoiceOption, type MappingEntry, type MisfitPolicy, resolveChoice } from "../nested.ts";
import { fileColumn, quarantineOf, type SourceDecl, type SourceTableDecl, type VanishedPolicy } from "./source-decl.ts";

export interface SourceFolderOptions extends Omit<CrawlerOptions, "into" | "tableLevel"> {
  /**
   * The folder, relative to the project's, or in a bucket: `s3://bucket/folder`. What is a table in it is found out; with `/*` behind it each folder in it is one,
   * with `/*` twice each folder in those.
   */
  at: string;
  /** How often it is looked at, as `"1h"`. Goes without `schedule`; without both it is when somebody asks. */
  every?: string;
  /** The database of the raw tables: the files, as they lie there. Default: the name with `_raw` behind it. */
  raw?: string;
  /** The database of the tables that they are loaded into. Default: the name. */
  processed?: string;
  /** What becomes of the rows of files that are gone. Default `keep`. */
  vanished?: VanishedPolicy;
  /** What is particular about tables, by the name without its database. Tables that are not named are loaded as they are. */
  tables?: Readonly<Record<string, SourceTableOptions>>;
}

export interface SourceTableOptions {
  /** Columns of mixed types, as columns of one type each: see `resolveChoice`. It comes before the mapping. */
  choices?: Readonly<Record<string, ChoiceOption>>;
  /** Fields renamed, cast, moved: see `applyMapping`. What is not named is dropped. Default: all as they are. */
  mapping?: readonly MappingEntry<Record<string, unknown>>[];
  /** Values that do not fit `choices` or `mapping`. Default `fail`. */
  misfits?: MisfitPolicy;
  /** As of the source folder, for this table. */
  vanished?: VanishedPolicy;
  /** How the loaded table is partitioned. Default: not at all. */
  partitionBy?: readonly PartitionOf<string>[];
  /** What must hold of the loaded rows: each version is judged, and who is told is told. */
  checks?: readonly Check[];
}

/** A source folder: a DAG, and the tables that it loads. */
export interface SourceFolderDefinition extends DagDefinition {
  /**
   * A table that it loads, to be read by models, tasks and schedules.
   * @param name - without its database
   */
  table<T = any>(name: string): TableDefinition<T>;
  /** Rows of that table which do not fit it, with file, line, text and reason. It is there once there is one. */
  quarantine(name: string): TableDefinition<QuarantinedRow>;
}

/** A row that does not fit its table; of a file that cannot be read there is one, with the reason alone. */
export interface QuarantinedRow {
  _file: string;
  line: number | null;
  raw: string | null;
  reason: string;
}

const ownNames = ["every", "raw", "processed", "vanished", "tables"] as const;
const crawlerNames = ["at", "connection", "policy", "combine", "classifiers", "exclude", "documents"] as const;
const tableNames = ["choices", "mapping", "misfits", "vanished", "partitionBy", "checks"] as const;
const databaseForm = /^[A-Za-z0-9_][A-Za-z0-9_-]{0,63}$/;

/**
 * Declares a folder of raw files that is to become tables, and stay so: a DAG that crawls it, finds which files are new or
 * have changed since, and loads these into tables of the lake, each file once.
 *
 * @example
 * export const jira = sourceFolder("jira", { at: "data/raw/jira/*", every: "1h" });
 * export const shop = sourceFolder("shop", { at: "s3://company-raw/shop/*", every: "15m" });
 * export const open = table("marts.open", { sql: sql`select key, status from ${jira.table("issues")}` });
 * @throws MillraceError `MR-MODEL-001` for a name or option that cannot be
 */
export function sourceFolder(name: string, options: SourceFolderOptions): SourceFolderDefinition {
  const site = callSite(sourceFolder);
  checkName("dag", name, site);
  const where = declarationText("source folder", name, site);
  if (typeof options !== "object" || options === null) throw invalid("the options are missing", where, 'give an object with at: "data/raw/…"');
  const { source, crawl } = read(name, options, where);
  const checked = checksOfTables(options.tables ?? {}, where);
  const tables = new Map<string, TableDefinition>();
  const named = (table: string): TableDefinition => {
    const full = `${source.processed}.${table}`;
    if (!tables.has(full)) tables.set(full, tableOf(full, name, checked.get(table), site));
    return tables.get(full) as TableDefinition;
  };
  const dag = defineDag(name, dagOptions(options, where), (builder) => build(builder, name, { source, crawl, site }), site);
  // A table is part of the project when somebody asks something of it, also where nobody reads it.
  const datasets = [...dag.datasets, ...[...checked.keys()].map(named)];
  return declared({ ...dag, datasets, table: named, quarantine: (table: string) => named(quarantineOf(table)) });
}

function checksOfTables(tables: Readonly<Record<string, SourceTableOptions>>, where: string): Map<string, Check[]> {
  const asked = Object.entries(tables).filter(([, { checks }]) => checks !== undefined);
  return new Map(asked.map(([table, { checks }]) => [table, statementCheckList(checks, `${where}, table "${table}"`)]));
}

/** Runs do not overlap: the next one does what the one before it has not come to. */
function dagOptions(options: SourceFolderOptions, where: string): DagOptions {
  const own: readonly string[] = [...ownNames, ...crawlerNames];
  const rest = Object.fromEntries(Object.entries(options).filter(([option]) => !own.includes(option))) as DagOptions;
  if (options.every !== undefined && rest.schedule !== undefined) throw invalid("it has both `every` and `schedule`", where, "leave one of them out");
  const schedule: Schedule | string | undefined = options.every === undefined ? rest.schedule : every(options.every);
  return { maxActiveRuns: 1, overlap: "skip", ...rest, ...(schedule !== undefined && { schedule }) };
}

interface Parts {
  source: SourceDecl;
  crawl: CrawlerDecl;
  site: Place | undefined;
}

const retries = { retries: 2, retryDelay: "30s" } as const;

function build(builder: DagBuilder, name: string, { source, crawl, site }: Parts): void {
  const settings = source as unknown as Json;
  const task = (spec: Pick<TaskSpec, "name" | "kind" | "inputs" | "options"> & { settings: Json }): TaskSpec => ({ ...spec, ownTimeout: false, read: () => ({ settings: spec.settings }), site });
  const crawled = builder.add({ prefix: "" }, task({ name: "crawl", kind: "crawl", inputs: undefined, options: { ...retries, concurrency: { key: `crawler:${name}`, max: 1 } }, settings: crawl as unknown as Json }));
  const changes = builder.add({ prefix: "" }, task({ name: "changes", kind: "changes", inputs: undefined, options: { ...retries, after: [crawled] as never }, settings }));
  addMap(builder, { prefix: "" }, "tables", changes, (item, scope) => void builder.add(scope, task({ name: "load", kind: "load", inputs: { table: item }, options: retries, settings })), {}, site);
}

function read(name: string, options: SourceFolderOptions, where: string): { source: SourceDecl; crawl: CrawlerDecl } {
  const database = name.toLowerCase().replace(/[^a-z0-9_]+/g, "_");
  const { raw = `${database}_raw`, processed = database, vanished = "keep", tables = {} } = options;
  for (const [option, value] of Object.entries({ raw, processed })) {
    if (typeof value !== "string" || !databaseForm.test(value)) throw invalid(`${JSON.stringify(value)} is no name for a database`, where, `use 1 to 64 letters, digits, hyphens and underscores in \`${option}\``);
  }
  if (raw.toLowerCase() === processed.toLowerCase()) throw invalid("`raw` and `processed` are one database", where, "give one of them another name");
  const { at, tableLevel } = placeOf(options.at, where);
  const ofCrawler = Object.fromEntries(crawlerNames.filter((option) => options[option] !== undefined).map((option) => [option, options[option]]));
  const crawl = crawlerDecl(name, { ...ofCrawler, at, into: raw, ...(tableLevel !== undefined && { tableLevel }) }, where);
  checkOptions(tables, Object.keys(tables), `${where}, tables`);
  const own = Object.fromEntries(Object.entries(tables).map(([table, each]) => [table, tableDecl(`${raw}.${table}`, each, `${where}, table "${table}"`)]));
  return { crawl, source: { raw, processed, at, ...(crawl.connection && { connection: crawl.connection }), vanished: vanishedOf(vanished, where), tables: own } };
}

/** `raw/jira/*`: the folders in `raw/jira` are tables. */
function placeOf(at: unknown, where: string): { at: string; tableLevel?: number } {
  if (typeof at !== "string" || at === "") throw invalid("it does not say where", where, 'give at: "data/raw/jira", a folder relative to the project\'s, or "data/raw/jira/*" where each folder in it is a table');
  const [, folder, stars] = /^(.*?)((?:\/\*)*)\/?$/s.exec(at) as unknown as [string, string, string];
  if (/[*?]/.test(folder) || folder === "") throw invalid(`${JSON.stringify(at)} is no folder`, where, "only whole folders at its end can be *, as in data/raw/jira/*; leave files out with `exclude`");
  return { at: folder, ...(stars !== "" && { tableLevel: 1 + stars.length / 2 }) };
}

function tableDecl(raw: string, options: SourceTableOptions, where: string): SourceTableDecl {
  checkOptions(options, tableNames, where);
  const { vanished, partitionBy } = options;
  const rows = reshaped(raw, options, where);
  return { ...(rows !== undefined && { rows }), ...(vanished !== undefined && { vanished: vanishedOf(vanished, where) }), ...(partitionBy !== undefined && { partitionBy: [...partitionBy] }) };
}

/** The raw table as it is to be read; the name of each row's file goes with it. */
function reshaped(raw: string, { choices, mapping, misfits }: SourceTableOptions, where: string): string | undefined {
  if (choices === undefined && mapping === undefined) {
    if (misfits !== undefined) throw invalid("it has `misfits` and neither `choices` nor `mapping`", where, "leave it out: rows that do not fit their file's columns are in quarantine in any case");
    return undefined;
  }
  const table: TableDefinition<Record<string, unknown>> = { [definitionMark]: "table", name: raw, partitionBy: [], commitEveryMs: 0 };
  const settled = choices === undefined ? table : resolveChoice(table, choices, { misfits });
  return mapping === undefined ? (settled as { text: string }).text : applyMapping(settled, [...mapping, { from: fileColumn, to: fileColumn }], { misfits }).text;
}

const vanishedOf = (vanished: unknown, where: string): VanishedPolicy => oneOf<VanishedPolicy>(vanished, ["keep", "delete"], "vanished", where);

function tableOf(name: string, source: string, checks: readonly Check[] | undefined, site: Place | undefined): TableDefinition {
  checkName("table", name, site);
  return { [definitionMark]: "table", name, writtenBy: "tasks", loadedBy: source, checks, partitionBy: [], commitEveryMs: 1_000, site };
}
