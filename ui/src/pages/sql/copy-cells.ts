import { client } from "../../api/client.ts";
import { tell } from "../../design/notices.ts";
import { copiedRows } from "./cell-text.ts";
import type { CellSpan } from "./grid-selection.ts";

/** More than that is better downloaded. */
const cellsMax = 200_000;

/** Puts whole values onto the clipboard, as a spreadsheet takes them. */
export async function copyCells(query: string, { first, last }: CellSpan): Promise<void> {
  const columns = last.column - first.column + 1;
  const rows = Math.min(last.row - first.row + 1, Math.max(1, Math.floor(cellsMax / columns)));
  try {
    const window = { page: String(first.row), limit: rows, columnsFrom: first.column, columns: Math.min(columns, 10_000) };
    const { data } = await client.GET("/api/v1/queries/{query}/results", { params: { path: { query }, query: window } });
    await navigator.clipboard.writeText(copiedRows((data?.rows ?? []) as unknown[][]));
    const cut = rows < last.row - first.row + 1 ? `; more than ${cellsMax.toLocaleString("en")} cells are not copied, download the result for them` : "";
    tell(`Copied ${rows.toLocaleString("en")} × ${columns.toLocaleString("en")} cells${cut}.`);
  } catch (error) {
    tell("That was not copied.", error);
  }
}
