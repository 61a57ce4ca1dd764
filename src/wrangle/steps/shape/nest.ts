import { sqlName } from "../../../lake/duckdb.ts";
import type { Flat } from "../../../model/schema-types.ts";
import { namedFields } from "../named-fields.ts";
import { type Field, json, type ListType, type NestedType, typeSql } from "../../nested/nested-type.ts";
import { columnValue, fieldValue, inputName, isStruct, itemsSql, openColumn, plainValue, select, type Value } from "../../nested/value.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import type { Row } from "../cells.ts";
import { checkFree } from "../column-names.ts";
import type { OrderOf } from "../column-types.ts";
import { compareRows, groupIndexes, orderSql } from "../row-order.ts";
import type { ReshapeStep, SpreadStep, Step } from "../step.ts";
import { columnSql } from "../text-step.ts";

/**
 * Rows that are alike in all other columns become one, with these columns as a list of structs, in the order of `orderBy`, then by their values.
 * @example nest("films", ["title", "year"], { orderBy: ["year"] })
 */
export function nest<T, const Name extends string, const K extends keyof T & string>(name: Name, columns: readonly K[], options: { orderBy?: OrderOf<Pick<T, K>> } = {}): Step<T, Flat<Omit<T, K> & { [N in Name]: Flat<Pick<T, K>>[] }>> {
  return { kind: "nest", column: name, columns, ...options };
}

type Items<V> = NonNullable<V> extends readonly (infer I)[] ? I : never;
type Unnested<T, K extends keyof T> = NonNullable<Items<T[K]>> extends Record<string, unknown> ? Flat<Omit<T, K> & NonNullable<Items<T[K]>>> : Flat<Omit<T, K> & { [C in K]: Items<T[K]> }>;

/**
 * Each item of a list, also of one in JSON text, becomes a row: the fields of a struct become columns, any other item stands in the column itself.
 * @param options.empty - what becomes of a row with an empty list or none: it goes (`"drop"`, the default), or stays with nulls
 * @example unnest("films")
 */
export function unnest<T, const K extends keyof T & string>(column: K, options: { empty?: "drop" | "keep" } = {}): Step<T, Unnested<T, K>> {
  return { kind: "unnest", column, ...options };
}

interface Nest {
  column: string;
  columns: string[];
  orderBy: string[];
}

export const nestKind: ReshapeStep<Nest> = {
  kind: "nest",
  scope: "reshape",
  read: (given) => ({ column: given.text("column"), columns: given.columns("columns"), orderBy: given.maybeColumns("orderBy") }),
  sql: ({ column, columns, orderBy }, { from, fields }) => {
    const chosen = namedFields(fields, columns, "nest");
    const others = fields.filter((field) => !chosen.includes(field));
    checkFree([...others.map(({ name }) => name), column], "nest");
    namedFields(chosen, orderBy.map((name) => name.replace(/^-/, "")), "orderBy of nest");
    const item = `struct_pack(${chosen.map((field) => `${sqlName(field.name)} := ${plainValue(columnValue(field)).sql}`).join(", ")})`;
    const order = orderSql([...orderBy, ...chosen.filter(isComparable).map(({ name }) => name)]);
    const groups = others.map(({ name }) => columnSql(name));
    const list = `list(${item}${order === "" ? "" : ` order by ${order}`}) as ${sqlName(column)}`;
    const grouping = groups.length === 0 ? "having count(*) > 0" : `group by ${groups.join(", ")}`;
    const element: NestedType = { kind: "struct", fields: chosen.map(({ name, type, asJson }) => ({ name, type: asJson ? json : type })) };
    return { from: `(select ${[...groups, list].join(", ")} from ${from} as ${inputName} ${grouping})`, fields: [...others, { name: column, type: { kind: "list", element } }] };
  },
  rows: ({ column, columns, orderBy }, rows) => {
    const others = [...new Set(rows.flatMap((row) => Object.keys(row)))].filter((name) => !columns.includes(name));
    const order = compareRows([...orderBy, ...columns]);
    return groupIndexes(rows, others).map((group): Row => {
      const items = group.map((i) => rows[i]).toSorted(order).map((row) => Object.fromEntries(columns.map((name) => [name, row[name] ?? null])));
      return { ...Object.fromEntries(others.map((name) => [name, rows[group[0]][name] ?? null])), [column]: items };
    });
  },
};

const isComparable = ({ type, asJson }: Field): boolean => !asJson && type.kind === "scalar" && typeSql(type) !== "JSON";

const isList = (value: Value): value is Value & { type: ListType } => value.type.kind === "list";

export const unnestKind: SpreadStep<{ column: string; empty: "drop" | "keep" }> = {
  kind: "unnest",
  scope: "spread",
  read: (given) => ({ column: given.text("column"), empty: given.oneOf("empty", ["drop", "keep"], "drop") }),
  sql: ({ column, empty }, { from, fields }) => {
    const [field] = namedFields(fields, [column], "unnest");
    const value = columnValue(field);
    if (!isList(value)) throw unfit(`column ${JSON.stringify(column)} holds ${typeSql(field.type)} and no lists`, "unnest", "relationalize opens maps too, flatten structs");
    const others = fields.filter((each) => each !== field);
    const list = itemsSql(value);
    const items = empty === "drop" ? list : `case when len(${list}) > 0 then ${list} else [null] end`;
    const place = sqlName("_mr_item");
    const item: Value = { sql: `${inputName}.${place}`, type: value.type.element, pointer: value.pointer };
    const made = isStruct(item) ? item.type.fields.map((each) => openColumn(fieldValue(item, each), each.name)) : [openColumn(item, field.name)];
    checkFree([...others, ...made].map(({ name }) => name), "unnest");
    const rows = `(select ${[...others.map(({ name }) => columnSql(name)), `unnest(${items}) as ${place}`].join(", ")} from ${from} as ${inputName})`;
    return select([...others.map((each) => openColumn(columnValue(each), each.name)), ...made], rows);
  },
  row: ({ column, empty }) => (row) => {
    const { [column]: cell, ...others } = row;
    const items = Array.isArray(cell) ? cell : [];
    const there = items.length === 0 && empty === "keep" ? [null] : items;
    return there.map((item): Row => ({ ...others, ...(typeof item === "object" && item !== null && !Array.isArray(item) ? item : { [column]: item }) }));
  },
};
