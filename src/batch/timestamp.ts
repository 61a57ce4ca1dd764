const daySeconds = 86_400;
const days = new Map<number, string>();
const daysMax = 4_096;
const twoDigits = Array.from({ length: 100 }, (_, n) => String(n).padStart(2, "0"));
const hourMinute = Array.from({ length: 1_440 }, (_, n) => `T${twoDigits[Math.floor(n / 60)]}:${twoDigits[n % 60]}:`);

/** The range of `Date`, milliseconds either way from 1970. */
const msMax = 8.64e15;

/** Neighbouring records often share their second, and what was printed last is often what is read next: kept, both ways. */
const newest = { second: Number.NaN, secondText: "", ms: Number.NaN, text: "" };
const millisecond = Array.from({ length: 1_000 }, (_, n) => `.${String(n).padStart(3, "0")}Z`);

/**
 * ISO 8601 in UTC with milliseconds, as `Date.toISOString`, several times faster: neighbouring records share their day.
 *
 * @param ms - milliseconds since 1970, within the range of `Date`; fractions are cut off towards 1970, as `Date` does
 * @throws RangeError outside the range of `Date`, as `Date.toISOString` does
 */
export function isoTimestamp(ms: number): string {
  const whole = Math.trunc(ms);
  if (whole === newest.ms) return newest.text;
  if (!(ms >= -msMax && ms <= msMax)) throw new RangeError(`${ms} is no time that a timestamp can say`);
  const second = Math.floor(whole / 1_000);
  if (second !== newest.second) {
    newest.secondText = secondText(second);
    newest.second = second;
  }
  newest.text = newest.secondText + millisecond[whole - second * 1_000];
  newest.ms = whole + 0; // Read back, -0 is 0.
  return newest.text;
}

function secondText(second: number): string {
  const day = Math.floor(second / daySeconds);
  let text = days.get(day);
  if (text === undefined) {
    text = new Date(day * daySeconds * 1_000).toISOString().slice(0, -14);
    if (days.size >= daysMax) days.clear();
    days.set(day, text);
  }
  const inDay = second - day * daySeconds;
  const minute = Math.floor(inDay / 60);
  return text + hourMinute[minute] + twoDigits[inDay - minute * 60];
}

const iso = /^([+-]\d{6}|\d{4})-(\d\d)-(\d\d)(?:[Tt ](\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)(Z|z|[+-]\d\d(?::?\d\d)?)?)?$/;

/**
 * Milliseconds since 1970 of an ISO 8601 timestamp; NaN when it is none or its day does not exist. Digits behind the
 * millisecond are cut off. Without an offset it is UTC: what a record says must not depend on where it is read.
 * The usual spelling in UTC takes a short way.
 */
export function parseTimestamp(text: string): number {
  if (text === newest.text) return newest.ms;
  const usual = text.length === 24 ? parseUsual(text) : Number.NaN;
  return usual === usual ? usual : parseAny(text);
}

const digit = (text: string, at: number): number => {
  const value = text.charCodeAt(at) - 48;
  return value >= 0 && value <= 9 ? value : Number.NaN;
};
const two = (text: string, at: number): number => digit(text, at) * 10 + digit(text, at + 1);

/** `2024-02-29T12:00:00.000Z`; NaN for everything else, and for what needs a closer look. */
function parseUsual(text: string): number {
  const marks = text.charCodeAt(4) === 45 && text.charCodeAt(7) === 45 && text.charCodeAt(10) === 84 && text.charCodeAt(13) === 58 && text.charCodeAt(16) === 58 && text.charCodeAt(19) === 46 && text.charCodeAt(23) === 90;
  if (!marks) return Number.NaN;
  const year = two(text, 0) * 100 + two(text, 2);
  const month = two(text, 5);
  const day = two(text, 8);
  const hour = two(text, 11);
  const minute = two(text, 14);
  const second = two(text, 17);
  const ms = digit(text, 20) * 100 + two(text, 21);
  const plain = year >= 100 && month > 0 && month < 13 && day > 0 && day < 29 && hour < 24 && minute < 60 && second < 60 && ms >= 0;
  return plain ? Date.UTC(year, month - 1, day, hour, minute, second, ms) : Number.NaN;
}

function parseAny(text: string): number {
  const parts = iso.exec(text);
  if (!parts || parts[1] === "-000000") return Number.NaN;
  const [, year, month, day, time = "00:00", offset = "Z"] = parts;
  if (!isDay(Number(year), Number(month), Number(day))) return Number.NaN;
  return Date.parse(`${year}-${month}-${day}T${withSeconds(time)}${withMinutes(offset)}`);
}

const withSeconds = (time: string): string => (time.length === 5 ? `${time}:00` : time.replace(",", "."));

function withMinutes(offset: string): string {
  if (offset === "Z" || offset === "z") return "Z";
  const hour = offset.slice(0, 3);
  const minute = offset.slice(3).replace(":", "");
  return `${hour}:${minute || "00"}`;
}

/** Whether the calendar has the day. `Date` takes a 30 February for 1 March. */
export function isDay(year: number, month: number, day: number): boolean {
  if (month < 1 || month > 12 || day < 1) return false;
  const leap = year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return day <= (month === 2 ? (leap ? 29 : 28) : [4, 6, 9, 11].includes(month) ? 30 : 31);
}
