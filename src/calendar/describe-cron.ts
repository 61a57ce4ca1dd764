import type { FoldPolicy, GapPolicy } from "./cron.ts";
import { type CronFields, type NthWeekday, parseCron } from "./cron-fields.ts";

/** Times of day that are written out one by one; more than that need a pattern. */
const timesMax = 6;
/** Longer than this, the expression itself is easier to read. */
const charactersMax = 160;
const weekdayNames = ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"];
const monthNames = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const nthNames = ["first", "second", "third", "fourth", "fifth"];

/**
 * A cron expression in words: `at 06:00 on Monday to Friday in Europe/Zurich`. Where both days of the month and weekdays are
 * given, either makes a tick, and it says "or". What has no short words is given as the expression.
 */
export function describeCron({ expression, timezone, gap, fold }: { expression: string; timezone: string; gap: GapPolicy; fold: FoldPolicy }): string {
  const fields = parseCron(expression);
  const [times, days] = [timesWords(fields), daysWords(fields)];
  const isAlways = times.startsWith("every") && !times.includes(":");
  const text = [times, days === "" && !isAlways ? "every day" : days, monthsWords(fields)].filter((part) => part !== "").join(" ");
  return `${text.length > charactersMax ? `by the cron expression ${expression}` : text} in ${timezone}${changeWords(gap, fold)}`;
}

function timesWords({ minutes, hours, everyHour }: CronFields): string {
  const [minuteList, hourList] = [ordered(minutes), ordered(hours)];
  const hourPart = hourList.length === 24 ? "" : hoursWords(hourList);
  if (minuteList.length === 1) {
    if (everyHour || hourList.length === 24) return minuteList[0] === 0 ? "every hour" : `at minute ${minuteList[0]} of every hour`;
    if (hourList.length <= timesMax) return `at ${listWords(hourList.map((hour) => clock(hour, minuteList[0])))}`;
    const step = stepOver(hourList, 0, 23);
    const runs = runsOf(hourList);
    if (runs.length === 1) return `every hour from ${clock(runs[0][0], minuteList[0])} to ${clock(runs[0][1], minuteList[0])}`;
    return step === undefined ? `at minute ${minuteList[0]}${hourPart}` : `every ${step} hours from ${clock(hourList[0], minuteList[0])}`;
  }
  if (minuteList.length * hourList.length <= timesMax) return `at ${listWords(hourList.flatMap((hour) => minuteList.map((minute) => clock(hour, minute))))}`;
  const step = stepOver(minuteList, 0, 59);
  const past = minuteList[0] === 0 ? "" : ` from minute ${minuteList[0]} of each hour on`;
  if (step !== undefined) return `every ${step === 1 ? "minute" : `${step} minutes`}${past}${hourPart}`;
  return `at the minutes ${rangesWords(minuteList, String)}${hourPart || " of every hour"}`;
}

/** ` from 09:00 to 17:59`, or hour by hour. */
function hoursWords(hours: number[]): string {
  const runs = runsOf(hours);
  if (runs.length <= 2) return ` ${listWords(runs.map(([first, last]) => `from ${clock(first, 0)} to ${clock(last, 59)}`))}`;
  return ` of the hours ${rangesWords(hours, (hour) => clock(hour, 0))}`;
}

/** Nothing when every day counts. */
function daysWords(fields: CronFields): string {
  const byDay = dayOfMonthWords(fields);
  const byWeekday = weekdayWords(fields);
  if (fields.eitherDay) return byDay === "" || byWeekday === "" ? "" : `${byDay} or ${byWeekday}`;
  return byDay === "" || byWeekday === "" ? byDay + byWeekday : `${byDay} where that is ${byWeekday}`;
}

function dayOfMonthWords({ days, lastDay }: CronFields): string {
  if (days.size === 31) return "";
  const step = days.size > timesMax ? stepOver(ordered(days), 1, 31) : undefined;
  if (step !== undefined && !lastDay) return `on every ${nth(step)} day of the month from the ${nth(ordered(days)[0])} on`;
  return `on the ${listWords([...ranges(ordered(days), nth), ...(lastDay ? ["last day"] : [])])} of the month`;
}

function weekdayWords({ weekdays, nthWeekdays }: CronFields): string {
  if (weekdays.size === 7) return "";
  // A week begins on Monday where people speak of its days.
  const plain = ordered(weekdays).map((weekday) => (weekday + 6) % 7).sort((a, b) => a - b);
  return `on ${listWords([...ranges(plain, (weekday) => weekdayNames[(weekday + 1) % 7]), ...nthWeekdays.map(nthWeekdayWords)])}`;
}

function nthWeekdayWords({ weekday, nth }: NthWeekday): string {
  return `the ${nth < 0 ? "last" : nthNames[nth - 1]} ${weekdayNames[weekday]} of the month`;
}

function monthsWords({ months }: CronFields): string {
  return months.size === 12 ? "" : `in ${rangesWords(ordered(months), (month) => monthNames[month - 1])}`;
}

function changeWords(gap: GapPolicy, fold: FoldPolicy): string {
  const parts: string[] = [];
  if (gap !== "shift") parts.push(gap === "skip" ? "left out where the clocks jump over it" : "as soon as the clocks have jumped where they jump over it");
  if (fold !== "second") parts.push(`${fold === "both" ? "twice" : "the first time"} where the clocks show it twice`);
  return parts.map((part) => `, ${part}`).join("");
}

/** The step of values that cover a whole field evenly, beginning within the first step. */
function stepOver(values: number[], from: number, to: number): number | undefined {
  const step = values[1] - values[0];
  const isEven = values.every((value, i) => i === 0 || value - values[i - 1] === step);
  return isEven && values[0] - step < from && values[values.length - 1] + step > to ? step : undefined;
}

/** Runs of neighbours, as first and last. */
function runsOf(values: number[]): [first: number, last: number][] {
  const runs: [number, number][] = [];
  for (const value of values) {
    const run = runs[runs.length - 1];
    if (run && run[1] === value - 1) run[1] = value;
    else runs.push([value, value]);
  }
  return runs;
}

/** `Monday to Friday`, `1 and 15`: three neighbours or more as a range. */
function ranges(values: number[], name: (value: number) => string): string[] {
  return runsOf(values).flatMap(([first, last]) => {
    if (last - first > 1) return [`${name(first)} to ${name(last)}`];
    return first === last ? [name(first)] : [name(first), name(last)];
  });
}

function rangesWords(values: number[], name: (value: number) => string): string {
  return listWords(ranges(values, name));
}

function listWords(all: string[]): string {
  return all.length < 2 ? all.join("") : `${all.slice(0, -1).join(", ")} and ${all[all.length - 1]}`;
}

function clock(hour: number, minute: number): string {
  return `${String(hour).padStart(2, "0")}:${String(minute).padStart(2, "0")}`;
}

/** `1st`, `22nd`, `13th`. */
function nth(day: number): string {
  const ending = day > 3 && day < 21 ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th");
  return `${day}${ending}`;
}

function ordered(values: Set<number>): number[] {
  return [...values].sort((a, b) => a - b);
}
