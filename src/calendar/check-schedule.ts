import { MillraceError } from "../errors.ts";
import { Cron } from "./cron.ts";
import { isDate, isInstant } from "./instant-in.ts";
import type { ExceptDecl, ScheduleDecl, UnionSchedule } from "./schedule.ts";
import { timetableOf } from "./timetable.ts";
import { Zone } from "./zone.ts";

/** 100 years. */
const daysMax = 36_525;
const monthsMax = 1_200;
const dayMs = 86_400_000;
/** Unions within unions. */
const depthMax = 8;
/** Schedules recur from here to both sides; where a tick is near it, there are some. */
const somewhere = Date.UTC(2_000, 0, 1);

/**
 * Lets a schedule pass that can be kept, and says of any other what is wrong with it.
 *
 * @param where - whose it is, for the error: `dag "daily", schedule`
 * @throws MillraceError `MR-MODEL-010` for an unknown zone, `MR-MODEL-011` for a cron expression, `MR-MODEL-012` for all else
 */
export function checkSchedule(decl: ScheduleDecl, where: string): void {
  checkShape(decl, where, depthMax);
  if (isKnownAhead(decl) && !hasTicks(decl)) throw wrong("it has no tick", where, "write one that comes at least every 40 years");
}

function hasTicks(decl: ScheduleDecl): boolean {
  const { tickAfter, tickUntil } = timetableOf(decl);
  return (tickAfter(somewhere) ?? tickUntil(somewhere)) !== undefined;
}

function checkShape(decl: ScheduleDecl, where: string, depth: number): void {
  if (typeof decl !== "object" || decl === null) throw wrong("it is missing", where, "give a schedule, or leave it out for a DAG that is started by hand");
  switch (decl.kind) {
    case "cron":
      located(where, () => new Cron(decl.expression, decl));
      oneOf(decl.gap, ["shift", "first-valid", "skip"], "gap", where);
      oneOf(decl.fold, ["second", "first", "both"], "fold", where);
      return checkLookback(decl, where);
    case "every":
      checkWhole(decl.ms, 1, daysMax * dayMs, "its milliseconds", where);
      return checkInstant(decl.anchor, "its anchor", where);
    case "calendar":
      return checkCalendar(decl, where);
    case "at":
      if (!isFilled(decl.times)) throw wrong("it names no times", where, 'name one or more, as at("2026-12-24T12:00Z")');
      return decl.times.forEach((time) => checkInstant(time, "one of its times", where));
    case "custom":
      checkName(decl.name, "its timetable", where);
      return checkLookback(decl, where);
    case "union":
      return checkUnion(decl, where, depth);
    case "onUpdate":
      return checkOnUpdate(decl, where);
    case "once":
    case "continuous":
    case "manual":
      return;
    default:
      throw wrong(`there is no kind of schedule ${JSON.stringify((decl as { kind: unknown }).kind)}`, where, "use cron, every, calendar, at, union, once, continuous, onUpdate, custom or manual");
  }
}

function checkCalendar({ months, days, anchor, timezone, clamp }: Extract<ScheduleDecl, { kind: "calendar" }>, where: string): void {
  checkWhole(months, 0, monthsMax, "its months", where);
  checkWhole(days, 0, daysMax, "its days", where);
  if (months + days === 0) throw wrong("its step is nothing", where, "give it at least one day or one month");
  checkInstant(anchor, "its anchor", where);
  located(where, () => Zone.of(timezone));
  oneOf(clamp, ["anchor", "airflow"], "clamp", where);
}

function checkUnion({ of, except = [] }: UnionSchedule, where: string, depth: number): void {
  if (depth === 0) throw wrong(`more than ${depthMax} unions stand one within the other`, where, "write their parts side by side in one");
  if (!isFilled(of)) throw wrong("it is a union of nothing", where, "give it one or more schedules");
  of.forEach((part, i) => {
    checkShape(part, `${where}, part ${i + 1}`, depth - 1);
    if (!isKnownAhead(part)) throw wrong(`a schedule of kind "${part.kind}" cannot be part of a union`, `${where}, part ${i + 1}`, "unite schedules with ticks of their own: cron, every, calendar, at");
  });
  checkUse(of, where);
  except.forEach((part, i) => checkExcept(part, `${where}, exclusion ${i + 1}`, depth - 1));
  of.forEach((part, i) => {
    if (!hasTicks({ kind: "union", of: [part], except })) throw wrong("nothing is left of it by the exclusions", `${where}, part ${i + 1}`, "exclude less; for a few ticks out of very many, write those that stay instead");
  });
}

