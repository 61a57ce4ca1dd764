import { unfit } from "../nested/wrangle-error.ts";

/* Dates as rows have them, `2024-05-01`, and as days since 1970-01-01, in the years 1 to 9999 of the Gregorian calendar. */

const dayMs = 86_400_000;

/** Days since 1970 that have a date. */
export const dayRange: readonly [first: number, last: number] = [-719_162, 2_932_896];

export const dateText = (day: number): string => new Date(day * dayMs).toISOString().slice(0, 10);

/** The date, or null where the calendar has none. */
export function dateOf(year: number, month: number, day: number): string | null {
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  return at.getUTCMonth() === month - 1 ? at.toISOString().slice(0, 10) : null;
}

/** Whether it is a date that the calendar has. */
export function isDateText(text: string): boolean {
  const ms = /^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  return !Number.isNaN(ms) && dateText(ms / dayMs) === text;
}

/**
 * Days since 1970.
 * @throws MillraceError `MR-WRANGLE-001` for a text that is no date
 */
export function dayOf(text: string, where: string): number {
  if (!isDateText(text)) throw unfit(`${JSON.stringify(text.slice(0, 40))} is no date`, where, "make dates of the column first: 2024-05-01");
  return Date.parse(`${text}T00:00:00Z`) / dayMs;
}
