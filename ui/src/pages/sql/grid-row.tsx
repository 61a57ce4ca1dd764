import { type CSSProperties, memo } from "react";
import { cellText } from "./cell-text.ts";
import styles from "./result-grid.module.css";
import type { CellOf } from "./use-blocks.ts";

/** A column in sight. */
export interface ShownColumn {
  column: number;
  /** Which of the elements of a row is its own now. */
  slot: number;
  isNumber: boolean;
  place: CSSProperties;
}

interface GridRowProps {
  row: number;
  /** Pixels from the top of the grid's content. */
  top: number;
  columns: readonly ShownColumn[];
  cell: CellOf;
  numbersWidth: number;
  idOf(row: number, column: number): string;
  /** The active cell's column, where it is in this row. */
  at: number | undefined;
  /** The first and last column that are chosen, where some of this row are. */
  from: number | undefined;
  to: number | undefined;
}

/**
 * A row that is drawn again only where something of it changed. Of a row or column that leaves the sight the elements become those
 * of the one that comes; and a cell is one element with few attributes: what is dear in scrolling is how many there are.
 */
export const GridRow = memo(({ row, top, columns, cell, numbersWidth, idOf, at, from = 0, to = -1 }: GridRowProps) => (
  <div className={styles.row} role="row" aria-rowindex={row + 2} style={{ top }}>
    <span className={styles.number} role="rowheader" aria-colindex={1} style={{ width: numbersWidth }}>
      {(row + 1).toLocaleString("en")}
    </span>
    {columns.map(({ column, slot, isNumber, place }) => {
      const found = cell(row, column);
      const { text, isNull, isCut } = found === undefined ? nothingYet : cellText(found.value);
      return (
        <span key={slot} id={column === at ? idOf(row, column) : undefined} role="gridcell" aria-colindex={column + 2} aria-selected={(column >= from && column <= to) || undefined} aria-busy={found === undefined || undefined} className={styles.cell} style={place} data-right={isNumber || undefined} data-null={isNull || undefined} data-at={column === at || undefined}>
          {isCut ? `${text}…` : text}
        </span>
      );
    })}
  </div>
));

const nothingYet = { text: "", isNull: false, isCut: false };
