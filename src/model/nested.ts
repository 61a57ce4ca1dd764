import { definitionKind, type TableDefinition, type TopicDefinition } from "./definition.ts";
import { invalid } from "./option-checks.ts";
import type { Depth, FieldPath, Flattened, ItemRow, ListName, MappedType, MappedValue, Merged, Nested, RootRow, ValueAt } from "./nested-types.ts";
import { nestedFieldTypes } from "./nested-schema.ts";
import { placedSecret } from "./secret.ts";
import { isSql, type Sql, sql } from "./sql-tag.ts";
import type { Flat } from "./schema-types.ts";

/*
 * Nested data reshaped inside of SQL. What is written here is a call, `flatten("raw"."quakes", depth := 2)`, which stands
 * behind FROM and can as well be written by hand. It becomes a SELECT when the statement runs, from the columns that its
 * input has then: a table that a crawler has found needs no declaration, and one that has gained a column shows it.
 */

/** Rows to select from, with their type. */
export interface Rows<T> extends Sql {
  /** Carries the type; never there at run time. */
  readonly row?: T;
}

/** What can be reshaped: a dataset, what was reshaped before, or a SELECT. */
export type RowsInput<T> = TopicDefinition<T> | TableDefinition<T> | Rows<T>;

export interface FlattenOptions<Sep extends string, D extends number> {
  /** How many structs inside one another are opened. Default: all. 0 opens none. */
  depth?: D;
  /** Stands between the names of a path. Default ".". */
  separator?: Sep;
  /** Lists and maps stay what they are, or become JSON text. Default "keep". */
  lists?: "keep" | "json";
}

/**
 * Fields of structs as columns of their own, named by their path. Of two that would have one name, case aside, the later gets `_2` behind it.
 * @example sql`select "properties.mag" from ${flatten(quakes)}`
 */
export function flatten<T, const Sep extends string = ".", const D extends number = 9>(input: RowsInput<T>, options: FlattenOptions<Sep, D> = {}): Rows<Flattened<T, Sep, Depth<D>>> {
  return reshapingCall("flatten", input, [], { ...options });
}

/** Nested rows as tables that join: a list's column holds the `id` of its rows, in the table of that list. */
export interface Relational<T> extends Rows<RootRow<T>> {
  /**
   * The rows of a list or a map: `id`, `index` from 0, and the item's fields behind `<list>.val`, of a map also `<map>.key`.
   * @param name - the path of the list; `.val` stands in it where it goes into the items of another
   */
  table<const Name extends ListName<T> | (string & {})>(name: Name): Rows<ItemRow<T, Name>>;
}

/**
 * Lists and maps as tables of their own, as Glue's relationalize makes them, but with keys that are the same in every run.
 * The value itself is the root table.
 *
 * @param options.key - columns whose values name a row and never two. Default: keys are digests of whole rows, which costs more
 * @example sql`select * from ${relationalize(quakes).table("features")}`
 */
export function relationalize<T>(input: RowsInput<T>, options: { key?: readonly FieldPath<T, 1>[] } = {}): Relational<T> {
  const root: Rows<RootRow<T>> = reshapingCall("relationalize", input, [], { ...options });
  return { ...root, table: <const Name extends string>(name: Name): Rows<ItemRow<T, Name>> => reshapingCall("relationalize", input, [name], { ...options }) };
}

/** What becomes of a value that does not fit its type: the statement fails by the column's name; it is null; it is null and stands in the row's column `_misfits`. */
export type MisfitPolicy = "fail" | "null" | "quarantine";

/** A field that goes somewhere: `["a.b", "string", "c", "long"]` as in Glue, or an object, which may leave types out. */
export type MappingEntry<T> =
  | readonly [from: FieldPath<T>, fromType: string, to: string, type: MappedType | (string & {})]
  | { readonly from: FieldPath<T>; readonly fromType?: string; readonly to: string; readonly type?: MappedType };

/** What a cast adds to a value's type: where it may fail quietly, null. */
type Casted<N, V, M> = MappedValue<N> | Extract<V, null> | (M extends "fail" ? never : null);

type EntryRow<T, E, M> = E extends readonly [infer F extends string, string, infer To extends string, infer N]
  ? Nested<To, N extends MappedType ? Casted<N, ValueAt<T, F>, M> : ValueAt<T, F>>
  : E extends { readonly from: infer F extends string; readonly to: infer To extends string }
    ? Nested<To, E extends { readonly type: infer N extends MappedType } ? Casted<N, ValueAt<T, F>, M> : ValueAt<T, F>>
    : never;

/** A value that was put in quarantine. */
export interface Misfit {
  column: string;
  type: string;
  value: string;
}

type Reported<Row, M> = M extends "quarantine" ? Flat<Row & { _misfits: Misfit[] | null }> : Row;

/**
 * Fields renamed, cast, moved into structs (`to: "a.b"`) and out of them (`from: "a.b"`); what is not named is dropped. A
 * name with a dot in it stands in backticks.
 * @example applyMapping(quakes, [["properties.mag", "double", "magnitude", "double"], { from: "id", to: "key.id" }])
 */
export function applyMapping<T, const E extends MappingEntry<T>, const M extends MisfitPolicy = "fail">(input: RowsInput<T>, mapping: readonly E[], options: { misfits?: M } = {}): Rows<Reported<Merged<EntryRow<T, E, M>>, M>> {
  return reshapingCall("apply_mapping", input, [mapping.map((entry) => (Array.isArray(entry) ? entry : defined(entry as object)))], { ...options });
}

