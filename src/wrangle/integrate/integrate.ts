import { definitionKind, type TableDefinition } from "../../model/definition.ts";
import { type Rows, type RowsInput, reshapingCall, rowsSql } from "../../model/nested.ts";
import type { Flat } from "../../model/schema-types.ts";
import { sql } from "../../model/sql-tag.ts";
import { unfit } from "../nested/wrangle-error.ts";
import { type ConflictPolicy, readConflicts } from "./resolve-conflicts.ts";

export interface ResolveConflictsOptions<C extends string> {
  /** The column that says which rows are one. Default `cluster`. */
  cluster?: C;
  /** The column that names a row. */
  key: C;
  /** The column that says which source a row is of. */
  source?: C;
  /** The column that says when a row was written. */
  time?: C;
  /** Which value is taken. Default `"majority"`. */
  policy?: ConflictPolicy;
  /** Policies of single columns, by name. */
  columns?: { readonly [K in C]?: ConflictPolicy };
}

type Names<T> = unknown extends T ? string : keyof T & string;
/** The columns that options give to these roles. */
type Role<O, K extends string> = K extends unknown ? (O extends { readonly [P in K]: infer C extends string } ? C : never) : never;
type Taken<T, O> = Exclude<keyof T & string, Role<O, "cluster" | "key" | "source" | "time"> | (O extends { cluster: string } ? never : "cluster")>;

/** What is known of one thing: a value of each column, how many rows it was made of, and of which source or row each value is. */
export type Resolved<T, O> = Flat<Pick<T, Extract<keyof T, O extends { cluster: infer C } ? C : "cluster">> & Pick<T, Taken<T, O>> & { rows: number; came_from: { [C in Taken<T, O>]: string | null } }>;

/**
 * Rows that are one as one row: of each column the value that a policy takes, and where it came from.
 *
 * @example resolveConflicts(clustered, { key: "id", source: "source", time: "updated", columns: { email: "newest", name: { trusted: ["crm", "shop"] } } })
 * @throws MillraceError `MR-WRANGLE-001` for a policy that is none
 */
export function resolveConflicts<T, const O extends ResolveConflictsOptions<Names<T>>>(input: RowsInput<T>, options: O): Rows<Resolved<T, O>> {
  const given = JSON.parse(JSON.stringify(options)) as Record<string, unknown>;
  if (Object.keys(options.columns ?? {}).length === 0) delete given.columns;
  readConflicts(given);
  return reshapingCall("resolve_conflicts", input, [given], {});
}

/** A column whose values stand in another table's column. */
export interface Reference {
  from: RowsInput<unknown>;
  column: string;
  to: RowsInput<unknown>;
  /** The column of `to`. */
  key: string;
  /** What it is called. Default: the names of both tables and columns. */
  name?: string;
}

export interface ReferenceRow {
  reference: string;
  rows: number;
  nulls: number;
  /** Rows whose value is not there. */
  orphans: number;
  /** Such values, each once. */
  orphan_values: number;
  /** The three least of them. */
  samples: string[] | null;
  /** Keys that several rows have, so that a row would join with all of them. */
  doubled_keys: number;
  /** Keys that no row names. */
  unused_keys: number;
}

/**
 * Whether references between tables hold: a row for each.
 * @example sql`select * from ${references([{ from: orders, column: "customer", to: customers, key: "id" }])}`
 * @throws MillraceError `MR-WRANGLE-001` when there is none
 */
export function references(list: readonly Reference[]): Rows<ReferenceRow> {
  if (list.length === 0) throw unfit("there are no references", "references", 'give at least one: { from: orders, column: "customer", to: customers, key: "id" }');
  return sql`(${sql.join(list.map(referenceSql), sql` union all `)})`;
}

function referenceSql({ from, column, to, key, name }: Reference): Rows<ReferenceRow> {
  const label = name ?? `${nameOf(from)}.${column} -> ${nameOf(to)}.${key}`;
  const isOrphan = sql`f.v is not null and k.v is null`;
  const keys = sql`(select ${sql.id(key)} as v, count(*) as n from ${rowsSql("references", to)} where ${sql.id(key)} is not null group by all)`;
  const values = sql`(select ${sql.id(column)} as v from ${rowsSql("references", from)})`;
  return sql`select ${sql.text(label)} as reference, count(*) as rows, count(*) - count(f.v) as nulls, coalesce(count_if(${isOrphan}), 0) as orphans, count(distinct case when ${isOrphan} then f.v end) as orphan_values,
    cast(min(distinct case when ${isOrphan} then f.v end, 3) as varchar[]) as samples, (select count_if(n > 1) from ${keys}) as doubled_keys, (select count(*) from ${keys} as k anti join ${values} as f on f.v = k.v) as unused_keys
    from ${values} as f left join ${keys} as k on k.v = f.v`;
}

const nameOf = (input: unknown): string => (definitionKind(input as TableDefinition) === undefined ? "rows" : (input as TableDefinition).name);
