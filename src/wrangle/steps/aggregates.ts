import { median } from "../../statistics/quantile.ts";
import { namedFields } from "./named-fields.ts";
import { bigint, type Field, type NestedType, type Relation, scalar, typeSql } from "../nested/nested-type.ts";
import { unfit } from "../nested/wrangle-error.ts";
import { type Cell, cellsKey, compareCells, type Row } from "./cells.ts";
import { isDecimalText, sumDecimals } from "./decimals.ts";
import type { OptionReader } from "./option-reader.ts";
import { compareRows, orderSql } from "./row-order.ts";
import { columnSql } from "./text-step.ts";

/* What several values are as one, in both forms. Nulls are passed over everywhere, but for `first` and `last`, which are of rows. */

/** An aggregate of rows, as data: `{ sum: "people" }`. */
export interface Aggregate {
  name: AggregateName;
  column: string;
}

interface AggregateForm {
  /** What it is made of. Default: any scalar. */
  numbers?: true;
  /** Hangs on the order of rows. */
  ordered?: true;
  /**
   * @param at.order - behind ORDER BY, with the value last, so that rows alike in the order come in no chance order
   * @param at.over - OVER with its window, or nothing
   */
  sql(value: string, at: { type: NestedType; order: string; over: string }): string;
  type(of: NestedType): NestedType;
  /** @param cells - of the group's rows, in order */
  of(cells: readonly Cell[]): Cell;
}

const double = scalar("DOUBLE");
const same = (of: NestedType): NestedType => of;
const there = (cells: readonly Cell[]): Exclude<Cell, null>[] => cells.filter((cell) => cell !== null);
const asDouble = (value: string): string => `cast(${value} as DOUBLE)`;

/** Sum of numbers, whole ones of 64 bits among them, or the exact one of decimals; null of none. */
export function sumCells(cells: readonly Cell[]): number | bigint | string | null {
  const values = there(cells);
  if (values.length === 0) return null;
  if (values.every(isDecimalText)) return sumDecimals(values);
  if (values.every((value) => typeof value === "bigint")) return values.reduce((sum, value) => sum + value, 0n);
  return values.reduce((sum: number, value) => sum + Number(value), 0);
}

export function meanCells(cells: readonly Cell[]): number | null {
  const values = there(cells);
  return values.length === 0 ? null : Number(sumCells(values)) / values.length;
}

export function medianCells(cells: readonly Cell[]): number | null {
  const values = there(cells);
  return values.length === 0 ? null : median(Float64Array.from(values, Number).sort());
}

/** The most frequent value; of several the least. */
export function modeCell(cells: readonly Cell[]): Cell {
  const counts = [...Map.groupBy(there(cells).sort(compareCells), (cell) => cellsKey(cell)).values()];
  return counts.reduce<readonly Cell[]>((most, each) => (each.length > most.length ? each : most), [])[0] ?? null;
}

const forms = {
  count: { sql: (value, { over }) => `count(${value})${over}`, type: () => bigint, of: (cells) => there(cells).length },
  distinct: { sql: (value) => `count(distinct ${value})`, type: () => bigint, of: (cells) => new Set(there(cells).map((cell) => cellsKey(cell === 0 ? 0 : cell))).size },
  sum: { numbers: true, sql: (value, { type, over }) => `cast(sum(${value})${over} as ${typeSql(sumType(type))})`, type: sumType, of: sumCells },
  mean: { numbers: true, sql: (value, { over }) => `avg(${asDouble(value)})${over}`, type: () => double, of: meanCells },
  median: { numbers: true, sql: (value, { over }) => `median(${asDouble(value)})${over}`, type: () => double, of: medianCells },
  min: { sql: (value, { over }) => `min(${value})${over}`, type: same, of: (cells) => there(cells).sort(compareCells)[0] ?? null },
  max: { sql: (value, { over }) => `max(${value})${over}`, type: same, of: (cells) => there(cells).sort(compareCells).at(-1) ?? null },
  mode: { sql: (value, { over }) => `mode(${value} order by ${value})${over}`, type: same, of: modeCell },
  first: { ordered: true, sql: (value, { order }) => `first(${value} order by ${order})`, type: same, of: (cells) => cells[0] ?? null },
  last: { ordered: true, sql: (value, { order }) => `last(${value} order by ${order})`, type: same, of: (cells) => cells.at(-1) ?? null },
  list: { sql: (value, { order }) => `coalesce(list_filter(list(${value} order by ${order}), lambda each: each is not null), [])`, type: (element) => ({ kind: "list", element }), of: there },
} as const satisfies Record<string, AggregateForm>;

export type AggregateName = keyof typeof forms;
export const aggregateNames = Object.keys(forms) as AggregateName[];
const formOf = (name: AggregateName): AggregateForm => forms[name];

