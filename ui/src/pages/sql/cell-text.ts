import { visibleLine } from "../../design/visible-text.ts";

/** Longer values are cut in the grid; whole they are in a window of their own. */
export const cellChars = 300;

const numbers = /^(U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?|BIGNUM|DECIMAL\(\d+,\s*\d+\)|FLOAT|DOUBLE)$/;

export const isNumberType = (type: string): boolean => numbers.test(type);

/** A value on one line; what stands for null is told apart by `isNull`. */
export function cellText(value: unknown): { text: string; isNull: boolean; isCut: boolean } {
  if (value === null) return { text: "null", isNull: true, isCut: false };
  const whole = typeof value === "object" ? JSON.stringify(value) : String(value);
  const isCut = whole.length > cellChars;
  return { text: visibleLine(isCut ? whole.slice(0, cellChars) : whole), isNull: false, isCut };
}

/** As it goes into a spreadsheet: null as nothing, tabs and line ends inside in quotes. */
function copiedCell(value: unknown): string {
  if (value === null) return "";
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return /[\t\n\r"]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export const copiedRows = (rows: readonly unknown[][]): string => rows.map((row) => row.map(copiedCell).join("\t")).join("\n");
