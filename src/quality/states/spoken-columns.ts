import { sqlName, sqlText } from "../../lake/duckdb.ts";
import type { QueryColumn } from "../../sql/query-request.ts";
import { keptNames } from "../../sql/result-file.ts";
import { controlCharacters } from "../../sql/sql-text.ts";
import { type ProfiledColumn, profiledColumns } from "./profiled-column.ts";

const control = new RegExp(`(${controlCharacters.source})`);

/**
 * Columns of a table as statements can name them: one with a control character in its name is called otherwise inside of them, and
 * has its own name in the profile.
 * @param table - a name, or a query in brackets
 * @returns `from` - what statements read in its place
 */
export function spokenColumns(table: string, columns: QueryColumn[], columnsMax: number): { from: string; columns: ProfiledColumn[]; leftOut: number } {
  const names = keptNames(columns);
  const others = columns.flatMap(({ name }, i) => (names[i] === name ? [] : [`columns(lambda name: name = ${spokenText(name)}) as ${sqlName(names[i])}`]));
  const own = new Map(names.map((name, i) => [name, columns[i].name]));
  const { columns: profiled, leftOut } = profiledColumns(columns.map(({ type }, i) => ({ name: names[i], type })), columnsMax);
  const from = others.length === 0 ? table : `(select ${others.join(", ")}, * from ${table})`;
  return { from, leftOut, columns: profiled.map((column) => ({ ...column, path: [own.get(column.path[0]) as string, ...column.path.slice(1)] })) };
}

const spokenText = (text: string): string => text.split(control).map((part, i) => (i % 2 === 0 ? sqlText(part) : `chr(${part.charCodeAt(0)})`)).join(" || ");