/** Whole numbers in 64 bits: a sum that outgrows them fails. */
function sumType(of: NestedType): NestedType {
  const [, scale] = /^DECIMAL\(\d+,(\d+)\)$/.exec(typeSql(of)) ?? [];
  if (scale !== undefined) return scalar(`DECIMAL(38,${scale})`);
  return /^(FLOAT|DOUBLE)$/.test(typeSql(of)) ? double : bigint;
}

export const isNumeric = ({ type, asJson }: Field): boolean => !asJson && /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|UTINYINT|USMALLINT|UINTEGER|UBIGINT|FLOAT|DOUBLE|DECIMAL\(.*\))$/.test(typeSql(type));

/**
 * The columns, which hold numbers.
 * @throws MillraceError `MR-WRANGLE-001` for one that is not there, or holds others
 */
export function numberColumns(input: Relation, names: readonly string[], where: string): Field[] {
  const fields = namedFields(input.fields, names, where);
  const other = fields.find((field) => !isNumeric(field));
  if (other !== undefined) throw unfit(`column ${JSON.stringify(other.name)} holds ${other.asJson ? "JSON" : typeSql(other.type)} and no numbers`, where, "leave it out, or make numbers of it first");
  return fields;
}

/**
 * The same, for what is computed in doubles: a decimal would lose its places.
 * @throws MillraceError `MR-WRANGLE-001` for one of decimals too
 */
export function doubleColumns(input: Relation, names: readonly string[], where: string): Field[] {
  const fields = numberColumns(input, names, where);
  const decimal = fields.find(({ type }) => typeSql(type).startsWith("DECIMAL"));
  if (decimal !== undefined) throw unfit(`column ${JSON.stringify(decimal.name)} holds ${typeSql(decimal.type)}, whose places would be lost`, where, "say that they may be, by a step before: cast(column, \"double\")");
  return fields;
}

/** Reads `{ total: { sum: "people" } }`, by the name of the new column. */
export function readAggregates(given: OptionReader, option: string, where: string): Map<string, Aggregate> {
  return new Map(given.entries(option).map(([name, inner]) => [name, readAggregate(inner, `${name} of ${where}`)]));
}

function readAggregate(given: unknown, where: string): Aggregate {
  const [entry, ...more] = typeof given === "object" && given !== null ? Object.entries(given) : [];
  const [name, column] = entry ?? [];
  if (!aggregateNames.includes(name as AggregateName) || typeof column !== "string" || more.length > 0) throw unfit(`${JSON.stringify(given)} is no aggregate`, where, `write {'sum': 'column'}; there are ${aggregateNames.join(", ")}`);
  return { name: name as AggregateName, column };
}

/**
 * An aggregate as SQL, and what it gives.
 * @throws MillraceError `MR-WRANGLE-001` where the column does not fit, or no order is said where there must be one
 */
export function aggregateSql({ name, column }: Aggregate, input: Relation, { orderBy = [], over = "", where }: { orderBy?: readonly string[]; over?: string; where: string }): { sql: string; type: NestedType } {
  if (name === "count" && column === "*") return { sql: `count(*)${over}`, type: bigint };
  const form = formOf(name);
  if (form.ordered && orderBy.length === 0) throw noOrder(name, where);
  const [field] = form.numbers ? numberColumns(input, [column], where) : namedFields(input.fields, [column], where);
  if (field.asJson || field.type.kind !== "scalar") throw unfit(`column ${JSON.stringify(column)} holds lists or structs`, where, "unnest it first");
  const value = columnSql(field.name);
  const order = [...(orderBy.length === 0 ? [] : [orderSql(orderBy)]), `${value} asc nulls last`].join(", ");
  return { sql: form.sql(value, { type: field.type, order, over }), type: form.type(field.type) };
}

/** The same of rows in memory. */
export function aggregateRows({ name, column }: Aggregate, rows: readonly Row[], orderBy: readonly string[], where: string): Cell {
  if (name === "count" && column === "*") return rows.length;
  const form = formOf(name);
  if (form.ordered && orderBy.length === 0) throw noOrder(name, where);
  const sorted = form.ordered || name === "list" ? rows.toSorted(compareRows([...orderBy, column])) : rows;
  return form.of(sorted.map((row) => row[column] ?? null));
}

const noOrder = (name: string, where: string): Error => unfit(`${name} hangs on the order of rows, and none is said`, where, "give orderBy: rows of a table have no order of their own");

/** The type of what an aggregate gives. */
export type Aggregated<T, A> = A extends { count: unknown } | { distinct: unknown }
  ? number
  : A extends { sum: unknown } | { mean: unknown } | { median: unknown }
    ? number | null
    : A extends { list: infer K extends keyof T }
      ? NonNullable<T[K]>[]
      : A extends { [N in "min" | "max" | "mode" | "first" | "last"]?: infer K extends keyof T }
        ? T[K] | null
        : never;
