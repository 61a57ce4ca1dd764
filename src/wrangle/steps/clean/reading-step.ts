import { sqlText } from "../../../lake/duckdb.ts";
import type { Flat } from "../../../model/schema-types.ts";
import type { NestedType } from "../../nested/nested-type.ts";
import type { Cell, Row } from "../cells.ts";
import type { ColumnsOf } from "../column-types.ts";
import { Computed } from "../computed.ts";
import type { OptionReader } from "../option-reader.ts";
import { Rejection, type RowStep } from "../step.ts";
import { columnSql, textColumns } from "../text-step.ts";

/** Columns that hold texts, or nothing. */
export type TextColumn<T> = ColumnsOf<T, string>;

/** What becomes of a text that cannot be read: its row goes to the quarantine, the default, or it becomes null. */
export type Misfits = "quarantine" | "null";

/** Rows whose columns `K` were read. */
export type WithRead<T, K extends string, V, M> = Flat<Omit<T, K> & { [C in K]: V | (C extends keyof T ? Extract<T[C], null> : never) | (M extends "null" ? null : never) }>;

/** How texts are read as values of another type, in both forms. */
export interface Reading<O> {
  readonly kind: string;
  read(given: OptionReader): O;
  type(options: O): NestedType;
  /** What a text that cannot be read is: `is no number`. */
  misfit(options: O): string;
  /**
   * @param value - SQL that gives a text of at most 200 characters, or null
   * @param once - gives a name to what is to be computed once
   * @returns SQL: null where the text cannot be read
   */
  sql(value: string, options: O, once: (sql: string) => string): string;
  /** Made once, called for each text. Null where it cannot be read. */
  text(options: O): (value: string) => Cell;
}

/** Longer texts are no number, no date and no name of one, and patterns need not be tried on them. Counted in code points. */
const textMax = 200;
const shownMax = 40;

/** A step that reads texts. */
export function readingStep<O>(form: Reading<O>): RowStep<O & { columns: string[]; misfits: Misfits }> {
  return {
    kind: form.kind,
    scope: "row",
    ownCells: true,
    read: (given) => ({ ...form.read(given), columns: given.columns("columns"), misfits: given.oneOf("misfits", ["quarantine", "null"], "quarantine") }),
    sql: (options, input) => {
      const first = new Computed();
      const columns = textColumns(input, options.columns, form.kind).map(({ name }) => {
        const value = columnSql(name);
        return { name, value, read: first.once(form.sql(boundedSql(value), options, first.once)) };
      });
      const set = columns.map(({ name, read }) => ({ name, sql: read, type: form.type(options) }));
      const misfits = columns.map(({ name, value, read }) => `when ${value} is not null and ${read} is null then ${misfitSql(name, form.misfit(options), value)}`);
      return { first: first.values, set, ...(options.misfits === "quarantine" && { reject: `case ${misfits.join(" ")} end` }) };
    },
    row: (options) => {
      const read = form.text(options);
      return (row) => readCells(row, options, (text) => (isLong(text) ? null : read(text)), form.misfit(options));
    },
  };
}

function readCells(row: Row, { columns, misfits }: { columns: string[]; misfits: Misfits }, read: (text: string) => Cell, misfit: string): Row | Rejection {
  const changed: Record<string, Cell | undefined> = { ...row };
  for (const column of columns) {
    const cell = row[column] ?? null;
    changed[column] = typeof cell === "string" ? read(cell) : cell;
    if (typeof cell === "string" && changed[column] === null && misfits === "quarantine") return new Rejection(misfitText(column, misfit, cell));
  }
  return changed;
}

/** SQL: the reason why a value cannot go on, with the value, shortened. */
export const misfitSql = (column: string, misfit: string, value: string): string => `concat(${sqlText(`${JSON.stringify(column)} ${misfit}: `)}, left(${value}, ${shownMax}), case when length(${value}) > ${shownMax} then '…' else '' end)`;

/** The same in TypeScript. */
export function misfitText(column: string, misfit: string, value: string): string {
  // A code point is one or two units.
  const start = [...value.slice(0, 2 * shownMax + 2)];
  return `${JSON.stringify(column)} ${misfit}: ${start.slice(0, shownMax).join("")}${start.length > shownMax ? "…" : ""}`;
}

/** SQL: the text, or null where it is too long to be read. */
export const boundedSql = (value: string): string => `case when length(${value}) <= ${textMax} then ${value} end`;

/** Whether a text is too long to be read. */
export const isLong = (text: string): boolean => text.length > textMax && (text.length > 2 * textMax || [...text].length > textMax);
