import type { Flat } from "../../../model/schema-types.ts";
import { pivot, type PivotAggregate, type PivotValue } from "../../nested/pivot.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import { type Aggregate, aggregateRows } from "../aggregates.ts";
import { type Cell, type Row, sameCell } from "../cells.ts";
import { checkFree } from "../column-names.ts";
import { namedFields } from "../named-fields.ts";
import { groupIndexes } from "../row-order.ts";
import type { ReshapeStep, Step } from "../step.ts";

/** How the values of several rows become one. `only`, the default: there must be one row, or the step fails. */
export type WiderAggregate = "only" | "count" | "sum" | "mean" | "min" | "max";

export interface PivotWiderOptions<N extends string, V extends string, Each extends string | number | boolean, A extends WiderAggregate, By extends string> {
  /** The column whose values become columns. */
  namesFrom: N;
  /** The column with what stands in them. */
  valuesFrom: V;
  /** Those of the values that become columns. The rows of others are left out. */
  values: readonly Each[];
  aggregate?: A;
  /** The columns that name a row of the result. Default: all but those two. */
  by?: readonly By[];
}

type Wider<A, V> = A extends "count" ? number : A extends "sum" | "mean" ? number | null : V | null;

/**
 * Values as columns: a row for each combination of `by`, null (`count`: 0) where there was no row. Variables that stand in
 * rows become columns.
 *
 * The values are given and never found: what columns a table has must not hang on what is in it today. `select distinct` shows them.
 * @example pivotWider({ namesFrom: "element", valuesFrom: "value", values: ["tmax", "tmin"] })
 * @throws MillraceError `MR-WRANGLE-001` in memory, and an error of the engine in SQL, for two rows in one place and no aggregate
 */
export function pivotWider<T, const N extends keyof T & string, const V extends keyof T & string, const Each extends Extract<T[N], string | number | boolean>, const A extends WiderAggregate = "only", const By extends keyof T & string = Exclude<keyof T & string, N | V>>(
  options: PivotWiderOptions<N, V, Each, A, By>,
): Step<T, Flat<Pick<T, By> & { [E in `${Each}`]: Wider<A, T[V]> }>> {
  return { kind: "pivotWider", ...options };
}

interface PivotWider {
  names: string;
  value: string;
  values: PivotValue[];
  aggregate: WiderAggregate;
  by?: string[];
}

const inSql: Record<WiderAggregate, PivotAggregate> = { only: "only", count: "count", sum: "sum", mean: "avg", min: "min", max: "max" };

export const pivotWiderKind: ReshapeStep<PivotWider> = {
  kind: "pivotWider",
  scope: "reshape",
  read: (given) => {
    const values = given.scalars("values");
    checkFree(values.map(String), "values of pivotWider");
    if (values.length === 0) throw unfit("no value is named", "values of pivotWider", "name each value that shall become a column");
    return { names: given.text("namesFrom"), value: given.text("valuesFrom"), values, aggregate: given.oneOf("aggregate", ["only", "count", "sum", "mean", "min", "max"], "only"), by: given.has("by") ? given.texts("by") : undefined };
  },
  sql: ({ names, value, values, aggregate, by }, input) => {
    namedFields(input.fields, [names, value, ...(by ?? [])], "pivotWider");
    const rows = by ?? input.fields.map(({ name }) => name).filter((name) => name !== names && name !== value);
    checkFree([...rows, ...values.map(String)], "pivotWider");
    return pivot(input, { names, values, value, aggregate: inSql[aggregate], rows });
  },
  rows: (options, rows) => {
    const by = options.by ?? [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((column) => column !== options.names && column !== options.value);
    checkFree([...by, ...options.values.map(String)], "pivotWider");
    const groups = options.by?.length === 0 ? [[...rows.keys()]] : groupIndexes(rows, by);
    return groups.map((indexes) => widen(options, by, indexes.map((i) => rows[i])));
  },
};

function widen({ names, value, values, aggregate }: PivotWider, by: readonly string[], group: readonly Row[]): Row {
  const cells = values.map((each): [string, Cell] => [String(each), placeOf(group.filter((row) => sameCell(row[names], each)), value, aggregate)]);
  return { ...Object.fromEntries(by.map((column) => [column, group[0]?.[column] ?? null])), ...Object.fromEntries(cells) };
}

function placeOf(rows: readonly Row[], column: string, aggregate: WiderAggregate): Cell {
  if (aggregate !== "only") return aggregateRows({ name: aggregate, column } satisfies Aggregate, rows, [], "pivotWider");
  if (rows.length > 1) throw unfit("there are two rows for one place", "pivotWider", "say how their values become one: aggregate: \"sum\", or name more columns in by");
  return rows[0]?.[column] ?? null;
}
