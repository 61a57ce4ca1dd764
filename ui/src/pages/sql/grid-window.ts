/** Of a grid that is larger than any element may be. Sizes in CSS pixels. */
export interface GridShape {
  rows: number;
  rowHeight: number;
  /** Left edges of the columns, and behind them the right edge of the last. */
  lefts: readonly number[];
}

export interface Span {
  first: number;
  /** Excluded. */
  end: number;
}

/** Browsers stop near 33 million; Firefox before that. */
export const heightMax = 12_000_000;

export const bodyHeight = ({ rows, rowHeight }: GridShape): number => Math.min(rows * rowHeight, heightMax);

/** The row at the top edge, with its fraction. Where the rows are higher than an element may be, a step of the bar is more than a step of the rows. */
export function topRow(shape: GridShape, scrollTop: number, viewHeight: number): number {
  const real = shape.rows * shape.rowHeight;
  if (real <= heightMax) return scrollTop / shape.rowHeight;
  const share = scrollTop / (heightMax - viewHeight);
  return (Math.min(share, 1) * (real - viewHeight)) / shape.rowHeight;
}

/** Where the bar must stand for a row to be at the top edge: the way back of `topRow`. */
export function scrollTopOf(shape: GridShape, row: number, viewHeight: number): number {
  const real = shape.rows * shape.rowHeight;
  if (real <= heightMax) return row * shape.rowHeight;
  return ((row * shape.rowHeight) / (real - viewHeight)) * (heightMax - viewHeight);
}

/** Rows and columns beyond the edges that are there before they come into sight. */
const rowsMore = 3;
const columnsMore = 1;
const columnWidthMin = 72;

export function rowsSeen(shape: GridShape, top: number, viewHeight: number, more = rowsMore): Span {
  return { first: Math.max(0, Math.floor(top) - more), end: Math.min(shape.rows, Math.ceil(top + viewHeight / shape.rowHeight) + more) };
}

/** As many rows as are seen at most, wherever a person scrolls. */
export const rowSlotsOf = ({ rowHeight }: GridShape, viewHeight: number): number => Math.ceil(viewHeight / rowHeight) + 1 + 2 * rowsMore;

export function columnsSeen({ lefts }: GridShape, scrollLeft: number, viewWidth: number, more = columnsMore): Span {
  const count = lefts.length - 1;
  return { first: Math.max(0, indexAt(lefts, scrollLeft) - more), end: Math.min(count, indexAt(lefts, scrollLeft + viewWidth) + 1 + more) };
}

/** As many columns as are seen at most, wherever a person scrolls. */
export const columnSlotsOf = (viewWidth: number): number => Math.ceil(viewWidth / columnWidthMin) + 1 + 2 * columnsMore;

/** The column over a place; undefined right of the last one. */
export const columnAt = ({ lefts }: GridShape, x: number): number | undefined => (x < lefts[lefts.length - 1] ? indexAt(lefts, x) : undefined);

/** The column over a place, by halving. */
function indexAt(lefts: readonly number[], x: number): number {
  let low = 0;
  let high = lefts.length - 2;
  while (low < high) {
    const middle = Math.ceil((low + high) / 2);
    if (lefts[middle] <= x) low = middle;
    else high = middle - 1;
  }
  return Math.max(low, 0);
}

/** Parts of a grid that are asked for at once. */
export const blockRows = 200;
export const blockColumns = 40;

export interface Block {
  row: number;
  column: number;
}

/** The parts that a view touches, by their number. */
export function blocksOf(rows: Span, columns: Span): Block[] {
  const blocks: Block[] = [];
  for (let row = Math.floor(rows.first / blockRows); row * blockRows < rows.end; row++) for (let column = Math.floor(columns.first / blockColumns); column * blockColumns < columns.end; column++) blocks.push({ row, column });
  return blocks;
}

/** @param names - of columns with their types, as wide as their names need */
export function leftsOf(columns: readonly { name: string; type: string }[], chars: readonly number[]): number[] {
  const lefts = [0];
  for (const [i, { name, type }] of columns.entries()) lefts.push(lefts[i] + Math.min(420, Math.max(columnWidthMin, 28 + 8 * Math.max(Math.min(name.length, 32), Math.min(type.length, 14), Math.min(chars[i] ?? 0, 48)))));
  return lefts;
}
