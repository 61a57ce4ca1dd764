import { invalidFormat } from "../damage.ts";

/** Rows count from 1, columns from 0; all inclusive. */
export interface CellRange {
  top: number;
  left: number;
  bottom: number;
  right: number;
}

/** @param text - `B3:F200`, or `B3:F` for all rows down to the last */
export function parseRange(text: string, where: string): CellRange {
  const match = /^([A-Z]{1,3})([1-9]\d{0,6}):([A-Z]{1,3})([1-9]\d{0,6})?$/.exec(text);
  if (!match) throw invalidFormat(where, `${JSON.stringify(text)} is no range of cells`, "write it as B3:F200, or B3:F for all rows below");
  return { left: columnIndex(match[1]), top: Number(match[2]), right: columnIndex(match[3]), bottom: match[4] ? Number(match[4]) : Number.POSITIVE_INFINITY };
}

/** `A` is 0, `AA` is 26. */
export function columnIndex(letters: string): number {
  let index = 0;
  for (const letter of letters) index = index * 26 + letter.charCodeAt(0) - 64;
  return index - 1;
}

export function columnLetters(index: number): string {
  let letters = "";
  for (let rest = index + 1; rest > 0; rest = Math.floor((rest - 1) / 26)) letters = String.fromCharCode(65 + ((rest - 1) % 26)) + letters;
  return letters;
}
