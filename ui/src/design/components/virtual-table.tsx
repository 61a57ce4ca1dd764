import { memo, type ReactNode, useRef } from "react";
import { useMainRows } from "../use-main-rows.ts";
import type { TableColumn } from "./table.tsx";
import styles from "./virtual-table.module.css";

export interface VirtualColumn<T> extends Omit<TableColumn<T>, "onPhones"> {
  /** As in `grid-template-columns`. */
  width: string;
}

interface VirtualTableProps<T> {
  label: string;
  columns: VirtualColumn<T>[];
  rows: readonly T[];
  rowKey(row: T): string;
  rowPx: number;
}

/** Any number of rows of one height, of which only those in sight are there; they scroll with the page. */
export function VirtualTable<T>({ label, columns, rows, rowKey, rowPx }: VirtualTableProps<T>) {
  const list = useRef<HTMLDivElement>(null);
  const seen = useMainRows(list, rows.length, rowPx);
  const gridTemplateColumns = columns.map(({ width }) => width).join(" ");
  return (
    <div className={styles.table} role="table" aria-label={label} aria-rowcount={rows.length + 1}>
      <div role="rowgroup">
        <div className={styles.head} role="row" aria-rowindex={1} style={{ gridTemplateColumns }}>
          {columns.map(({ title, align }) => (
            <span key={title} role="columnheader" data-align={align}>
              {title}
            </span>
          ))}
        </div>
      </div>
      <div ref={list} role="rowgroup" className={styles.body} style={{ height: seen.getTotalSize() }}>
        {seen.getVirtualItems().map(({ index, start }) => (
          <div key={rowKey(rows[index])} className={styles.row} role="row" aria-rowindex={index + 2} style={{ gridTemplateColumns, height: rowPx, transform: `translateY(${start - seen.options.scrollMargin}px)` }}>
            <Cells columns={columns as VirtualColumn<unknown>[]} row={rows[index]} />
          </div>
        ))}
      </div>
    </div>
  );
}

const Cells = memo(function Cells({ columns, row }: { columns: VirtualColumn<unknown>[]; row: unknown }): ReactNode {
  return columns.map(({ title, align, cell }) => (
    <span key={title} role="cell" className={styles.cell} data-align={align}>
      {cell(row)}
    </span>
  ));
});
