import { MillraceError } from "../errors.ts";
import { wallInstant } from "./wall-instant.ts";
import { Zone } from "./zone.ts";

const form = /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}:\d{2})?)?$/;

/**
 * The instant that a text of ISO 8601 means: a date, `2001-01-01`, a date with a time, `2001-01-01T06:00`, or the same with
 * an offset, `2001-01-01T06:00Z`. Without an offset it is read on the clocks of the zone. A date is its day's first instant, a
 * time that the clocks jump over is as much later as they jump, and one that they show twice is the second.
 *
 * @param where - what is being read, for the error: `dag "daily", start`
 * @returns milliseconds since 1970; what is finer is cut off
 * @throws MillraceError `MR-MODEL-012` for a text that is none of these or no day of the calendar, `MR-MODEL-010` for an unknown zone
 */
export function instantIn(text: string, timezone: string, where = "a schedule"): number {
  const parsed = parse(text);
  if (!parsed) throw unreadable(text, where);
  if (parsed.hasOffset) return parsed.utc;
  const zone = Zone.of(timezone);
  return parsed.hasTime ? wallInstant(zone, parsed.utc) : firstOfDay(zone, parsed.utc);
}

/** Whether it is a day of the calendar as `YYYY-MM-DD`, from the year 1000 on. */
export function isDate(text: string): boolean {
  const at = /^[1-9]\d{3}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN;
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** Whether it is an instant whatever the zone: a date with a time and `Z` or an offset. */
export function isInstant(text: string): boolean {
  return parse(text)?.hasOffset ?? false;
}

/** Undefined for what cannot be read. `utc`: where no offset is given, as though it were `Z`. */
function parse(text: string): { utc: number; hasTime: boolean; hasOffset: boolean } | undefined {
  const [, date, time, offset] = form.exec(text) ?? [];
  // Date.parse takes 24:00 for the next midnight; here it is a slip.
  if (date === undefined || !isDate(date) || time?.startsWith("24")) return undefined;
  const utc = Date.parse(`${date}T${clipped(time ?? "00:00")}${offset ?? "Z"}`);
  return Number.isNaN(utc) ? undefined : { utc, hasTime: time !== undefined, hasOffset: offset !== undefined };
}

/** Where the day is left out altogether, the first instant behind it. */
function firstOfDay(zone: Zone, midnight: number): number {
  const instants = zone.instantsOf(midnight);
  return instants.kind === "fold" ? instants.first : instants.at;
}

/** Milliseconds are all that a Date keeps; not every engine reads more digits. */
function clipped(time: string): string {
  return time.slice(0, "00:00:00.000".length);
}

function unreadable(text: unknown, where: string): MillraceError {
  return new MillraceError("MR-MODEL-012", {
    what: `${JSON.stringify(text)} is no date or time`,
    where,
    mend: 'write a date of the calendar, "2001-01-31", with a time where it matters, "2001-01-31T06:00", and with "Z" behind it for UTC',
  });
}
