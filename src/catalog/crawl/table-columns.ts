import { columnNames } from "../../formats/column-names.ts";
import { type InferredField, type InferredType, typeText } from "../../formats/inferred-type.ts";
import { isAllText } from "../../formats/read-rows.ts";
import type { RecognisedFile, TableDraft } from "./group-tables.ts";

/** A column that is not of one kind in all files. */
export interface TypeConflict {
  column: string;
  /** What it is taken as. */
  taken: string;
  /** What it is in how many files, with one of them. */
  found: { type: string; files: number; example: string }[];
}

/**
 * The columns of a table, from what was found in its files. Formats that have nothing but text take kinds that conflict as
 * text, which every value of theirs is; in others the column is a choice, which is JSON until somebody resolves it.
 */
export function columnsOf({ format, fields, files }: Pick<TableDraft, "format" | "fields" | "files">): { columns: InferredField[]; conflicts: TypeConflict[] } {
  const settled = fields.map((field) => (isAllText(format.kind) ? { ...field, type: asText(field.type) } : field));
  const names = columnNames(settled.map(({ name }) => name));
  const columns = settled.map((field, i) => (names[i] === field.name ? field : { ...field, name: names[i], source: field.source ?? field.name }));
  const odd = fields.flatMap(({ name, type }, i) => (type.kind === "choice" ? [{ name, column: columns[i] }] : []));
  return { columns, conflicts: odd.map(({ name, column }) => conflictOf(name, column, files)) };
}

function asText(type: InferredType): InferredType {
  if (type.kind !== "choice" || type.members.some(({ kind }) => kind === "list" || kind === "struct" || kind === "map")) return type;
  return { kind: "string", count: type.count };
}

function conflictOf(name: string, column: InferredField, files: readonly RecognisedFile[]): TypeConflict {
  const found = new Map<string, { type: string; files: number; example: string }>();
  for (const { path, found: recognition } of files) {
    const field = recognition.fields.find((each) => each.name === name);
    if (!field || field.type.kind === "null") continue;
    const type = typeText(field.type);
    const seen = found.get(type);
    if (seen) seen.files++;
    else found.set(type, { type, files: 1, example: path });
  }
  return { column: column.name, taken: typeText(column.type), found: [...found.values()] };
}
