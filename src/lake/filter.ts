import { pathSql, sqlText } from "./duckdb.ts";
import type { FilterValue, ComparableValue } from "./filter-value.ts";
import { parseFilterValue, sqlValue } from "./filter-value.ts";
import type { IcebergType } from "./iceberg-type.ts";
import { allFields, isPrimitive, typeText } from "./iceberg-type.ts";
import type { TableSchema } from "./table-metadata.ts";
import { badDeclaration } from "./table-schema.ts";

/** A column by its name, or a field inside of structs by the names that lead to it. */
export type ColumnName = string | string[];

export type Comparison = "=" | "!=" | "<" | "<=" | ">" | ">=";

/**
 * Which rows of a table, as plain data. A row is chosen when the filter is true for it: as in SQL, whatever is compared
 * with null is neither true nor false. NaN equals itself and is above every other number, as DuckDB and Spark have it.
 *
 * @example { op: "and", filters: [{ op: ">=", column: "at", value: "2001-01-01T00:00:00Z" }, { op: "is null", column: "note" }] }
 */
export type Filter =
  | { op: "and" | "or"; filters: Filter[] }
  | { op: "not"; filter: Filter }
  | { op: Comparison; column: ColumnName; value: FilterValue }
  | { op: "in"; column: ColumnName; values: FilterValue[] }
  | { op: "is null" | "is nan"; column: ColumnName }
  | { op: "starts with"; column: ColumnName; prefix: string };

/** True for every row. */
export const everyRow: Filter = { op: "and", filters: [] };

/** A column that a filter speaks of, as the table's schema has it. */
export interface FilterColumn {
  id: number;
  type: IcebergType;
  /** Null is no value of it. */
  required: boolean;
  sql: string;
}

/** A filter whose columns are found and whose values are read. */
export type BoundFilter =
  | { op: "and" | "or"; filters: BoundFilter[] }
  | { op: "not"; filter: BoundFilter }
  | { op: Comparison; column: FilterColumn; value: ComparableValue }
  | { op: "in"; column: FilterColumn; values: ComparableValue[] }
  | { op: "is null" | "is nan"; column: FilterColumn }
  | { op: "starts with"; column: FilterColumn; value: ComparableValue };

const depthMax = 200;

function nameText(name: ColumnName): string {
  return typeof name === "string" ? name : name.join(".");
}

/** @throws MillraceError `MR-LAKE-006` for a column that the table does not have, or a value that does not fit its type */
export function bindFilter(table: string, schema: TableSchema, filter: Filter, depth = 0): BoundFilter {
  if (depth > depthMax) throw badDeclaration(table, `a filter is nested more than ${depthMax} deep`, "write it flatter");
  switch (filter.op) {
    case "and":
    case "or":
      return { op: filter.op, filters: filter.filters.map((part) => bindFilter(table, schema, part, depth + 1)) };
    case "not":
      return { op: "not", filter: bindFilter(table, schema, filter.filter, depth + 1) };
  }
  const column = filterColumn(table, schema, filter.column);
  const parse = (value: FilterValue) => parseFilterValue(table, nameText(filter.column), column.type, value);
  switch (filter.op) {
    case "in":
      return { op: "in", column, values: filter.values.map(parse) };
    case "is null":
      return { op: "is null", column };
    case "is nan":
      if (column.type === "float" || column.type === "double") return { op: "is nan", column };
      throw misfit(table, filter.op, filter.column, column.type);
    case "starts with":
      if (column.type === "string") return { op: "starts with", column, value: parse(filter.prefix) };
      throw misfit(table, filter.op, filter.column, column.type);
    default:
      return { op: filter.op, column, value: parse(filter.value) };
  }
}

function misfit(table: string, op: string, column: ColumnName, type: IcebergType) {
  return badDeclaration(table, `a filter asks "${op}" of column "${nameText(column)}", which is ${typeText(type)}`, "ask it of a column that it fits");
}

/** @throws MillraceError `MR-LAKE-006` for a name that the table does not have, or that holds no single value in a row */
export function filterColumn(table: string, schema: TableSchema, name: ColumnName): FilterColumn {
  const path = typeof name === "string" ? [name] : name;
  let required = true;
  for (const placed of allFields(schema.fields)) {
    if (!placed.path.every((part, i) => part === path[i])) continue;
    // Null as well where the struct around it is.
    required &&= placed.field.required;
    if (placed.path.length < path.length) continue;
    if (isPrimitive(placed.field.type) && !placed.repeated) return { id: placed.field.id, type: placed.field.type, required, sql: pathSql(path) };
    throw badDeclaration(table, `column "${path.join(".")}" is ${typeText(placed.field.type)}, which rows cannot be chosen by`, "name a field of one value inside of it");
  }
  const known = schema.fields.map((one) => one.name).slice(0, 20);
  throw badDeclaration(table, `it has no column "${path.join(".")}" to choose rows by`, `name one of ${known.join(", ")}`);
}

/**
 * The filter over the columns that it was bound to, whatever they are called by now.
 * @throws MillraceError `MR-LAKE-006` when one of them is gone
 */
export function filterNow(table: string, schema: TableSchema, filter: BoundFilter): BoundFilter {
  if ("filters" in filter) return { op: filter.op, filters: filter.filters.map((part) => filterNow(table, schema, part)) };
  if (filter.op === "not") return { op: "not", filter: filterNow(table, schema, filter.filter) };
  return { ...filter, column: columnNow(table, schema, filter.column) };
}

/** @throws MillraceError `MR-LAKE-006` */
export function columnNow(table: string, schema: TableSchema, { id, sql }: FilterColumn): FilterColumn {
  const found = [...allFields(schema.fields)].find(({ field }) => field.id === id);
  if (found !== undefined) return filterColumn(table, schema, found.path);
  throw badDeclaration(table, `column ${sql}, by which rows were to be chosen, has been dropped meanwhile`, "name another column, and write the rows again");
}

/** The filter as an SQL condition over the table's columns. */
export function filterSql(filter: BoundFilter): string {
  switch (filter.op) {
    case "and":
      return joined(filter.filters, " and ", "true");
    case "or":
      return joined(filter.filters, " or ", "false");
    case "not":
      return `(not ${filterSql(filter.filter)})`;
    case "is null":
      return `(${filter.column.sql} is null)`;
    case "is nan":
      return `isnan(${filter.column.sql})`;
    case "in":
      return filter.values.length === 0 ? "false" : `(${filter.column.sql} in (${filter.values.map((value) => sqlValue(filter.column.type, value)).join(", ")}))`;
    case "starts with":
      return `starts_with(${filter.column.sql}, ${sqlText((filter.value as Buffer).toString("utf8"))})`;
    case "!=":
      return `(${filter.column.sql} <> ${sqlValue(filter.column.type, filter.value)})`;
    default:
      return `(${filter.column.sql} ${filter.op} ${sqlValue(filter.column.type, filter.value)})`;
  }
}

function joined(filters: BoundFilter[], by: string, none: string): string {
  return filters.length === 0 ? none : `(${filters.map(filterSql).join(by)})`;
}
