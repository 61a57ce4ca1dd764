import { MillraceError } from "../errors.ts";

/** A weekday (0: Sunday) that counts only as the `nth` of its month; -1: the last. */
export interface NthWeekday {
  weekday: number;
  nth: number;
}

/** The five fields of a cron expression, as the values that each allows. */
export interface CronFields {
  expression: string;
  /** Whether no hour is left out, however that is written: such a schedule goes by elapsed time, not by the clock on the wall. */
  everyHour: boolean;
  minutes: Set<number>;
  hours: Set<number>;
  /** 1 to 31. */
  days: Set<number>;
  /** `L` among the days. */
  lastDay: boolean;
  /** 1 to 12. */
  months: Set<number>;
  /** 0 to 6, Sunday first. */
  weekdays: Set<number>;
  nthWeekdays: NthWeekday[];
  /** Whether neither days of the month nor weekdays are `*`: a day then counts when either says so. */
  eitherDay: boolean;
}

interface Field {
  name: string;
  from: number;
  to: number;
  names?: string[];
}

const minute: Field = { name: "minutes", from: 0, to: 59 };
const hour: Field = { name: "hours", from: 0, to: 23 };
const day: Field = { name: "days of the month", from: 1, to: 31 };
const month: Field = { name: "months", from: 1, to: 12, names: ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"] };
const weekday: Field = { name: "weekdays", from: 0, to: 6, names: ["sun", "mon", "tue", "wed", "thu", "fri", "sat"] };

/** Airflow's presets. */
const presets: Record<string, string> = {
  "@hourly": "0 * * * *",
  "@daily": "0 0 * * *",
  "@midnight": "0 0 * * *",
  "@weekly": "0 0 * * 0",
  "@monthly": "0 0 1 * *",
  "@quarterly": "0 0 1 */3 *",
  "@yearly": "0 0 1 1 *",
  "@annually": "0 0 1 1 *",
};

/**
 * Reads a cron expression of five fields: minute, hour, day of the month, month, weekday. Each is `*`, a value, a range
 * `a-b`, any of these in steps of `n` with `/n` behind it, or a list of such. Months and weekdays may be names of three
 * letters. A day of the month may be `L`, the last; a weekday may be `5#2`, the second Friday, `mon-wed#1`, or `L5`, the last;
 * either may be `?`, which is `*`. Also Airflow's presets: `@hourly`, `@daily`, `@midnight`, `@weekly`, `@monthly`,
 * `@quarterly`, `@yearly`, `@annually`.
 *
 * It means what it does in Airflow, which reads it with croniter, but for five things:
 * - over the end of a field a step keeps its stride: `22-6/3` goes on at 1, where croniter has 2;
 * - beside a day of the month, `5#2` and `L5` add days like any weekday; croniter then drops the day of the month, or finds nothing;
 * - `1-31` and `0-6` are not `*`; croniter takes them for it when the other field of days has a star in it;
 * - `1,5#2` is taken;
 * - seconds, years, `W`, `25-L`, `H`, `R`, and days that never come, such as 30 February, are refused.
 *
 * @throws MillraceError `MR-MODEL-011` when it cannot be read, or no day ever fulfils it
 */
export function parseCron(expression: string): CronFields {
  const text = presets[expression.trim().toLowerCase()] ?? expression.trim();
  const fields = text.split(/\s+/).map((field, at) => ((at === 2 || at === 4) && field === "?" ? "*" : field));
  if (fields.length !== 5) throw unreadable(expression, `it has ${text === "" ? 0 : fields.length} fields, not 5`);
  const read = (at: number, field: Field): Set<number> => fieldValues(fields[at], field, expression);
  const { plain: dayText, special: lastDays } = partsOf(fields[2], /^l$/i);
  const { plain: weekdayText, special: nths } = partsOf(fields[4], /#|^l./i);
  const weekdays = weekdayText === undefined ? new Set<number>() : fieldValues(weekdayText, weekday, expression);
  const hours = read(1, hour);
  const cron: CronFields = {
    expression,
    everyHour: hours.size === 24,
    minutes: read(0, minute),
    hours,
    days: dayText === undefined ? new Set() : fieldValues(dayText, day, expression),
    lastDay: lastDays.length > 0,
    months: read(3, month),
    weekdays,
    nthWeekdays: nths.flatMap((text) => nthsOf(text, expression)),
    eitherDay: isRestricted(fields[2]) && isRestricted(fields[4]),
  };
  if (!canHappen(cron)) throw unreadable(expression, "no month it names has such a day");
  return cron;
}

/** As Airflow has it. To Vixie's cron, every field that begins with a star is open, such as every second day. */
function isRestricted(text: string): boolean {
  return !text.split(",").includes("*");
}

/** Parts what only one field knows from the rest of a list. */
function partsOf(text: string, pattern: RegExp): { plain: string | undefined; special: string[] } {
  const all = text.split(",");
  const plain = all.filter((part) => !pattern.test(part));
  return { plain: plain.length > 0 ? plain.join(",") : undefined, special: all.filter((part) => pattern.test(part)) };
}

function fieldValues(text: string, field: Field, expression: string): Set<number> {
  const values = new Set<number>();
  for (const part of text.split(",")) {
    const match = /^(?:(\*)|([a-z]{3}|\d{1,2})(?:-([a-z]{3}|\d{1,2}))?)(?:\/(\d{1,4}))?$/i.exec(part);
    if (!match) throw unreadable(expression, `"${part}" among the ${field.name} is no value, range or step`);
    const step = Number(match[4] ?? 1);
    if (step === 0) throw unreadable(expression, `"${part}" among the ${field.name} goes in steps of 0`);
    const [low, high] = boundsOf(match, field, expression);
    // A range that ends before it begins goes over the end of the field, as Friday to Monday does.
    const size = field.to - field.from + 1;
    const length = (high - low + size) % size;
    for (let i = 0; i <= length; i += step) values.add(field.from + ((low - field.from + i) % size));
  }
  return values;
}

/** First and last value of a part. A range that ends where it begins is the whole field, as Airflow has it: "jan-jan" is every month. */
function boundsOf([, star, first, last, step]: RegExpExecArray, field: Field, expression: string): [low: number, high: number] {
  if (star) return [field.from, field.to];
  const low = fieldValue(first, field, expression);
  if (last === undefined) return [low, step === undefined ? low : field.to];
  const high = fieldValue(last, field, expression);
  return low === high ? [field.from, field.to] : [low, high];
}

function fieldValue(text: string, field: Field, expression: string): number {
  const named = field.names?.indexOf(text.toLowerCase()) ?? -1;
  const value = named >= 0 ? named + field.from : Number(text);
  // Sunday too.
  if (field === weekday && value === 7) return 0;
  if (Number.isInteger(value) && value >= field.from && value <= field.to) return value;
  throw unreadable(expression, `"${text}" is not among the ${field.name}, which go from ${field.from} to ${field.to}`);
}

function nthsOf(text: string, expression: string): NthWeekday[] {
  const [, last, days, nthText] = /^(?:l(\w+)|(\w+(?:-\w+)?)#([1-5]))$/i.exec(text) ?? [];
  if (last === undefined && days === undefined) throw unreadable(expression, `"${text}" is no weekday of a month; the second Friday is "5#2", the last is "L5"`);
  const nth = last !== undefined ? -1 : Number(nthText);
  return [...fieldValues(last ?? days, weekday, expression)].map((value) => ({ weekday: value, nth }));
}

const longestMonths = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

function canHappen({ days, months, lastDay, weekdays, nthWeekdays, eitherDay }: CronFields): boolean {
  if (lastDay || (eitherDay && (weekdays.size > 0 || nthWeekdays.length > 0))) return true;
  return [...months].some((each) => [...days].some((day) => day <= longestMonths[each - 1]));
}

function unreadable(expression: string, why: string): MillraceError {
  return new MillraceError("MR-MODEL-011", {
    what: `the cron expression ${JSON.stringify(expression)} cannot be read: ${why}`,
    where: "a schedule",
    mend: 'write five fields: minute, hour, day of the month, month, weekday; "30 6 * * 1-5" is 6:30 from Monday to Friday',
  });
}
