import { ArrowDown, ArrowUp } from "lucide-react";
import { visibleLine } from "../../design/visible-text.ts";
import type { ShownColumn } from "./grid-row.tsx";
import styles from "./result-grid.module.css";
import type { RowOrder } from "./row-order.ts";

const titleMax = 500;
const nameMax = 200;
const typeMax = 60;

interface GridHeadProps {
  columns: readonly { name: string; type: string }[];
  shown: readonly ShownColumn[];
  numbersWidth: number;
  height: number;
  order: RowOrder | undefined;
  /** Absent: the rows stay as they are. */
  onChoose: ((column: number) => void) | undefined;
}

/** Names and types of the columns in sight; one that is pressed orders the rows. The keys stay with the cells, which have one for it too. */
export function GridHead({ columns, shown, numbersWidth, height, order, onChoose }: GridHeadProps) {
  return (
    <div className={styles.head} role="row" aria-rowindex={1} style={{ height }}>
      <span className={styles.corner} role="columnheader" aria-colindex={1} style={{ width: numbersWidth }}>
        row
      </span>
      {shown.map(({ column, slot, isNumber, place }) => {
        const { name, type } = columns[column];
        const title = `${name.slice(0, titleMax)}\n${type.slice(0, titleMax)}`;
        const direction = order?.column !== column ? undefined : order.descending ? "descending" : "ascending";
        const words = (
          <span className={styles.words}>
            <span>
              {direction === "ascending" && <ArrowUp size={12} aria-hidden />}
              {direction === "descending" && <ArrowDown size={12} aria-hidden />}
              <span className="foreign">{visibleLine(name.slice(0, nameMax))}</span>
            </span>
            <span className={styles.type}>{type.slice(0, typeMax).toLowerCase()}</span>
          </span>
        );
        return (
          <span key={slot} className={styles.name} role="columnheader" aria-colindex={column + 2} aria-sort={direction} style={place} title={onChoose ? `${title}\n\nOrders the rows: up, down, as they came` : title} data-right={isNumber || undefined}>
            {onChoose ? (
              <button type="button" tabIndex={-1} onClick={() => onChoose(column)}>
                {words}
              </button>
            ) : (
              words
            )}
          </span>
        );
      })}
    </div>
  );
}
