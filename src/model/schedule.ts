import type { ScheduleDecl } from "../calendar/schedule.ts";
import { definitionKind, type TableDefinition, type TopicDefinition } from "./definition.ts";
import { durationMs } from "./duration.ts";
import { checkOptions, invalid } from "./option-checks.ts";

const mark: unique symbol = Symbol.for("millrace.schedule");

type Cron = Extract<ScheduleDecl, { kind: "cron" }>;
type Calendar = Extract<ScheduleDecl, { kind: "calendar" }>;
type Exception = NonNullable<Extract<ScheduleDecl, { kind: "union" }>["except"]>[number];

/** What a schedule takes from the DAG that it is of. */
export interface ScheduleHost {
  dag: string;
  timezone: string;
  /** Where steps are counted from, when the schedule does not say: ISO 8601 in UTC. */
  anchor: string;
  /** A date or time of the user's, on the clocks of `timezone` where it has no offset, as ISO 8601 in UTC. */
  instant(text: string, timezone: string, what: string): string;
}

/** When a DAG runs. */
export interface Schedule {
  readonly [mark]: "schedule" | "days";
  /** The zone on whose clocks it counts, where it says. */
  readonly timezone?: string;
  /** Those whose updates it waits for. */
  readonly datasets?: readonly (TopicDefinition | TableDefinition)[];
  /** Of a timetable in code. */
  readonly code?: TimetableCode;
  /** As plain data. */
  readonly decl: (host: ScheduleHost) => ScheduleDecl;
}

/** Days on which a union does not run. */
export interface DaysOff {
  readonly [mark]: "days";
  readonly decl: (host: ScheduleHost) => Exception;
}

/**
 * A timetable in code. Both functions are pure: the same answer to the same question, whenever and wherever it is asked; no
 * clock, no files, no network. Times are milliseconds since 1970.
 */
export interface TimetableCode {
  /** The first tick later than `after`; undefined when there is none. */
  tickAfter: (after: number) => number | undefined;
  /** The last tick at or before `until`; undefined when there is none. */
  tickUntil: (until: number) => number | undefined;
}

export interface CronOptions {
  /** Zone of the tz database on whose clocks it is read. Default: the DAG's zone. */
  timezone?: string;
  /** A time that the clocks jump over: moved by the jump (`shift`, the default and Airflow's way), the first instant after it, or left out. */
  gap?: Cron["gap"];
  /** A time that the clocks show twice: the second time (the default and Airflow's way), the first, or both. */
  fold?: Cron["fold"];
  /** The data interval is no span between ticks but the tick itself, or the `lookback` before it. Default false. */
  trigger?: boolean;
  /** Goes with `trigger`: how long before the tick the data interval begins. */
  lookback?: string;
}

/**
 * By a cron expression: five fields, or `@hourly`, `@daily`, `@weekly`, `@monthly`, `@quarterly`, `@yearly`.
 * @example cron("0 6 * * *", { timezone: "America/New_York" })
 */
export function cron(expression: string, options: CronOptions = {}): Schedule {
  const where = `cron(${JSON.stringify(expression)})`;
  checkOptions(options, ["timezone", "gap", "fold", "trigger", "lookback"], where);
  const { timezone, gap = "shift", fold = "second" } = options;
  const use = tickUse(options, where);
  if (typeof expression !== "string" || expression.trim() === "") throw invalid("there is no cron expression", where, 'give one, as cron("0 6 * * *")');
  oneOf(gap, ["shift", "first-valid", "skip"], "gap", where);
  oneOf(fold, ["second", "first", "both"], "fold", where);
  return schedule({ timezone, decl: (host) => ({ kind: "cron", expression: expression.trim(), timezone: timezone ?? host.timezone, gap, fold, ...use }) });
}

/**
 * At a fixed distance in time, whatever the clocks show.
 * @param options - `anchor`: a point in time that ticks are counted from. Default: the DAG's start, else 1970 in UTC
 */
export function every(step: string, options: { anchor?: string } = {}): Schedule {
  const where = `every(${JSON.stringify(step)})`;
  checkOptions(options, ["anchor"], where);
  const ms = durationMs(step, where);
  const { anchor } = options;
  return schedule({ decl: (host) => ({ kind: "every", ms, anchor: anchor === undefined ? host.anchor : host.instant(anchor, host.timezone, `${where}, anchor`) }) });
}

