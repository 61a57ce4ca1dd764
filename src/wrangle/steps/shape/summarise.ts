import { sqlName } from "../../../lake/duckdb.ts";
import type { Flat } from "../../../model/schema-types.ts";
import { type Aggregate, type Aggregated, aggregateRows, aggregateSql, readAggregates } from "../aggregates.ts";
import type { Cell, Row } from "../cells.ts";
import { checkFree } from "../column-names.ts";
import type { NumberColumns, OrderOf } from "../column-types.ts";
import { namedFields } from "../named-fields.ts";
import { inputName } from "../../nested/value.ts";
import { groupIndexes } from "../row-order.ts";
import type { ReshapeStep, Step } from "../step.ts";
import { columnSql } from "../text-step.ts";

/** How several rows become one value. Nulls are passed over, but by `first` and `last`; of nothing the value is null, a count 0, a list empty. */
export type Aggregation<T> =
  /** Rows where the column is not null; `"*"`: all rows. */
  | { readonly count: (keyof T & string) | "*" }
  | { readonly distinct: keyof T & string }
  | { readonly sum: NumberColumns<T> }
  | { readonly mean: NumberColumns<T> }
  | { readonly median: NumberColumns<T> }
  | { readonly min: keyof T & string }
  | { readonly max: keyof T & string }
  /** The most frequent value; of several that are, the least. */
  | { readonly mode: keyof T & string }
  /** Of the first or last row by `orderBy`, null or not. */
  | { readonly first: keyof T & string }
  | { readonly last: keyof T & string }
  /** All values, by `orderBy`, then from the least. */
  | { readonly list: keyof T & string };

/**
 * Groups of rows become one row each. Nulls in `by` are a group like any other; without `by` all rows are one, and no rows too.
 * @example summarise("religion", { people: { sum: "people" }, lines: { count: "*" } })
 */
export function summarise<T, const By extends keyof T & string, const V extends { readonly [name: string]: Aggregation<T> }>(by: By | readonly By[], values: V, options: { orderBy?: OrderOf<T> } = {}): Step<T, Flat<Pick<T, By> & { -readonly [N in keyof V]: Aggregated<T, V[N]> }>> {
  return { kind: "summarise", by: [by].flat(), values, ...options };
}

interface Summarise {
  by: string[];
  values: Map<string, Aggregate>;
  orderBy: string[];
}

export const summariseKind: ReshapeStep<Summarise> = {
  kind: "summarise",
  scope: "reshape",
  read: (given) => {
    const options = { by: given.texts("by", []), values: readAggregates(given, "values", "summarise"), orderBy: given.maybeColumns("orderBy") };
    checkFree([...options.by, ...options.values.keys()], "summarise");
    return options;
  },
  sql: ({ by, values, orderBy }, input) => {
    const groups = namedFields(input.fields, by, "summarise");
    const made = [...values].map(([name, aggregate]) => ({ name, ...aggregateSql(aggregate, input, { orderBy, where: "summarise" }) }));
    const columns = [...groups.map(({ name }) => columnSql(name)), ...made.map(({ name, sql }) => `${sql} as ${sqlName(name)}`)];
    const grouping = groups.length === 0 ? "" : ` group by ${groups.map(({ name }) => columnSql(name)).join(", ")}`;
    return { from: `(select ${columns.join(", ")} from ${input.from} as ${inputName}${grouping})`, fields: [...groups, ...made.map(({ name, type }) => ({ name, type }))] };
  },
  rows: ({ by, values, orderBy }, rows) => {
    const groups = by.length === 0 ? [[...rows.keys()]] : groupIndexes(rows, by);
    return groups.map((indexes): Row => {
      const group = indexes.map((i) => rows[i]);
      const named = by.map((column): [string, Cell] => [column, group[0][column] ?? null]);
      return Object.fromEntries([...named, ...[...values].map(([name, aggregate]): [string, Cell] => [name, aggregateRows(aggregate, group, orderBy, "summarise")])]);
    });
  },
};
