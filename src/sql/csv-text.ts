import type { QueryColumn } from "./query-request.ts";

interface CsvResult {
  columns: readonly Pick<QueryColumn, "name">[];
  rows: readonly (readonly unknown[])[];
}

/** CSV as RFC 4180 has it, with a heading. `null` is an empty field; empty text is `""`; lists and structs are JSON. */
export function csvText({ columns, rows }: CsvResult): string {
  const lines = [columns.map(({ name }) => field(name)), ...rows.map((row) => row.map(fieldOf))];
  return lines.map((fields) => `${fields.join(",")}\r\n`).join("");
}

/**
 * The same for people who open it in a spreadsheet, which takes a text for a formula by its first character and runs it:
 * such a text, also as a name, gets an apostrophe before it. Numbers stay numbers. Who reads it by program wants `csvText`.
 */
export function spreadsheetText({ columns, rows }: CsvResult): string {
  return csvText({ columns: columns.map(({ name }) => ({ name: disarmed(name) as string })), rows: rows.map((row) => row.map(disarmed)) });
}

/** The apostrophe stands also before blanks, which a spreadsheet passes over. */
const formula = /^\s*[=+\-@\uFF1D\uFF0B\uFF0D\uFF20]|^[\t\r\n]/;
const number = /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i;

function disarmed(value: unknown): unknown {
  return typeof value === "string" && formula.test(value) && !number.test(value) ? `'${value}` : value;
}

function fieldOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return field(typeof value === "object" ? JSON.stringify(value) : String(value));
}

function field(text: string): string {
  return text === "" || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
