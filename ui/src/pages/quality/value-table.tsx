import { visibleLine } from "../../design/visible-text.ts";
import styles from "./quality.module.css";

const columnsMax = 30;
const charactersMax = 200;

/** Rows as they are, some of their columns where there are many, and each value as far as it can be read. */
export function ValueTable({ title, rows }: { title: string; rows: Record<string, unknown>[] }) {
  const all = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const columns = all.slice(0, columnsMax);
  return (
    <table className={styles.values}>
      <caption className="foreign">{title}{all.length > columnsMax && ` (${columnsMax} of ${all.length} columns)`}</caption>
      <thead>
        <tr>{columns.map((column) => <th key={column} scope="col" className="foreign">{visibleLine(column.slice(0, charactersMax))}</th>)}</tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: rows may be the same, and stay where they are
          <tr key={index}>{columns.map((column) => <td key={column} className="foreign">{valueText(row[column])}</td>)}</tr>
        ))}
      </tbody>
    </table>
  );
}

function valueText(value: unknown): string {
  const text = value === null || value === undefined ? "null" : typeof value === "string" ? value : JSON.stringify(value);
  return visibleLine(text.length > charactersMax ? `${text.slice(0, charactersMax)}…` : text);
}
