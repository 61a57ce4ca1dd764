import { sqlName } from "../../../lake/duckdb.ts";
import { namedFields } from "../named-fields.ts";
import { inputName } from "../../nested/value.ts";
import type { OrderOf } from "../column-types.ts";
import { compareRows, groupIndexes, orderSql } from "../row-order.ts";
import type { ReshapeStep, Step } from "../step.ts";
import { columnSql } from "../text-step.ts";

export interface TopRowsOptions<T> {
  /** What tells which rows come first; `-name` for the greatest. */
  orderBy: OrderOf<T>;
  /** As many rows for each combination of values here. Default: of all rows. */
  by?: readonly (keyof T & string)[];
  /** Rows alike in the order at the end of the list: all of them stay (`"keep"`, the default), or so many that there are `n`, of which nothing says which ones. */
  ties?: "keep" | "cut";
}

/**
 * The first rows of each group; the others are left out.
 * @param n - rows for each group, from 1
 * @example topRows(1, { orderBy: ["-updated_at"], by: ["customer"], ties: "cut" })
 */
export function topRows<T>(n: number, options: TopRowsOptions<T>): Step<T, T> {
  return { kind: "topRows", n, ...options };
}

interface TopRows {
  n: number;
  orderBy: string[];
  by: string[];
  ties: "keep" | "cut";
}

const place = sqlName("_mr_place");

export const topRowsKind: ReshapeStep<TopRows> = {
  kind: "topRows",
  scope: "reshape",
  ownCells: true,
  read: (given) => ({ n: given.number("n", { min: 1, whole: true }), orderBy: given.columns("orderBy"), by: given.maybeColumns("by"), ties: given.oneOf("ties", ["keep", "cut"], "keep") }),
  sql: ({ n, orderBy, by, ties }, { from, fields }) => {
    namedFields(fields, orderBy.map((column) => column.replace(/^-/, "")), "topRows");
    const groups = namedFields(fields, by, "topRows").map(({ name }) => columnSql(name));
    const window = `${groups.length === 0 ? "" : `partition by ${groups.join(", ")} `}order by ${orderSql(orderBy)}`;
    const placed = `(select *, ${ties === "keep" ? "rank" : "row_number"}() over (${window}) as ${place} from ${from} as ${inputName})`;
    return { from: `(select ${fields.map(({ name }) => sqlName(name)).join(", ")} from ${placed} where ${place} <= ${n})`, fields };
  },
  rows: ({ n, orderBy, by, ties }, rows) => {
    const order = compareRows(orderBy);
    return groupIndexes(rows, by).flatMap((group) => {
      const sorted = group.map((i) => rows[i]).toSorted(order);
      return ties === "cut" || sorted.length <= n ? sorted.slice(0, n) : sorted.filter((row) => order(row, sorted[n - 1]) <= 0);
    });
  },
};