/** Whether its ticks follow from the declaration alone. */
function isKnownAhead(decl: ScheduleDecl): boolean {
  return decl.kind !== "custom" && timetableOf(decl).periodic;
}

/** A union's ticks are used in one way: two parts that differ in it would give one tick two intervals. */
function checkUse(of: ScheduleDecl[], where: string): void {
  const uses = new Set(of.filter((part) => !isTimesOnly(part)).map((part) => `${timetableOf(part).runs} ${timetableOf(part).lookbackMs}`));
  if (uses.size > 1) throw wrong("its parts differ in `trigger` or `lookback`", where, "give all parts the same, or make two DAGs of it");
}

function isTimesOnly(decl: ScheduleDecl): boolean {
  return decl.kind === "at" || (decl.kind === "union" && decl.of.every(isTimesOnly));
}

function checkExcept(decl: ExceptDecl, where: string, depth: number): void {
  if (decl.kind !== "days") {
    checkShape(decl, where, depth);
    if (!isKnownAhead(decl)) throw wrong(`a schedule of kind "${decl.kind}" takes no ticks out`, where, "exclude days, or a schedule with ticks of its own: cron, every, calendar, at");
    return;
  }
  if (!isFilled(decl.dates)) throw wrong("it names no days", where, 'name one or more, as "2026-12-25"');
  const bad = decl.dates.find((date) => typeof date !== "string" || !isDate(date));
  if (bad !== undefined) throw wrong(`${JSON.stringify(bad)} is no day of the calendar`, where, 'write a day as "2026-12-25"');
  located(where, () => Zone.of(decl.timezone));
}

function checkOnUpdate({ datasets, when, windowMs }: Extract<ScheduleDecl, { kind: "onUpdate" }>, where: string): void {
  if (!isFilled(datasets)) throw wrong("it waits for no dataset", where, "name one or more, as onUpdate(orders)");
  for (const name of datasets) checkName(name, "a dataset", where);
  const twice = datasets.find((name, i) => datasets.indexOf(name) !== i);
  if (twice !== undefined) throw wrong(`it names "${twice}" twice`, where, "name each dataset once");
  oneOf(when, ["any", "all"], "when", where);
  if (windowMs !== undefined) checkWhole(windowMs, 1, daysMax * dayMs, "the milliseconds of its window", where);
}

function checkLookback({ trigger, lookbackMs }: { trigger?: true; lookbackMs?: number }, where: string): void {
  if (lookbackMs === undefined) return;
  if (!trigger) throw wrong("it looks back without being a trigger", where, "add trigger: true, or leave the lookback out: an interval reaches from a tick to the next");
  checkWhole(lookbackMs, 0, daysMax * dayMs, "the milliseconds that it looks back", where);
}

function checkWhole(value: number, min: number, max: number, name: string, where: string): void {
  if (!Number.isInteger(value) || value < min || value > max) throw wrong(`${name} are ${JSON.stringify(value) ?? "missing"}`, where, `give a whole number from ${min} to ${max}`);
}

function checkInstant(text: string, name: string, where: string): void {
  if (typeof text !== "string" || !isInstant(text)) throw wrong(`${name} is ${JSON.stringify(text) ?? "missing"}, which is no instant`, where, 'write a time with its offset, as "2026-01-31T06:00:00Z"');
}

function checkName(name: string, what: string, where: string): void {
  if (typeof name !== "string" || name === "") throw wrong(`${what} has no name`, where, "give its name");
}

function oneOf(value: string, allowed: string[], option: string, where: string): void {
  if (!allowed.includes(value)) throw wrong(`\`${option}\` is ${JSON.stringify(value) ?? "missing"}`, where, `write one of ${allowed.join(", ")}`);
}

function isFilled(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0;
}

/** Errors of cron expressions and zones, told whose they are. */
function located(where: string, read: () => unknown): void {
  try {
    read();
  } catch (error) {
    throw error instanceof MillraceError ? new MillraceError(error.code, { ...error.parts, where }) : error;
  }
}

function wrong(what: string, where: string, mend: string): MillraceError {
  return new MillraceError("MR-MODEL-012", { what: `the schedule cannot be kept: ${what}`, where, mend });
}
