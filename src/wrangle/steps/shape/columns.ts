import { sqlText } from "../../../lake/duckdb.ts";
import type { Flat } from "../../../model/schema-types.ts";
import { namedFields } from "../named-fields.ts";
import type { Field } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import type { Row } from "../cells.ts";
import { checkFree } from "../column-names.ts";
import type { ColumnChanges, RowStep, Step } from "../step.ts";
import { columnSql } from "../text-step.ts";

/* Which columns there are, in which order, under which names. No cell changes. */

/** These columns alone, in this order. @example select(["name", "city"]) */
export function select<T, const K extends keyof T & string>(columns: readonly K[]): Step<T, Flat<Pick<T, K>>> {
  return { kind: "select", columns };
}

/** All columns but these. @example drop("notes") */
export function drop<T, const K extends keyof T & string>(columns: K | readonly K[]): Step<T, Flat<Omit<T, K>>> {
  return { kind: "drop", columns: [columns].flat() };
}

/** These columns first, in this order, and the others behind them as they were. @example reorder(["id"]) */
export function reorder<T, const K extends keyof T & string>(columns: readonly K[]): Step<T, T> {
  return { kind: "reorder", columns };
}

/** Columns under other names, in their places. @example rename({ "Worldwide Gross": "gross_world" }) */
export function rename<T, const N extends { readonly [K in keyof T & string]?: string }>(names: N): Step<T, Flat<{ [K in keyof T as K extends keyof N ? (N[K] extends string ? N[K] : K) : K]: T[K] }>> {
  return { kind: "rename", names };
}

interface Columns {
  columns: string[];
}

const readColumns = (given: { columns(name: string): string[] }): Columns => ({ columns: given.columns("columns") });
const others = (fields: readonly Field[], chosen: readonly Field[]): string[] => fields.filter((field) => !chosen.includes(field)).map(({ name }) => name);
const only = (fields: readonly Field[], order: readonly string[]): ColumnChanges => ({ set: [], drop: fields.map(({ name }) => name).filter((name) => !order.includes(name)), order });

export const selectKind: RowStep<Columns> = {
  kind: "select",
  scope: "row",
  ownCells: true,
  columnsOnly: true,
  read: readColumns,
  sql: ({ columns }, { fields }) => only(fields, namedFields(fields, columns, "select").map(({ name }) => name)),
  row: ({ columns }) => (row) => Object.fromEntries(columns.map((column) => [column, row[column] ?? null])),
};

export const dropKind: RowStep<Columns> = {
  kind: "drop",
  scope: "row",
  ownCells: true,
  columnsOnly: true,
  read: readColumns,
  sql: ({ columns }, { fields }) => {
    const kept = others(fields, namedFields(fields, columns, "drop"));
    if (kept.length === 0) throw unfit("no column is left", "drop", "keep one, or do not read the table");
    return only(fields, kept);
  },
  row: ({ columns }) => (row) => Object.fromEntries(Object.entries(row).filter(([column]) => !columns.includes(column))),
};

export const reorderKind: RowStep<Columns> = {
  kind: "reorder",
  scope: "row",
  ownCells: true,
  columnsOnly: true,
  read: readColumns,
  sql: ({ columns }, { fields }) => {
    const first = namedFields(fields, columns, "reorder");
    return only(fields, [...first.map(({ name }) => name), ...others(fields, first)]);
  },
  row: ({ columns }) => (row) => ({ ...Object.fromEntries(columns.map((column) => [column, row[column] ?? null])), ...row }),
};

export const renameKind: RowStep<{ names: Map<string, string> }> = {
  kind: "rename",
  scope: "row",
  columnsOnly: true,
  read: (given) => ({ names: new Map(Object.entries(given.table("names")).map(([old, name]): [string, string] => [old, asName(name)])) }),
  sql: ({ names }, { fields }) => {
    const renamed = new Map(namedFields(fields, [...names.keys()], "rename").map((field, i): [Field, string] => [field, [...names.values()][i]]));
    const order = fields.map((field) => renamed.get(field) ?? field.name);
    checkFree(order, "rename");
    return { set: [...renamed].map(([{ name: old, ...type }, name]) => ({ ...type, name, sql: columnSql(old) })), drop: [...renamed.keys()].map(({ name }) => name), order };
  },
  row: ({ names }) => (row): Row => Object.fromEntries(Object.entries(row).map(([column, cell]) => [names.get(column) ?? column, cell])),
};

function asName(name: unknown): string {
  if (typeof name !== "string" || name === "") throw unfit(`${JSON.stringify(name)} is no name of a column`, "rename", `write {${sqlText("old")}: ${sqlText("new")}}`);
  return name;
}
