import { plainText } from "./plain-text.ts";
import type { Style } from "./style.ts";
import { cutText, textWidth } from "./text-width.ts";

export interface TableColumn {
  title: string;
  /** Default `left`. */
  align?: "left" | "right";
  /** Is never cut: an id, of which a part is of no use to whoever copies it. */
  whole?: true;
  /** The colour of a cell, by its whole text: the cell itself may be cut. */
  paint?: (cell: string, style: Style) => (text: string) => string;
}

export interface TableTextOptions {
  style: Style;
  /** Cells of the terminal; columns that are too wide give way to it. Absent: no limit, as for a file. */
  width?: number;
}

const gap = 2;
/** Columns are not cut below this many cells: they would say nothing. */
const cellsMin = 6;

/** Lines of an aligned table, heading first. Cells may hold any text: what a terminal would obey is escaped. */
export function tableText(columns: readonly TableColumn[], rows: readonly (readonly string[])[], { style, width }: TableTextOptions): string {
  const titles = columns.map(({ title }) => plainText(title));
  const cells = rows.map((row) => columns.map((_, i) => plainText(row[i] ?? "")));
  const widths = fitWidths(columns.map((_, i) => Math.max(textWidth(titles[i]), ...cells.map((row) => textWidth(row[i])))), columns, width);
  const line = (row: readonly string[], painted: boolean): string => columns.map(({ align, paint }, i) => fitCell(row[i], widths[i], align, painted ? paint?.(row[i], style) : undefined)).join(" ".repeat(gap)).trimEnd();
  return [style.dim(line(titles, false)), ...cells.map((row) => line(row, true))].map((text) => `${text}\n`).join("");
}

/** Takes from the widest columns until all fit. Where even narrow ones do not fit, lines wrap: nothing is left out. */
function fitWidths(natural: number[], columns: readonly TableColumn[], width: number | undefined): number[] {
  const widths = [...natural];
  if (width === undefined) return widths;
  let over = widths.reduce((sum, each) => sum + each + gap, -gap) - width;
  while (over > 0) {
    const cuttable = widths.filter((_, i) => !columns[i].whole);
    const widest = Math.max(...cuttable);
    if (widest <= cellsMin) break;
    const next = Math.max(cellsMin, ...cuttable.filter((each) => each < widest));
    const sharers = cuttable.filter((each) => each === widest).length;
    const take = Math.max(1, Math.min(widest - next, Math.ceil(over / sharers)));
    for (let i = 0; i < widths.length && over > 0; i++) {
      if (widths[i] !== widest || columns[i].whole) continue;
      const taken = Math.min(take, over);
      widths[i] -= taken;
      over -= taken;
    }
  }
  return widths;
}

function fitCell(text: string, width: number, align: TableColumn["align"], paint = (text: string): string => text): string {
  const cut = cutText(text, width);
  const pad = " ".repeat(Math.max(0, width - textWidth(cut)));
  return align === "right" ? pad + paint(cut) : paint(cut) + pad;
}