export interface CalendarStep {
  months?: number;
  weeks?: number;
  days?: number;
}

export interface CalendarOptions {
  /** Where steps are counted from. Default: the DAG's start, else 1970 in UTC. */
  anchor?: string;
  /** Default: the DAG's zone. */
  timezone?: string;
  /** A month that lacks the anchor's day: its last day, and the anchor's again after it (`anchor`, the default); or that day from then on, as Airflow does. */
  clamp?: Calendar["clamp"];
}

/**
 * By steps of the calendar on the clocks of a zone: a month is as long as it is, and so is a day.
 * @example calendar({ months: 1 }, { anchor: "2026-01-31" }) // 31 January, 28 February, 31 March …
 */
export function calendar(step: CalendarStep, options: CalendarOptions = {}): Schedule {
  const where = `calendar(${JSON.stringify(step)})`;
  checkOptions(step, ["months", "weeks", "days"], where);
  checkOptions(options, ["anchor", "timezone", "clamp"], where);
  const { months = 0, weeks = 0, days = 0 } = step;
  const { anchor, timezone, clamp = "anchor" } = options;
  for (const count of [months, weeks, days]) if (!Number.isInteger(count) || count < 0 || count > 100_000) throw invalid(`${JSON.stringify(count)} is no count of months, weeks or days`, where, "give whole numbers, 0 or more");
  oneOf(clamp, ["anchor", "airflow"], "clamp", where);
  return schedule({
    timezone,
    decl: (host) => {
      const zone = timezone ?? host.timezone;
      return { kind: "calendar", months, days: weeks * 7 + days, anchor: anchor === undefined ? host.anchor : host.instant(anchor, zone, `${where}, anchor`), timezone: zone, clamp };
    },
  });
}

/**
 * At the ticks of any of several schedules, without those of the exceptions.
 * @example union(["0 6 * * 1-5", "0 9 * * 6"], { except: [days(["2026-12-25"])] })
 */
export function union(of: readonly (Schedule | string)[], options: { except?: readonly (Schedule | DaysOff | string)[] } = {}): Schedule {
  checkOptions(options, ["except"], "union");
  const { except = [] } = options;
  if (!Array.isArray(of) || of.length === 0) throw invalid("the union is of nothing", "union", 'give a list of schedules, as union(["0 6 * * *", every("1h")])');
  if (!Array.isArray(except)) throw invalid("`except` is no list", "union", "give a list of schedules and days(…)");
  const members = of.map((each) => scheduleOf(each, "union"));
  const exceptions = except.map((each) => (isDays(each) ? each : scheduleOf(each, "union, except")));
  for (const each of [...members, ...exceptions]) if ("code" in each && each.code) throw invalid("a timetable in code is in a union", "union", "let the code itself bring them together");
  return schedule({
    timezone: members.find(({ timezone }) => timezone !== undefined)?.timezone,
    decl: (host) => ({ kind: "union", of: members.map(({ decl }) => decl(host)), ...(exceptions.length === 0 ? {} : { except: exceptions.map(({ decl }) => decl(host)) }) }),
  });
}

/**
 * Days for the exceptions of a union.
 * @param dates - as `YYYY-MM-DD`
 * @param options - `timezone`: whose days they are. Default: the DAG's
 */
export function days(dates: readonly string[], options: { timezone?: string } = {}): DaysOff {
  checkOptions(options, ["timezone"], "days");
  if (!Array.isArray(dates)) throw invalid("the days are no list", "days", 'write days(["2026-12-25"])');
  for (const date of dates) if (typeof date !== "string" || !/^\d{4}-\d\d-\d\d$/.test(date)) throw invalid(`${JSON.stringify(date)} is no day`, "days", "write YYYY-MM-DD");
  const { timezone } = options;
  return { [mark]: "days", decl: (host) => ({ kind: "days", dates: [...dates], timezone: timezone ?? host.timezone }) };
}

/** Once, at the DAG's start, or as soon as it is there. */
export function once(): Schedule {
  return schedule({ decl: () => ({ kind: "once" }) });
}

/** At the points in time given; those without an offset are on the clocks of the DAG's zone. */
export function at(times: readonly string[]): Schedule {
  if (!Array.isArray(times) || times.length === 0) throw invalid("there are no times", "at", 'give a list, as at(["2026-03-01T06:00"])');
  return schedule({ decl: (host) => ({ kind: "at", times: times.map((time) => host.instant(time, host.timezone, "at")) }) });
}

