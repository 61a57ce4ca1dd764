/** What stands in a column of a row. Dates and times are texts as ISO 8601 has them, as they are in topics. */
export type Cell = string | number | bigint | boolean | null | readonly Cell[] | { readonly [field: string]: Cell };

/** A row, by column. A column that is not there is null. */
export type Row = Readonly<Record<string, Cell | undefined>>;

/** Whether two cells hold the same; nulls do, and NaN is itself, as in the engine. */
export function sameCell(a: Cell | undefined, b: Cell | undefined): boolean {
  if (a === b || (a ?? null) === (b ?? null)) return true;
  if (typeof a === "string" || typeof b === "string" || a === null || b === null) return false;
  return cellsKey([a]) === cellsKey([b]);
}

/** A text for cells that is the same for those that hold the same, as in GROUP BY: NaN is itself, and no null. */
export function cellsKey(cells: Cell | readonly (Cell | undefined)[]): string {
  return JSON.stringify(cells, (_, cell: unknown) => (typeof cell === "bigint" ? (Number.isSafeInteger(Number(cell)) ? Number(cell) : String(cell)) : typeof cell === "number" && !Number.isFinite(cell) ? { number: String(cell) } : (cell ?? null)));
}

/** Order as the engine has it: nulls last, texts by code point, NaN after all other numbers. */
export function compareCells(a: Cell | undefined, b: Cell | undefined): number {
  if (a === null || a === undefined) return b === null || b === undefined ? 0 : 1;
  if (b === null || b === undefined) return -1;
  if (typeof a === "string" && typeof b === "string") return compareTexts(a, b);
  const [x, y] = [Number(a), Number(b)];
  if (Number.isNaN(x) || Number.isNaN(y)) return Number(Number.isNaN(x)) - Number(Number.isNaN(y));
  return x < y ? -1 : x > y ? 1 : 0;
}

/** JavaScript compares units of UTF-16, of which surrogates come before the last thousands of single ones; code points do not. */
function compareTexts(a: string, b: string): number {
  if (a === b) return 0;
  let i = 0;
  while (i < a.length && a.charCodeAt(i) === b.charCodeAt(i)) i++;
  const [x, y] = [a.charCodeAt(i), b.charCodeAt(i)];
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.isNaN(x) ? -1 : 1;
  const isSurrogate = (unit: number) => unit >= 0xd800 && unit <= 0xdfff;
  return isSurrogate(x) === isSurrogate(y) ? x - y : isSurrogate(x) ? 1 : -1;
}
