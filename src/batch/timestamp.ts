const dayMs = 86_400_000;
const days = new Map<number, string>();
const daysMax = 4_096;
const twoDigits = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, "0"));
const hourMinute = Array.from({ length: 1_440 }, (_, n) => `T${twoDigits[Math.floor(n / 60)]}:${twoDigits[n % 60]}:`);

/**
 * ISO 8601 in UTC with milliseconds, as `Date.toISOString`, several times faster: neighbouring records share their day.
 *
 * @param ms - milliseconds since 1970, within the range of `Date`; fractions are cut off
 * @throws RangeError outside the range of `Date`, as `Date.toISOString` does
 */
export function isoTimestamp(ms: number): string {
  const day = Math.floor(ms / dayMs);
  let text = days.get(day);
  if (text === undefined) {
    text = new Date(day * dayMs).toISOString().slice(0, -14);
    if (days.size >= daysMax) days.clear();
    days.set(day, text);
  }
  const inDay = Math.floor(ms - day * dayMs);
  const minute = Math.floor(inDay / 60_000);
  const inMinute = inDay - minute * 60_000;
  const second = Math.floor(inMinute / 1_000);
  const rest = inMinute - second * 1_000;
  return text + hourMinute[minute] + twoDigits[second] + (rest === 0 ? ".000Z" : `.${String(rest).padStart(3, "0")}Z`);
}

const digit = (text: string, at: number): number => text.charCodeAt(at) - 48;

/** Milliseconds since 1970 of an ISO 8601 timestamp; NaN when it is none. The usual spelling in UTC takes a short way. */
export function parseTimestamp(text: string): number {
  if (text.length === 24 && text.charCodeAt(23) === 90 && text.charCodeAt(10) === 84 && text.charCodeAt(19) === 46) {
    const year = digit(text, 0) * 1000 + digit(text, 1) * 100 + digit(text, 2) * 10 + digit(text, 3);
    const month = digit(text, 5) * 10 + digit(text, 6);
    const day = digit(text, 8) * 10 + digit(text, 9);
    const hour = digit(text, 11) * 10 + digit(text, 12);
    const minute = digit(text, 14) * 10 + digit(text, 15);
    const second = digit(text, 17) * 10 + digit(text, 18);
    const ms = digit(text, 20) * 100 + digit(text, 21) * 10 + digit(text, 22);
    if (year >= 100 && year < 10_000 && month > 0 && month < 13 && day > 0 && day < 29 && hour < 24 && minute < 60 && second < 60 && ms >= 0 && ms < 1000) {
      return Date.UTC(year, month - 1, day, hour, minute, second, ms);
    }
  }
  return Date.parse(text);
}
