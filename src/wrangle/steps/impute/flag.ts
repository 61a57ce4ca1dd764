import { type Relation, scalar } from "../../nested/nested-type.ts";
import type { Cell, Row } from "../cells.ts";
import { Computed } from "../computed.ts";
import { checkFree } from "../column-names.ts";
import type { OptionReader } from "../option-reader.ts";
import type { ColumnChanges, ColumnValue } from "../step.ts";
import { columnSql } from "../text-step.ts";

/*
 * What was imputed can be told apart afterwards: a column of truth values says it of each row. Who computes with imputed
 * values as if they had been observed takes them for surer than they are.
 */

export interface FlagOption<Flag extends string> {
  /** The name of a new column: true where the value was imputed. */
  flag?: Flag;
}

/** The columns of a flag. */
export type Flagged<Flag extends string> = { [F in Flag]: boolean };

export const readFlag = (given: OptionReader): string | undefined => (given.has("flag") ? given.text("flag") : undefined);

/** Columns with what was missing, computed once, and the flag of the first. */
export function imputedColumns(input: Relation, columns: readonly ColumnValue[], flag: string | undefined): ColumnChanges {
  const first = new Computed();
  const set = columns.map((column) => ({ ...column, sql: first.once(column.sql) }));
  if (flag === undefined) return { first: first.values, set };
  checkFree([...input.fields.map((field) => field.name), flag], "flag");
  const [{ name, sql }] = set;
  return { first: first.values, set: [...set, { name: flag, sql: `${columnSql(name)} is null and ${sql} is not null`, type: scalar("BOOLEAN") }] };
}

/** A row with its value, where it had none and there is one. */
export function imputedRow(row: Row, column: string, value: Cell, flag: string | undefined): Row {
  const missing = (row[column] ?? null) === null && value !== null;
  if (!missing && flag === undefined) return row;
  return { ...row, ...(missing && { [column]: value }), ...(flag !== undefined && { [flag]: missing }) };
}