/** What becomes of a column of mixed types. */
export type ChoiceOption =
  /** Every value becomes the type, or does not fit. */
  | { readonly cast: MappedType }
  /** Values of the type are kept, all others become null. */
  | { readonly project: MappedType }
  /** A column for each type: `price_long`, `price_string`. */
  | { readonly makeColumns: readonly MappedType[] }
  /** A struct with a field for each type. */
  | { readonly makeStruct: readonly MappedType[] };

type ChosenField<K extends string, C> = C extends { readonly cast: infer N } | { readonly project: infer N }
  ? { [E in K]: MappedValue<N> | null }
  : C extends { readonly makeColumns: readonly (infer N)[] }
    ? { [E in N & string as `${K}_${E}`]: MappedValue<E> | null }
    : C extends { readonly makeStruct: readonly (infer N)[] }
      ? { [E in K]: { [F in N & string]: MappedValue<F> | null } }
      : never;

type Chosen<T, C> = Flat<{ [K in Exclude<keyof T, keyof C>]: T[K] } & Merged<{ [K in keyof C & string]: ChosenField<K, C[K]> }[keyof C & string]>>;

/**
 * Columns of mixed types, JSON or text, as columns of one type each.
 * @example resolveChoice(prices, { price: { makeColumns: ["double", "string"] } })
 */
export function resolveChoice<T, const C extends { readonly [K in keyof T & string]?: ChoiceOption }, const M extends MisfitPolicy = "fail">(input: RowsInput<T>, choices: C, options: { misfits?: M } = {}): Rows<Reported<Chosen<T, C>, M>> {
  return reshapingCall("resolve_choice", input, [{ ...choices }], { ...options });
}

export interface UnpivotOptions<Columns extends string, Name extends string, Value extends string> {
  /** The columns that become rows. */
  columns: readonly Columns[];
  /** The column that says which one a row was. Default "name". */
  name?: Name;
  /** The column with the value. Default "value". */
  value?: Value;
  /** Whether a null makes a row. Default "keep". */
  nulls?: "keep" | "drop";
}

/** Columns as rows: each row once for each of the columns. */
export function unpivot<T, const K extends keyof T & string, const Name extends string = "name", const Value extends string = "value">(input: RowsInput<T>, options: UnpivotOptions<K, Name, Value>): Rows<Flat<Omit<T, K> & { [E in Name]: K } & { [E in Value]: T[K] }>> {
  return reshapingCall("unpivot_table", input, [], { ...options });
}

export type PivotAggregateName = "count" | "sum" | "avg" | "min" | "max" | "first" | "list";

export interface PivotOptions<N extends string, V extends string, Each extends string | number | boolean | null, A extends PivotAggregateName, R extends string> {
  /** The column whose values become columns. */
  names: N;
  /** Those of its values that become columns; null may be one. The rows of others are left out. */
  values: readonly Each[];
  /** The column with what stands in them. */
  value: V;
  /** How the values of several rows become one. */
  aggregate: A;
  /** The columns that name a row of the result. Default: all but those two. */
  rows?: readonly R[];
}

type Aggregated<A, V> = A extends "count" ? number : A extends "sum" | "avg" ? number | null : A extends "list" ? V[] | null : V | null;

/** Values as columns: null (`count`: 0) where there was no row. The values are given, so that the columns are known before anything is read. */
export function pivot<T, const N extends keyof T & string, const V extends keyof T & string, const Each extends string | number | boolean | null, const A extends PivotAggregateName, const R extends keyof T & string = Exclude<keyof T & string, N | V>>(
  input: RowsInput<T>,
  options: PivotOptions<N, V, Each, A, R>,
): Rows<Flat<Pick<T, R> & { [E in `${Each}`]: Aggregated<A, T[V]> }>> {
  return reshapingCall("pivot_table", input, [], { ...options });
}

/** A call that reshapes `input`, to stand behind FROM. For what is written like those above. */
export function reshapingCall<T>(name: string, input: unknown, positional: readonly unknown[], named: Readonly<Record<string, unknown>>): Rows<T> {
  const types = jsonTypes(input);
  const options = Object.entries({ ...named, json: Object.keys(types).length === 0 ? undefined : types }).filter(([, value]) => value !== undefined).map(([option, value]) => sql`${sql.id(option)} := ${written(value)}`);
  return sql`${sql.raw(name)}(${sql.join([rowsSql(name, input), ...positional.map(written), ...options])})`;
}

/**
 * What is given to a reshaping, as it stands behind FROM.
 * @throws MillraceError `MR-MODEL-001` for what gives no rows
 */
export function rowsSql(name: string, input: unknown): Sql {
  if (isSql(input)) return /^[a-z_]+\(/.test(input.text) ? input : sql`(${input})`;
  const kind = typeof input === "object" && input !== null ? definitionKind(input) : undefined;
  if (kind !== "topic" && kind !== "table") throw invalid(`${name} is given no rows`, name, "give a topic, a table, what was reshaped before, or sql`select …`");
  return sql`${input as TableDefinition}`;
}

/** Fields that hold objects and lists are stored as JSON text: the call says what is in it. */
function jsonTypes(input: unknown): Record<string, string> {
  const kind = typeof input === "object" && input !== null ? definitionKind(input) : undefined;
  return kind === "topic" || kind === "table" ? nestedFieldTypes(input as TableDefinition) : {};
}

/** An argument as SQL. Texts stay texts, also those that look like a point in time. */
function written(value: unknown): Sql {
  if (typeof value === "string") return placedSecret(value) === undefined ? sql.text(value) : sql`${value}`;
  if (Array.isArray(value)) return sql`[${sql.join(value.map(written))}]`;
  if (typeof value !== "object" || value === null) return sql`${value as null}`;
  const fields = Object.entries(value).map(([name, each]) => sql`${sql.text(name)}: ${written(each)}`);
  return sql`{${sql.join(fields)}}`;
}

const defined = (entry: object): object => Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
