import type { ResultRows } from "../../client/row-objects.ts";
import { tableText, type TableTextOptions } from "./table-text.ts";

const numeric = /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|REAL|DECIMAL.*|integer|number)$/i;

export function resultTable({ columns, rows }: ResultRows, options: TableTextOptions): string {
  const heads = columns.map(({ name, type }) => ({ title: name, align: numeric.test(type) ? ("right" as const) : ("left" as const) }));
  return tableText(heads, rows.map((row) => row.map(valueText)), options);
}

/** A value for people. Text stands as it is; `null` cannot be told from the text "null", as in every such table. */
function valueText(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return value;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