/** Again and again: a run begins when the one before it has ended. */
export function continuous(): Schedule {
  return schedule({ decl: () => ({ kind: "continuous" }) });
}

/** When somebody asks, and never else. The default. */
export function manual(): Schedule {
  return schedule({ decl: () => ({ kind: "manual" }) });
}

export interface OnUpdateOptions {
  /** After an update of any of them, or when each was updated. Default `all`. */
  when?: "any" | "all";
  /** `any`: updates that come within it make one run. `all`: the updates must lie within it of one another. */
  window?: string;
}

/** When datasets have new data. */
export function onUpdate(datasets: TopicDefinition | TableDefinition | readonly (TopicDefinition | TableDefinition)[], options: OnUpdateOptions = {}): Schedule {
  const list = (Array.isArray(datasets) ? datasets : [datasets]) as (TopicDefinition | TableDefinition)[];
  for (const each of list) if (definitionKind(each) !== "topic" && definitionKind(each) !== "table") throw invalid("it waits for what is no dataset", "onUpdate", "give what topic(…) or table(…) returned");
  return { ...updatesOf(list.map(({ name }) => name), options), datasets: list };
}

/** The same by the names of the datasets alone. */
export function updatesOf(datasets: readonly string[], options: OnUpdateOptions): Schedule {
  checkOptions(options, ["when", "window"], "onUpdate");
  const { when = "all", window } = options;
  oneOf(when, ["any", "all"], "when", "onUpdate");
  if (datasets.length === 0) throw invalid("there is nothing to wait for", "onUpdate", "name at least one dataset");
  const windowMs = window === undefined ? undefined : durationMs(window, "onUpdate, window");
  return schedule({ decl: () => ({ kind: "onUpdate", datasets: [...datasets], when, ...(windowMs === undefined ? {} : { windowMs }) }) });
}

/**
 * By code: see `TimetableCode` for what it must keep to.
 * @example timetable({ tickAfter: (after) => nextTradingDay(after), tickUntil: (until) => lastTradingDay(until) })
 */
export function timetable(code: TimetableCode & Pick<CronOptions, "trigger" | "lookback">): Schedule {
  checkOptions(code, ["tickAfter", "tickUntil", "trigger", "lookback"], "timetable");
  const use = tickUse(code, "timetable");
  for (const name of ["tickAfter", "tickUntil"] as const) if (typeof code[name] !== "function") throw invalid(`${name} is not a function`, "timetable", `write ${name}: (ms) => …`);
  return schedule({ code, decl: ({ dag }) => ({ kind: "custom", name: dag, ...use }) });
}

/** A schedule, or what is short for one: a cron expression or a preset, `@once`, `@continuous`. */
export function scheduleOf(given: unknown, where: string): Schedule {
  if (given === undefined || given === null) return manual();
  if (given === "@once") return once();
  if (given === "@continuous") return continuous();
  if (typeof given === "string") return cron(given, {});
  if (typeof given === "object" && (given as Partial<Schedule>)[mark] === "schedule") return given as Schedule;
  throw invalid("the schedule is none", where, 'give cron("0 6 * * *"), "@daily", every("15m"), onUpdate(table) …');
}

/** What becomes of ticks: spans between them, or runs of their own. */
function tickUse({ trigger, lookback }: Pick<CronOptions, "trigger" | "lookback">, where: string): { trigger?: true; lookbackMs?: number } {
  if (lookback !== undefined && !trigger) throw invalid("`lookback` goes with `trigger`", where, "write trigger: true too, or leave lookback out");
  return { ...(trigger ? { trigger: true as const } : {}), ...(lookback === undefined ? {} : { lookbackMs: durationMs(lookback, `${where}, lookback`) }) };
}

const isDays = (value: unknown): value is DaysOff => typeof value === "object" && value !== null && (value as Partial<DaysOff>)[mark] === "days";

const schedule = (parts: Omit<Schedule, typeof mark>): Schedule => ({ [mark]: "schedule", ...parts });

function oneOf(value: unknown, known: readonly string[], name: string, where: string): void {
  if (!known.includes(value as string)) throw invalid(`${name} is ${JSON.stringify(value)}`, where, `use one of ${known.join(", ")}`);
}
