import { tableText } from "./table-text.ts";

/** Rows of any columns as a table. */
export function rowsText(rows: readonly Record<string, unknown>[], context: Parameters<typeof tableText>[2]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  return tableText(names.map((title) => ({ title })), rows.map((row) => names.map((name) => cellText(row[name]))), context);
}

function cellText(value: unknown): string {
  if (value === null) return "NULL";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
