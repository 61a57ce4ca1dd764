import { declared } from "../declared.ts";
import { definitionKind, definitionMark, type MartDefinition, type TableDefinition, type TopicDefinition } from "../definition.ts";
import { checkName, declarationText } from "../names.ts";
import { checkOptions, invalid } from "../option-checks.ts";
import { callSite, type Place } from "../place.ts";
import type { RecordOf, SchemaInput } from "../schema-types.ts";
import { isSql, type Sql, sql } from "../sql-tag.ts";
import { modelTable, type ModelTableOptions } from "../table.ts";

/** A table of a mart that says more than where its rows come from: options of a model. Without `materialize` it is a view. */
export type MartModel = ModelTableOptions | (ModelTableOptions<SchemaInput> & { schema: SchemaInput });

/** What stands behind a name of a mart: a table or topic as it is, a statement, or a model. */
export type MartSource = TableDefinition | TopicDefinition | Sql | MartModel;

export interface MartOptions<T extends Record<string, MartSource>> {
  description?: string;
  owner?: string;
  /** Audiences that may read it: what `millrace token create --for` is given. Default: none. */
  readers?: readonly string[];
  /** By their names within the mart. */
  tables: T;
}

/** The rows of a mart's table, as far as its source says what they are. */
type MartTable<S> = S extends { readonly [definitionMark]: "table" | "topic"; readonly record?: infer R } ? TableDefinition<R> : S extends { schema: infer Schema extends SchemaInput } ? TableDefinition<RecordOf<Schema>> : TableDefinition;

const readerForm = /^[A-Za-z0-9][A-Za-z0-9._@-]{0,63}$/;

/**
 * Declares what an audience may read: tables under names of their own, `mart.table`, which stand on others of the project. Who
 * reads them needs no right to what they stand on.
 * @example
 * mart("finance", { readers: ["finance-team"], tables: { revenue: daily, customers: sql`select id, region from ${customers}` } })
 * @throws MillraceError `MR-MODEL-001` for a name or option that cannot be
 */
export function mart<const T extends Record<string, MartSource>>(name: string, options: MartOptions<T>): MartDefinition<{ [K in keyof T]: MartTable<T[K]> }>;
export function mart(name: string, options: MartOptions<Record<string, MartSource>>): MartDefinition {
  const site = callSite(mart);
  const where = declarationText("mart", name, site);
  if (typeof name !== "string" || name.includes(".")) throw invalid(`${JSON.stringify(name) ?? String(name)} is no name for a mart`, where, "give the namespace of its tables: letters, digits, hyphens and underscores");
  checkOptions(options, ["description", "owner", "readers", "tables"], where);
  const { description, owner, readers = [], tables } = options;
  checkReaders(readers, where);
  if (typeof tables !== "object" || tables === null || Object.keys(tables).length === 0) throw invalid("the mart has no tables", where, "name at least one: tables: { revenue: daily }");
  const made = Object.entries(tables).map(([table, source]) => [table, martTable(`${name}.${table}`, source, owner, site)]);
  return declared({ [definitionMark]: "mart", name, description, owner, readers: [...new Set(readers)], tables: Object.fromEntries(made) as MartDefinition["tables"], site });
}

function checkReaders(readers: unknown, where: string): void {
  if (!Array.isArray(readers)) throw invalid("`readers` is no list", where, 'name audiences: readers: ["finance-team"]');
  const odd = readers.find((reader) => typeof reader !== "string" || !readerForm.test(reader));
  if (odd !== undefined) throw invalid(`${JSON.stringify(odd)} is no name for an audience`, where, "use 1 to 64 letters, digits, dots, hyphens, underscores and @; the first a letter or a digit");
}

function martTable(name: string, source: unknown, owner: string | undefined, site: Place | undefined): TableDefinition {
  checkName("table", name, site);
  const where = declarationText("table", name, site);
  const kind = definitionKind(source);
  if (kind === "table" || kind === "topic") return renamed(name, source as TableDefinition | TopicDefinition, owner, where, site);
  if (kind !== undefined) throw invalid(`a ${kind} cannot stand in a mart`, where, "give a table, a topic or a statement");
  if (isSql(source)) return modelTable(name, { sql: source, materialize: "view", owner }, where, site);
  if (typeof source !== "object" || source === null || !("sql" in source)) throw invalid("it is neither a table nor a statement", where, "give what table(…) returned, sql`select …`, or { sql: sql`select …`, materialize: \"table\" }");
  const options = source as ModelTableOptions;
  if (options.materialize === "ephemeral") throw invalid("a table of a mart is ephemeral, and nobody could read it", where, 'leave `materialize` out for a view, or write materialize: "table"');
  const isView = options.materialize === undefined && options.interval === undefined;
  return modelTable(name, { owner, ...options, ...(isView && { materialize: "view" as const }) }, where, site);
}

/** All columns of another dataset, with its time. */
function renamed(name: string, source: TableDefinition | TopicDefinition, owner: string | undefined, where: string, site: Place | undefined): TableDefinition {
  const { interval, eventTime, from } = source as TableDefinition;
  const time = interval ?? eventTime ?? from?.eventTime;
  return { ...modelTable(name, { sql: sql`select * from ${source}`, materialize: "view", owner }, where, site), eventTime: time };
}
