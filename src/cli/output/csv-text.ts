import type { ResultRows } from "./result-table.ts";
import { valueText } from "./result-table.ts";

/** CSV as RFC 4180 has it, with a heading. `null` is an empty field; empty text is `""`. */
export function csvText({ columns, rows }: ResultRows): string {
  const lines = [columns.map(({ name }) => field(name)), ...rows.map((row) => row.map((value) => (value === null || value === undefined ? "" : field(valueText(value)))))];
  return lines.map((fields) => `${fields.join(",")}\r\n`).join("");
}

function field(text: string): string {
  return text === "" || /[",\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
