import { type KeyboardEvent, type MouseEvent, useCallback, useId, useLayoutEffect, useMemo, useReducer, useRef, useState } from "react";
import { ErrorBox } from "../../design/components/error-box.tsx";
import { CellDialog } from "./cell-dialog.tsx";
import { cellText, isNumberType } from "./cell-text.ts";
import { copyCells } from "./copy-cells.ts";
import { GridHead } from "./grid-head.tsx";
import { GridRow, type ShownColumn } from "./grid-row.tsx";
import { type Cell, moved, type Selection, spanOf } from "./grid-selection.ts";
import { blocksOf, bodyHeight, columnAt, columnSlotsOf, columnsSeen, type GridShape, leftsOf, rowSlotsOf, rowsSeen, scrollTopOf, topRow } from "./grid-window.ts";
import styles from "./result-grid.module.css";
import { orderAfter, type RowOrder } from "./row-order.ts";
import { type CellOf, useBlocks } from "./use-blocks.ts";

const rowHeight = 27;
const headHeight = 44;
const numbersWidth = 76;
/** An element wider than this is wider than browsers can have it. */
const columnsMax = 20_000;

interface Column {
  name: string;
  type: string;
}

interface ResultGridProps {
  query: string;
  columns: readonly Column[];
  rowCount: number;
  order?: RowOrder;
  /** Absent: the rows stay as they are. */
  onOrder?(order: RowOrder | undefined): void;
}

