import type { ColumnKind } from "../../quality/states/profiled-column.ts";

/** Four digits that count. */
export function numberText(value: number): string {
  if (!Number.isFinite(value)) return "?";
  const short = Number(value.toPrecision(4));
  return Math.abs(short) >= 1e9 || (short !== 0 && Math.abs(short) < 1e-4) ? short.toExponential() : String(short);
}

/** A figure of a column as its values are written: times as times. */
export function figureOf(kind: ColumnKind, value: number): string {
  if (kind !== "time") return numberText(value);
  const date = new Date(value);
  return Number.isNaN(date.getTime()) ? numberText(value) : date.toISOString().replace("T", " ").replace(/(?: 00:00:00)?\.000Z$|Z$/, "");
}
