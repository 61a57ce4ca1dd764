import { MillraceError } from "../errors.ts";

/** The largest statement that is looked at, in bytes of UTF-8. */
const sqlBytesMax = 64 * 1024;
/** What no statement may hold: a NUL ends it for the engine but not for the gate, and both must see the same. */
export const controlCharacters = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f]/g;
/** Brackets inside one another: DuckDB's parser walks them with the stack of its thread. */
const bracketDepthMax = 200;

/**
 * What can be refused before any parser sees the text.
 *
 * @throws MillraceError `MR-SQL-001` when the text cannot be a statement, `MR-SQL-002` when it is too large or too deep
 */
export function checkSqlText(sql: string): void {
  const bytes = Buffer.byteLength(sql, "utf8");
  if (bytes > sqlBytesMax) {
    throw new MillraceError("MR-SQL-002", { what: `the statement has ${bytes} bytes; ${sqlBytesMax} are the most`, where: "the statement", mend: "put long lists of values into a table and join it" });
  }
  const control = sql.search(controlCharacters);
  if (control >= 0) {
    throw new MillraceError("MR-SQL-001", { what: `the statement contains the control character U+${hex4(sql[control])}`, where: placeInSql(sql, Buffer.byteLength(sql.slice(0, control))), mend: "remove it; in a string write chr(n)" });
  }
  if (!sql.isWellFormed()) throw new MillraceError("MR-SQL-001", { what: "the statement is not valid Unicode", where: "the statement", mend: "remove the lone surrogate" });
  const deep = firstTooDeep(sql);
  if (deep >= 0) {
    throw new MillraceError("MR-SQL-002", { what: `brackets stand more than ${bracketDepthMax} deep`, where: placeInSql(sql, Buffer.byteLength(sql.slice(0, deep))), mend: "write it with fewer levels, with common table expressions for instance" });
  }
}

const hex4 = (character: string): string => character.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");

/** Counts brackets wherever they stand, in strings too: a rare false refusal is cheaper than a second lexer that errs. */
function firstTooDeep(sql: string): number {
  let depth = 0;
  for (let i = 0; i < sql.length; i++) {
    const c = sql.charCodeAt(i);
    if (c === 40 || c === 91 || c === 123) {
      if (++depth > bracketDepthMax) return i;
    } else if (c === 41 || c === 93 || c === 125) depth = Math.max(0, depth - 1);
  }
  return -1;
}

/**
 * @param at - a position in bytes of UTF-8, as the engine counts but for its parser, which counts `characters`; whatever
 * lies outside the text is its end
 * @returns `line 1, column 8`, both from 1, columns in characters
 */
export function placeInSql(sql: string, at: number, unit: "bytes" | "characters" = "bytes"): string {
  const from = Math.max(0, at);
  const before = unit === "bytes" ? Buffer.from(sql, "utf8").subarray(0, from).toString("utf8") : [...sql].slice(0, from).join("");
  const lines = before.split("\n");
  return `line ${lines.length}, column ${[...(lines.at(-1) as string)].length + 1}`;
}
