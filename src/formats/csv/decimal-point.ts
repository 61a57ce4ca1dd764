/**
 * A number with a decimal comma as one with a point; any other text as it is. `1.234,5` has points between thousands, which
 * are not taken.
 */
export function decimalPoint(cell: string): string {
  return /^-?\d*,\d+$/.test(cell.trim()) ? cell.replace(",", ".") : cell;
}
