import { sqlName } from "../../lake/duckdb.ts";
import type { Field } from "../nested/nested-type.ts";
import { typeSql } from "../nested/nested-type.ts";
import { unfit } from "../nested/wrangle-error.ts";
import { namedFields } from "../nested/column-choice.ts";
import type { Cell } from "../steps/cells.ts";
import { OptionReader } from "../steps/option-reader.ts";
import { soundex, soundexSql } from "./similarity/soundex.ts";

/** What two rows must have in common to be compared: a column as it is, its first characters, how it sounds, or the year of a date. */
export type KeyPart<C extends string = string> = C | { readonly first: number; readonly of: C } | { readonly soundex: C } | { readonly year: C };

/** A part of a blocking key, which was read. It has both forms: in SQL, and for a record at hand. */
export interface ReadPart {
  /** For people. */
  name: string;
  column: string;
  /** @throws MillraceError `MR-WRANGLE-001` for a column that is not there, or of another type */
  sql(fields: readonly Field[]): string;
  /** Null: the row is not compared by this key. */
  value(cell: Cell | undefined): Cell;
}

const where = "blocking";

/** @throws MillraceError `MR-WRANGLE-001` */
export function readPart(given: unknown, at: string): ReadPart {
  if (typeof given === "string") return plainPart(given);
  if (typeof given !== "object" || given === null || Array.isArray(given)) throw unfit(`${JSON.stringify(given)} is no part of a key`, at, 'name a column, or write { first: 3, of: "surname" }, { soundex: "surname" } or { year: "born" }');
  const options = new OptionReader(at, given as Record<string, unknown>);
  const part = options.has("soundex") ? soundPart(options.text("soundex")) : options.has("year") ? yearPart(options.text("year")) : firstPart(options.text("of"), options.number("first", { min: 1, max: 100, whole: true }));
  options.end();
  return part;
}

function plainPart(column: string): ReadPart {
  return {
    name: column,
    column,
    sql: (fields) => {
      const [{ name, type }] = namedFields(fields, [column], where);
      return typeSql(type) === "VARCHAR" ? `nullif(${sqlName(name)}, '')` : sqlName(name);
    },
    value: (cell) => (cell === "" ? null : (cell ?? null)),
  };
}

function firstPart(column: string, length: number): ReadPart {
  return {
    name: `first ${length} of ${column}`,
    column,
    sql: (fields) => `nullif(left(${textSql(fields, column)}, ${length}), '')`,
    value: (cell) => (typeof cell === "string" && cell !== "" ? firstOf(cell, length) : null),
  };
}

/** The first code points: a surrogate is never parted from the other one. */
function firstOf(text: string, length: number): string {
  return text.length <= length ? text : Array.from(text.slice(0, 2 * length)).slice(0, length).join("");
}

function soundPart(column: string): ReadPart {
  return {
    name: `soundex of ${column}`,
    column,
    sql: (fields) => soundexSql(`left(${textSql(fields, column)}, ${soundLength})`),
    value: (cell) => (typeof cell === "string" ? soundex(firstOf(cell, soundLength)) : null),
  };
}

/** Four sounds are in the beginning of any word; texts may be of any length. */
const soundLength = 100;

function yearPart(column: string): ReadPart {
  return {
    name: `year of ${column}`,
    column,
    sql: (fields) => {
      const [{ name, type }] = namedFields(fields, [column], where);
      if (!/^(DATE|TIMESTAMP)/.test(typeSql(type))) throw unfit(`column ${JSON.stringify(column)} is ${typeSql(type)}, which has no year`, where, `for a text write { first: 4, of: ${JSON.stringify(column)} }`);
      return `cast(year(${sqlName(name)}) as BIGINT)`;
    },
    value: (cell) => (typeof cell === "string" ? (/^-?\d{1,6}(?=-)/.exec(cell)?.map(Number)[0] ?? null) : null),
  };
}

function textSql(fields: readonly Field[], column: string): string {
  const [{ name, type }] = namedFields(fields, [column], where);
  if (typeSql(type) !== "VARCHAR") throw unfit(`column ${JSON.stringify(column)} is ${typeSql(type)} and no text`, where, "block by the column as it is");
  return sqlName(name);
}
