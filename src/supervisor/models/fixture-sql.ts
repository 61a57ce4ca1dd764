import { MillraceError } from "../../errors.ts";
import { sqlName } from "../../lake/duckdb.ts";
import type { ResultColumn } from "../../lake/result-schema.ts";
import { literal, type SqlValue } from "../../model/sql-tag.ts";

type Row = Record<string, unknown>;

/**
 * A statement that gives rows that are written down, in columns whose types are known. A column that a row does not name is
 * null there.
 *
 * @throws MillraceError `MR-MODEL-004` for a column that there is not
 */
export function fixtureSql(rows: readonly Row[], columns: readonly ResultColumn[], where: string): string {
  for (const name of rows.flatMap((row) => Object.keys(row))) {
    if (columns.some((column) => column.name === name)) continue;
    throw new MillraceError("MR-MODEL-004", { what: `a row of the test has a column "${name}", which there is not`, where, mend: `use ${columns.map((column) => `"${column.name}"`).join(", ")}` });
  }
  if (rows.length === 0) return `select ${columns.map(({ name, type }) => `cast(null as ${type}) as ${sqlName(name)}`).join(", ")} where false`;
  return rows.map((row) => `select ${columns.map(({ name, type }) => `${valueSql(row[name], type)} as ${sqlName(name)}`).join(", ")}`).join(" union all ");
}

/** Columns as the rows alone tell them; undefined where there are none. */
export function columnsOfRows(rows: readonly Row[]): ResultColumn[] {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return names.map((name) => ({ name, type: typeOf(rows.map((row) => row[name])) }));
}

function typeOf(values: readonly unknown[]): string {
  const given = values.filter((value) => value !== null && value !== undefined);
  if (given.length === 0) return "VARCHAR";
  if (given.every((value) => typeof value === "boolean")) return "BOOLEAN";
  if (given.every((value) => Number.isSafeInteger(value))) return "BIGINT";
  if (given.every((value) => typeof value === "number")) return "DOUBLE";
  return given.some((value) => typeof value === "object") ? "JSON" : "VARCHAR";
}

function valueSql(value: unknown, type: string): string {
  if (value === undefined || value === null) return `cast(null as ${type})`;
  if (typeof value === "object" && type === "JSON") return `cast(${literal(JSON.stringify(value))} as json)`;
  // A text may be any value that DuckDB reads from text: a point in time must not become one too early.
  const text = typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : literal(value as SqlValue);
  return `cast(${text} as ${type})`;
}
