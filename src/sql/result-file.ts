import { sqlName } from "../lake/duckdb.ts";
import type { QueryColumn } from "./query-request.ts";
import { controlCharacters } from "./sql-text.ts";

/*
 * How a result is kept in a Parquet file: under names that differ, and with values that come back as they were. What Parquet
 * has no type for is kept as another type and turned back when it is read.
 */

export const resultFileName = "result.parquet";

const picture = (sign: string): string => (sign === "\x7f" ? "␡" : String.fromCharCode(0x2400 + sign.charCodeAt(0)));

/** The engine's column, and option, for the number of a row in its file, the first being 0. No column of a result has this name there. */
export const rowNumber = "file_row_number";

/** The columns' names in the file: those of the result, numbered where they repeat, and with pictures of characters that no statement could tell. */
export function keptNames(columns: QueryColumn[]): string[] {
  const taken = new Set<string>([rowNumber]);
  // Where counting goes on: of ten thousand columns of one name each would else ask after all before it.
  const counts = new Map<string, number>();
  return columns.map((column) => {
    const name = column.name.replace(controlCharacters, picture);
    let kept = name === "" ? "column" : name;
    let n = counts.get(name) ?? 2;
    while (taken.has(kept.toLowerCase())) kept = `${name}_${n++}`;
    counts.set(name, n);
    taken.add(kept.toLowerCase());
    return kept;
  });
}

/** As text in the file, alone or inside of a list or struct: Parquet would lose digits of them, or does not have them. */
const asText = /\b(U?HUGEINT|BIGNUM|BIT|UNION|TIME WITH TIME ZONE|TIMETZ|TIME_NS|TIMESTAMP_S|VARIANT|GEOMETRY|"NULL")/;

/** The type in the file; undefined where it is that of the result. */
export function keptType(type: string): string | undefined {
  return asText.test(type) ? "VARCHAR" : undefined;
}

/** Whether a kept text is turned back into what it was: a whole number, or another value that is not inside another. */
const comesBack = /^(U?HUGEINT|BIGNUM|BIT|TIME WITH TIME ZONE|TIMESTAMP_S)$/;

/** The part of a result that somebody looks at. */
export interface ResultWindow {
  /** Rows before the first. */
  from: number;
  /** Most rows. */
  limit: number;
  /** Columns before the first, and most columns. Absent: all of them. */
  columns?: { from: number; count: number };
  /** Texts and nested values, then as JSON, are cut behind so many characters; one that was cut is one character longer. Absent: they are whole. */
  cellChars?: number;
  /** By whose values the rows are ordered, nulls last, and equal ones as the statement gave them. Absent: as it gave all of them. */
  order?: { column: number; descending: boolean };
}

export const columnsOfWindow = (columns: QueryColumn[], { columns: seen }: ResultWindow): QueryColumn[] => (seen === undefined ? columns : columns.slice(seen.from, seen.from + seen.count));

/** The statement that reads rows of a result, as they were, from the relation that its file stands behind, which has their `rowNumber` too. */
export function keptRowsSql(relation: string, columns: QueryColumn[], window: ResultWindow): string {
  const names = keptNames(columns).map((name) => `${relation}.${sqlName(name)}`);
  const items = columns.map(({ type }, i) => keptItem(names[i], type, window.cellChars));
  const { from: first, count } = window.columns ?? { from: 0, count: items.length };
  const seen = items.slice(first, first + count).join(", ");
  const page = `limit ${window.limit} offset ${window.from}`;
  if (window.order === undefined) return `select ${seen} from ${relation} ${page}`;
  const { column, descending } = window.order;
  const number = `${relation}.${rowNumber}`;
  const order = `order by ${keptItem(names[column], columns[column].type, undefined)} ${descending ? "desc" : "asc"} nulls last, ${number}`;
  // What is ordered is one column; of the others only the rows of the page are read.
  return `select ${seen} from ${relation} where ${number} in (select ${number} from ${relation} ${order} ${page}) ${order}`;
}

/** Types of which a value may be of any length. */
const isText = /^(VARCHAR|JSON|BIGNUM|BIT|ENUM\(.*)$/s;
const isNested = /[\])]$|^(STRUCT|MAP|UNION|VARIANT)/;
const isNumber = /^DECIMAL\(/;

function keptItem(name: string, type: string, cellChars: number | undefined): string {
  const kept = keptType(type);
  if (cellChars !== undefined && isText.test(type)) return `left(${name}::varchar, ${cellChars + 1})`;
  if (cellChars !== undefined && type === "BLOB") return `left(base64(${name}), ${cellChars + 1})`;
  if (cellChars !== undefined && kept === undefined && isNested.test(type) && !isNumber.test(type)) return `left(to_json(${name})::varchar, ${cellChars + 1})`;
  if (cellChars !== undefined && kept !== undefined && !comesBack.test(type)) return `left(${name}, ${cellChars + 1})`;
  return comesBack.test(type) ? `cast(${name} as ${type})` : name;
}
