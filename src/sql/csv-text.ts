import type { QueryColumn } from "./query-request.ts";

/** CSV as RFC 4180 has it, with a heading. `null` is an empty field; empty text is `""`; lists and structs are JSON. */
export function csvText({ columns, rows }: { columns: readonly Pick<QueryColumn, "name">[]; rows: readonly (readonly unknown[])[] }): string {
  const lines = [columns.map(({ name }) => field(name)), ...rows.map((row) => row.map(fieldOf))];
  return lines.map((fields) => `${fields.join(",")}\r\n`).join("");
}

function fieldOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return field(typeof value === "object" ? JSON.stringify(value) : String(value));
}

function field(text: string): string {
  return text === "" || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
