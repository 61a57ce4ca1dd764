import type { ReactNode } from "react";
import styles from "./table.module.css";

export interface TableColumn<T> {
  title: string;
  align?: "right";
  /** Left out on phones, where it would push others out of sight. */
  onPhones?: false;
  cell(row: T): ReactNode;
}

/** Rows that fit on a page, some hundred at most; longer ones are a `VirtualTable`. */
export function Table<T>({ label, columns, rows, rowKey }: { label: string; columns: TableColumn<T>[]; rows: readonly T[]; rowKey(row: T): string }) {
  return (
    <table className={styles.table} aria-label={label}>
      <thead>
        <tr>
          {columns.map(({ title, align, onPhones }) => (
            <th key={title} scope="col" data-align={align} data-phones={onPhones}>
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={rowKey(row)}>
            {columns.map(({ title, align, onPhones, cell }) => (
              <td key={title} data-align={align} data-phones={onPhones}>
                {cell(row)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
