import type { Flat } from "../../../model/schema-types.ts";
import { unpivot } from "../../nested/unpivot.ts";
import type { Row } from "../cells.ts";
import type { ReshapeStep, Step } from "../step.ts";

export interface PivotLongerOptions<Name extends string, Value extends string> {
  /** The new column that says which one a row was. Default "name". */
  namesTo?: Name;
  /** The new column with the value. Default "value". */
  valuesTo?: Value;
  /** Whether a null makes a row. Default "keep". */
  nulls?: "keep" | "drop";
}

/** Columns as rows: each row once for each of the columns. Column names that are values become values. */
export function pivotLonger<T, const K extends keyof T & string, const Name extends string = "name", const Value extends string = "value">(
  columns: readonly K[],
  options: PivotLongerOptions<Name, Value> = {},
): Step<T, Flat<Omit<T, K> & { [N in Name]: K } & { [V in Value]: T[K] }>> {
  return { kind: "pivotLonger", columns, ...options };
}

interface PivotLonger {
  columns: string[];
  name: string;
  value: string;
  nulls: "keep" | "drop";
}

export const pivotLongerKind: ReshapeStep<PivotLonger> = {
  kind: "pivotLonger",
  scope: "reshape",
  read: (given) => ({ columns: given.columns("columns"), name: given.text("namesTo", "name"), value: given.text("valuesTo", "value"), nulls: given.oneOf("nulls", ["keep", "drop"], "keep") }),
  sql: (options, input) => unpivot(input, options),
  rows: ({ columns, name, value, nulls }, rows) =>
    rows.flatMap((row) => {
      const others: Row = Object.fromEntries(Object.entries(row).filter(([column]) => !columns.includes(column)));
      const cells = columns.map((column) => ({ ...others, [name]: column, [value]: row[column] ?? null }));
      return nulls === "keep" ? cells : cells.filter((cell) => cell[value] !== null);
    }),
};
