import { describeCron } from "./describe-cron.ts";
import type { CalendarSchedule, ExceptDecl, ScheduleDecl, UnionSchedule } from "./schedule.ts";
import { Zone } from "./zone.ts";

/** Of a list of times, days or names so many are written out. */
const listedMax = 3;

/** A schedule in words, for people: `at 06:00 every day in America/New_York`. Takes what `checkSchedule` lets pass. */
export function describeSchedule(decl: ScheduleDecl): string {
  switch (decl.kind) {
    case "cron":
      return describeCron(decl) + useWords(decl);
    case "every":
      return `every ${oneLess(lengthWords(decl.ms))}${Date.parse(decl.anchor) % decl.ms === 0 ? "" : `, counted from ${instantWords(decl.anchor)}`}`;
    case "calendar":
      return calendarWords(decl);
    case "at":
      return `at ${listWords(decl.times.map(instantWords))}`;
    case "union":
      return unionWords(decl);
    case "once":
      return "once";
    case "continuous":
      return "again and again, each run as soon as the last one has ended";
    case "manual":
      return "by hand";
    case "onUpdate":
      return updateWords(decl);
    case "custom":
      return `by the timetable "${decl.name}"${useWords(decl)}`;
  }
}

function useWords({ trigger, lookbackMs = 0 }: { trigger?: true; lookbackMs?: number }): string {
  if (!trigger) return "";
  return lookbackMs === 0 ? ", with an empty interval" : `, for the ${lengthWords(lookbackMs)} before`;
}

function calendarWords({ months, days, anchor, timezone, clamp }: CalendarSchedule): string {
  const [date, time] = new Date(Zone.of(timezone).wallOf(Date.parse(anchor))).toISOString().split("T");
  const [yearly, rest] = [Math.floor(months / 12), months % 12];
  const step = [counted(yearly, "year"), counted(rest, "month"), counted(days, "day")].filter((part) => part !== "");
  const clamped = months > 0 && Number(date.slice(8)) > 28 ? `; ${clamp === "anchor" ? "on the last day of a month that has no such day" : "once on the last day of a shorter month, on that day from then on"}` : "";
  return `every ${oneLess(step.join(" and "))} from ${date} at ${time.slice(0, 5)} in ${timezone}${clamped}`;
}

function unionWords({ of, except = [] }: UnionSchedule): string {
  const parts = of.map(describeSchedule).join(", and ");
  return except.length === 0 ? parts : `${parts}; but not ${except.map(exceptWords).join(", and not ")}`;
}

function exceptWords(decl: ExceptDecl): string {
  return decl.kind === "days" ? `on ${listWords(decl.dates)} in ${decl.timezone}` : describeSchedule(decl);
}

function updateWords({ datasets, when, windowMs }: Extract<ScheduleDecl, { kind: "onUpdate" }>): string {
  if (datasets.length === 1) return `when ${datasets[0]} is updated`;
  if (when === "any") return `when any of ${listWords(datasets)} is updated`;
  return `when all of ${listWords(datasets)} have been updated${windowMs === undefined ? "" : ` within ${lengthWords(windowMs)}`}`;
}

/** `a, b and c`; of long lists the first and the count of the others. */
function listWords(all: string[]): string {
  const shown = all.length > listedMax + 1 ? all.slice(0, listedMax) : all.slice(0, -1);
  const last = shown.length === all.length - 1 ? all[all.length - 1] : `${all.length - shown.length} others`;
  return shown.length === 0 ? last : `${shown.join(", ")} and ${last}`;
}

const units: [ms: number, name: string][] = [
  [86_400_000, "day"],
  [3_600_000, "hour"],
  [60_000, "minute"],
  [1_000, "second"],
  [1, "millisecond"],
];

/** `6 hours`, `1 hour and 30 minutes`. */
function lengthWords(ms: number): string {
  const parts: string[] = [];
  let rest = ms;
  for (const [size, name] of units) {
    if (rest >= size) parts.push(counted(Math.floor(rest / size), name));
    rest %= size;
  }
  return parts.join(" and ");
}

/** Behind "every", `1 hour` is `hour`. */
function oneLess(words: string): string {
  return /^1 \w+$/.test(words) ? words.slice(2) : words;
}

function counted(count: number, name: string): string {
  return count === 0 ? "" : `${count} ${name}${count === 1 ? "" : "s"}`;
}

/** Without seconds that are none, in UTC. */
function instantWords(text: string): string {
  return `${new Date(text).toISOString().replace(/T/, " ").replace(/(?::00)?\.000Z$/, "")} UTC`;
}
