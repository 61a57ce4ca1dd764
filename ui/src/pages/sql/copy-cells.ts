import { client } from "../../api/client.ts";
import { tell } from "../../design/notices.ts";
import { copiedRows } from "./cell-text.ts";
import type { CellSpan } from "./grid-selection.ts";
import { orderQuery, type RowOrder } from "./row-order.ts";

/** More than that is better downloaded. */
const cellsMax = 200_000;
/** Of one answer. */
const most = { rows: 100_000, columns: 10_000 };

/** Puts whole values onto the clipboard, as a spreadsheet takes them. */
export async function copyCells(query: string, { first, last }: CellSpan, order?: RowOrder): Promise<void> {
  const wanted = { rows: last.row - first.row + 1, columns: last.column - first.column + 1 };
  const columns = Math.min(wanted.columns, most.columns);
  const rows = Math.min(wanted.rows, most.rows, Math.floor(cellsMax / columns));
  try {
    const window = { page: String(first.row), limit: rows, columnsFrom: first.column, columns, ...orderQuery(order) };
    const { data } = await client.GET("/api/v1/queries/{query}/results", { params: { path: { query }, query: window } });
    await navigator.clipboard.writeText(copiedRows((data?.rows ?? []) as unknown[][]));
    const cut = rows < wanted.rows || columns < wanted.columns ? `, the first of ${wanted.rows.toLocaleString("en")} × ${wanted.columns.toLocaleString("en")}; download the result for all of them` : "";
    tell(`Copied ${rows.toLocaleString("en")} × ${columns.toLocaleString("en")} cells${cut}.`);
  } catch (error) {
    tell("That was not copied.", error);
  }
}
