import { isDateText } from "../dates.ts";

/* Days and points in time as both forms have them: years 1 to 9999 of the Gregorian calendar. In TypeScript they are texts as the engine prints them. */

/** SQL: a day of a text `YYYY-MM-DD`; null for another text, and for a day that the calendar does not have. */
export const dateSql = (text: string): string => `try_cast(${text} as DATE)`;

/** The same in TypeScript. */
export const dateOf = (text: string): string | null => (isDateText(text) ? text : null);

const timeForm = /^(\d{4}-\d{2}-\d{2}) (\d{2}):(\d{2}):(\d{2})[.](\d{1,6})(?:([+-])(\d{2}):(\d{2}))?$/;

/** SQL: a point in time of a text `YYYY-MM-DD HH:MM:SS.f`, in UTC where `+HH:MM` stands behind it. Null outside of the years 1 to 9999. */
export function timestampSql(text: string, hasOffset: boolean): string {
  const time = hasOffset ? `timezone('UTC', try_cast(${text} as TIMESTAMP WITH TIME ZONE))` : `try_cast(${text} as TIMESTAMP)`;
  return hasOffset ? `case when year(${time}) between 1 and 9999 then ${time} end` : time;
}

/** The same in TypeScript. */
export function timestampOf(text: string): string | null {
  const [, date, hour, minute, second, fraction, sign, ...offset] = timeForm.exec(text) ?? [];
  if (date === undefined || dateOf(date) === null) return null;
  const rest = fraction.replace(/0+$/, "");
  const shown = (day: string, clock: string): string => `${day} ${clock}${rest === "" ? "" : `.${rest}`}`;
  if (sign === undefined) return shown(date, `${hour}:${minute}:${second}`);
  const east = (sign === "-" ? -1 : 1) * (Number(offset[0]) * 60 + Number(offset[1]));
  const utc = new Date(Date.parse(`${date}T${hour}:${minute}:${second}Z`) - east * 60_000);
  const [day, clock] = utc.toISOString().slice(0, 19).split("T");
  return /^\d{4}-/.test(day) && !day.startsWith("0000") ? shown(day, clock) : null;
}