/** The rows of a result, of which the page holds those in sight alone. */
export function ResultGrid({ query, columns: all, rowCount, order, onOrder }: ResultGridProps) {
  const columns = useMemo(() => all.slice(0, columnsMax), [all]);
  const box = useRef<HTMLDivElement>(null);
  const id = useId();
  const idOf = useCallback((row: number, column: number) => `${id}-${row}-${column}`, [id]);
  const [view, look] = useReducer((_: View, next: View) => next, { top: 0, left: 0, width: 800, height: 400 });
  const [selection, select] = useState<Selection>({ at: { row: 0, column: 0 }, from: { row: 0, column: 0 } });
  const [opened, open] = useState<Cell>();
  const first = useBlocks(query, firstBlock).cell;
  const lefts = useMemo(() => leftsOf(columns, widest(first, Math.min(columns.length, 40))), [columns, first]);
  const shape: GridShape = { rows: rowCount, rowHeight, lefts };
  const viewHeight = view.height - headHeight;
  const top = topRow(shape, view.top, viewHeight);
  const rows = rowsSeen(shape, top, viewHeight);
  const seen = columnsSeen(shape, view.left, view.width - numbersWidth);
  const { cell, error } = useBlocks(query, blocksOf(rows, seen), order);

  useLayoutEffect(() => {
    const element = box.current as HTMLDivElement;
    const read = (): void => look({ top: element.scrollTop, left: element.scrollLeft, width: element.clientWidth, height: element.clientHeight });
    const watcher = new ResizeObserver(read);
    watcher.observe(element);
    element.addEventListener("scroll", read, { passive: true });
    read();
    return () => {
      watcher.disconnect();
      element.removeEventListener("scroll", read);
    };
  }, []);

  const show = ({ row, column }: Cell): void => {
    const element = box.current as HTMLDivElement;
    const fitting = Math.floor(viewHeight / rowHeight) - 1;
    if (row < top) element.scrollTop = scrollTopOf(shape, row, viewHeight);
    else if (row > top + fitting) element.scrollTop = scrollTopOf(shape, row - fitting, viewHeight) + 1;
    if (lefts[column] < element.scrollLeft) element.scrollLeft = lefts[column];
    else if (lefts[column + 1] > element.scrollLeft + view.width - numbersWidth) element.scrollLeft = lefts[column + 1] - view.width + numbersWidth;
  };
  const orderBy = onOrder && ((column: number): void => {
    // Another row stands where one was: what is seen begins anew.
    const element = box.current as HTMLDivElement;
    element.scrollTop = 0;
    element.focus();
    look({ ...view, top: 0 });
    select({ from: { row: 0, column }, at: { row: 0, column } });
    onOrder(orderAfter(order, column));
  });
  const onKey = (event: KeyboardEvent): void => {
    const mod = event.ctrlKey || event.metaKey;
    if (mod && event.key === "c") void copyCells(query, spanOf(selection), order);
    else if (mod && event.key === "a") select({ from: { row: 0, column: 0 }, at: { row: rowCount - 1, column: columns.length - 1 } });
    else if (event.key === "Enter" && event.shiftKey && orderBy) orderBy(selection.at.column);
    else if (event.key === "Enter") open(selection.at);
    else {
      const at = moved(selection.at, event.key, { mod, rows: rowCount, columns: columns.length, page: Math.max(1, Math.floor(viewHeight / rowHeight) - 1) });
      if (at === undefined) return;
      select({ at, from: event.shiftKey ? selection.from : at });
      show(at);
    }
    event.preventDefault();
  };
  const cellAt = ({ clientX, clientY }: MouseEvent): Cell | undefined => {
    const element = box.current as HTMLDivElement;
    const edge = element.getBoundingClientRect();
    const [x, y] = [clientX - edge.left, clientY - edge.top - headHeight];
    if (y < 0 || x >= element.clientWidth || y >= viewHeight) return undefined;
    const row = Math.floor(topRow(shape, element.scrollTop, viewHeight) + y / rowHeight);
    const column = x < numbersWidth ? -1 : columnAt(shape, element.scrollLeft + x - numbersWidth);
    return row < rowCount && column !== undefined ? { row, column } : undefined;
  };
  const onPress = (event: MouseEvent): void => {
    const at = cellAt(event);
    if (at === undefined) return;
    if (at.column < 0) select({ from: { row: event.shiftKey ? selection.from.row : at.row, column: 0 }, at: { row: at.row, column: columns.length - 1 } });
    else select({ at, from: event.shiftKey ? selection.from : at });
  };
  const onDrag = (event: MouseEvent): void => {
    const at = event.buttons === 1 ? cellAt(event) : undefined;
    if (at !== undefined && at.column >= 0) select({ ...selection, at });
  };

  const marked = spanOf(selection);
  const offset = headHeight + view.top - (top - rows.first) * rowHeight;
  const rowSlots = rowSlotsOf(shape, viewHeight);
  const columnSlots = columnSlotsOf(view.width);
  const shown = useMemo(() => numbersOf(seen.first, seen.end).map((column): ShownColumn => ({ column, slot: column % columnSlots, isNumber: isNumberType(columns[column].type), place: { left: numbersWidth + lefts[column], width: lefts[column + 1] - lefts[column] } })), [columns, lefts, seen.first, seen.end, columnSlots]);
  return (
    <>
      {error !== undefined && <ErrorBox error={error} />}
      <div
        ref={box}
        className={styles.grid}
        role="grid"
        tabIndex={0}
        aria-label="Result"
        aria-rowcount={rowCount + 1}
        aria-colcount={columns.length + 1}
        aria-multiselectable
        aria-activedescendant={isIn(selection.at, rows, seen) ? idOf(selection.at.row, selection.at.column) : undefined}
        onKeyDown={onKey}
        onMouseDown={onPress}
        onMouseMove={onDrag}
        onDoubleClick={(event) => {
          const at = cellAt(event);
          if (at !== undefined && at.column >= 0) open(at);
        }}
      >
        <div className={styles.space} role="presentation" style={{ width: numbersWidth + lefts[columns.length], height: headHeight + bodyHeight(shape) }}>
          <GridHead columns={columns} shown={shown} numbersWidth={numbersWidth} height={headHeight} order={order} onChoose={orderBy} />
          {numbersOf(rows.first, rows.end).map((row) => {
            const isMarked = row >= marked.first.row && row <= marked.last.row;
            return <GridRow key={row % rowSlots} row={row} top={offset + (row - rows.first) * rowHeight} columns={shown} cell={cell} numbersWidth={numbersWidth} idOf={idOf} at={row === selection.at.row ? selection.at.column : undefined} from={isMarked ? marked.first.column : undefined} to={isMarked ? marked.last.column : undefined} />;
          })}
        </div>
      </div>
      {all.length > columnsMax && <p className={styles.cut}>The first {columnsMax.toLocaleString("en")} of {all.length.toLocaleString("en")} columns are shown. Name those that you want in the statement, or download the result: it has all of them.</p>}
      {opened && <CellDialog query={query} order={order} cell={opened} column={columns[opened.column]} onClose={() => open(undefined)} />}
    </>
  );
}

interface View {
  top: number;
  left: number;
  width: number;
  height: number;
}

const firstBlock = [{ row: 0, column: 0 }];

const numbersOf = (first: number, end: number): number[] => Array.from({ length: Math.max(0, end - first) }, (_, i) => first + i);

const isIn = ({ row, column }: Cell, rows: { first: number; end: number }, columns: { first: number; end: number }): boolean => row >= rows.first && row < rows.end && column >= columns.first && column < columns.end;

/** Of the columns in the first part the characters of their longest values among the first rows. */
function widest(cell: CellOf, columns: number): number[] {
  return Array.from({ length: columns }, (_, column) => {
    let chars = 0;
    for (let row = 0; row < 50; row++) {
      const found = cell(row, column);
      if (found === undefined) break;
      chars = Math.max(chars, cellText(found.value).text.length);
    }
    return chars;
  });
}
