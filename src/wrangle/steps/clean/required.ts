import { sqlText } from "../../../lake/duckdb.ts";
import type { Flat } from "../../../model/schema-types.ts";
import { namedFields } from "../named-fields.ts";
import { Rejection, type RowStep, type Step } from "../step.ts";
import { columnSql } from "../text-step.ts";

/** Rows with a null in one of these columns go to the quarantine. */
export function required<T, const K extends keyof T & string>(columns: K | readonly K[]): Step<T, Flat<Omit<T, K> & { [C in K]: NonNullable<T[C]> }>> {
  return { kind: "required", columns: [columns].flat() };
}

const reason = (column: string): string => `${JSON.stringify(column)} is missing`;

export const requiredKind: RowStep<{ columns: string[] }> = {
  kind: "required",
  scope: "row",
  ownCells: true,
  read: (given) => ({ columns: given.columns("columns") }),
  sql: ({ columns }, input) => {
    const missing = namedFields(input.fields, columns, "required").map(({ name }) => `when ${columnSql(name)} is null then ${sqlText(reason(name))}`);
    return { set: [], reject: `case ${missing.join(" ")} end` };
  },
  row: ({ columns }) => (row) => {
    const missing = columns.find((column) => row[column] === null || row[column] === undefined);
    return missing === undefined ? row : new Rejection(reason(missing));
  },
};
