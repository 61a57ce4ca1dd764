import { columnSql } from "./text-step.ts";
import { cellsKey, compareCells, type Row } from "./cells.ts";

/** A column that rows are ordered by: its name, or `-name` for the greatest first. Nulls come last either way. */
export type OrderColumn = string;

/** Behind ORDER BY. */
export function orderSql(orderBy: readonly OrderColumn[]): string {
  return orderBy.map((column) => (column.startsWith("-") ? `${columnSql(column.slice(1))} desc nulls last` : `${columnSql(column)} asc nulls last`)).join(", ");
}

/** Which of two rows comes first; rows that are alike stay as they are. */
export function compareRows(orderBy: readonly OrderColumn[]): (a: Row, b: Row) => number {
  const parts = orderBy.map((column) => ({ name: column.replace(/^-/, ""), sign: column.startsWith("-") ? -1 : 1 }));
  return (a, b) => {
    for (const { name, sign } of parts) {
      const [x, y] = [a[name] ?? null, b[name] ?? null];
      const order = x === null || y === null ? compareCells(x, y) : sign * compareCells(x, y);
      if (order !== 0) return order;
    }
    return 0;
  };
}

/** Indexes of rows by group, in the order of the rows. Nulls are a group like any other. */
export function groupIndexes(rows: readonly Row[], by: readonly string[]): number[][] {
  const groups = Map.groupBy(rows.keys(), (i) => cellsKey(by.map((column) => rows[i][column])));
  return [...groups.values()];
}
