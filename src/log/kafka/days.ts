const dayMs = 86_400_000;

/** Days since 1970 of a day of the calendar, written as `2024-02-29`. */
export function dayNumber(text: string): number {
  // `Date.UTC` takes years below 100 for those of the last century.
  return new Date(0).setUTCFullYear(Number(text.slice(0, 4)), Number(text.slice(5, 7)) - 1, Number(text.slice(8))) / dayMs;
}

const [first, last] = [dayNumber("0000-01-01"), dayNumber("9999-12-31")];

/** The day as text; undefined before the year 0 and after 9999. */
export function dayText(days: number): string | undefined {
  return days >= first && days <= last ? new Date(days * dayMs).toISOString().slice(0, 10) : undefined;
}
