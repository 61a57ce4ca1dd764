import type { Flat } from "../../../model/schema-types.ts";
import { namedFields } from "../named-fields.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import type { Cell, Row } from "../cells.ts";
import { type Flagged, type FlagOption, imputedColumns, imputedRow, readFlag } from "../impute/flag.ts";
import { compareRows, groupIndexes, orderSql } from "../row-order.ts";
import type { Step, WindowStep } from "../step.ts";
import { columnSql } from "../text-step.ts";

export interface FillOptions<K extends string = string, Flag extends string = string> extends FlagOption<Flag> {
  /** What tells which row comes before which; `-name` for the greatest first. Rows of a table have no order of their own. */
  orderBy: readonly (K | `-${K}`)[];
  /** Rows with the same values here are one group, and nothing is taken from another. Default: all rows are one. */
  by?: readonly K[];
  /** `"down"`, the default: from the last row before that has a value. `"up"`: from the next one after. */
  direction?: "down" | "up";
}

/**
 * Nulls take the value of the row before, or after, that has one. A flag is for one column.
 * @example fill("region", { orderBy: ["line"] })
 */
export function fill<T, const K extends keyof T & string, const Flag extends string = never>(columns: K | readonly K[], options: FillOptions<keyof T & string, Flag>): Step<T, [Flag] extends [never] ? T : Flat<T & Flagged<Flag>>> {
  return { kind: "fill", columns: [columns].flat(), ...options };
}

interface Fill {
  columns: string[];
  orderBy: string[];
  by: string[];
  direction: "down" | "up";
  flag?: string;
}

export const fillKind: WindowStep<Fill> = {
  kind: "fill",
  scope: "window",
  ownCells: true,
  read: (given) => {
    const [columns, flag] = [given.columns("columns"), readFlag(given)];
    if (flag !== undefined && columns.length > 1) throw unfit("one flag is given for several columns", "fill", "fill them one by one, each with a flag of its own");
    return { columns, flag, orderBy: given.columns("orderBy"), by: given.maybeColumns("by"), direction: given.oneOf("direction", ["down", "up"], "down") };
  },
  sql: ({ columns, orderBy, by, direction, flag }, input, together) => {
    namedFields(input.fields, [...by, ...orderBy.map((name) => name.replace(/^-/, ""))], "fill");
    const frame = direction === "down" ? "rows between unbounded preceding and current row" : "rows between current row and unbounded following";
    const take = direction === "down" ? "last_value" : "first_value";
    const over = `over (partition by ${[together, ...by.map(columnSql)].join(", ")} order by ${orderSql(orderBy)} ${frame})`;
    return imputedColumns(input, namedFields(input.fields, columns, "fill").map(({ name, type }) => ({ name, sql: `${take}(${columnSql(name)} ignore nulls) ${over}`, type })), flag);
  },
  rows: ({ columns, orderBy, by, direction, flag }, rows) => {
    const filled: Row[] = [...rows];
    const order = compareRows(orderBy);
    for (const group of groupIndexes(rows, by)) {
      const sorted = group.sort((a, b) => order(rows[a], rows[b]));
      if (direction === "up") sorted.reverse();
      fillGroup(filled, sorted, columns);
    }
    return flag === undefined ? filled : rows.map((row, i) => imputedRow(row, columns[0], filled[i][columns[0]] ?? null, flag));
  },
};

function fillGroup(rows: Row[], indexes: readonly number[], columns: readonly string[]): void {
  const last = new Map<string, Cell>();
  for (const i of indexes) {
    for (const column of columns) {
      const cell = rows[i][column] ?? null;
      if (cell !== null) last.set(column, cell);
      else if (last.has(column)) rows[i] = { ...rows[i], [column]: last.get(column) };
    }
  }
}
