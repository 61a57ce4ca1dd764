/* Days are texts as 2001-01-31: the calendar's own, in no zone. */

const dayMs = 86_400_000;

export const dayAfter = (day: string, days: number): string => new Date(Date.parse(day) + days * dayMs).toISOString().slice(0, 10);

export const isDay = (text: string | undefined): text is string => text !== undefined && /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text)) && new Date(text).toISOString().startsWith(text);

/** Its days, in weeks from Monday to Sunday; null where a week reaches into another month. `month` from 1 to 12. */
export function weeksOf(year: number, month: number): (string | null)[][] {
  const first = Date.UTC(year, month - 1, 1);
  const count = new Date(Date.UTC(year, month, 0)).getUTCDate();
  const before = (new Date(first).getUTCDay() + 6) % 7;
  const cells = Array.from({ length: Math.ceil((before + count) / 7) * 7 }, (_, i) => (i < before || i >= before + count ? null : new Date(first + (i - before) * dayMs).toISOString().slice(0, 10)));
  return Array.from({ length: cells.length / 7 }, (_, week) => cells.slice(week * 7, week * 7 + 7));
}

/** The two in order, both included. */
export const spanOf = (one: string, other: string): { from: string; to: string } => (one <= other ? { from: one, to: other } : { from: other, to: one });
