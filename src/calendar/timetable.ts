import { calendarTicks } from "./calendar-ticks.ts";
import { Cron } from "./cron.ts";
import { everyTicks } from "./every-ticks.ts";
import { exceptTicks } from "./except-ticks.ts";
import { listTicks } from "./list-ticks.ts";
import { onDays } from "./local-days.ts";
import type { ExceptDecl, ScheduleDecl, UnionSchedule } from "./schedule.ts";
import type { Ticks } from "./ticks.ts";
import { unionTicks } from "./union-ticks.ts";

/** A schedule that can be asked: its ticks, and how runs come of them. Pure; it keeps nothing but what makes it faster. */
export interface Timetable extends Ticks {
  /**
   * - `intervals`: one for each interval from a tick to the next, due at its end.
   * - `triggers`: one at each tick.
   * - `once`, `continuous`: as the schedules of these names; the timetable has no ticks.
   * - `none`: it makes no runs by time.
   */
  readonly runs: "intervals" | "triggers" | "once" | "continuous" | "none";
  /** Whether it has ticks, so that its runs can be listed ahead and filled in behind. */
  readonly periodic: boolean;
  /** How far the intervals of `triggers` reach back from their tick, in milliseconds. */
  readonly lookbackMs: number;
}

/**
 * The ticks of a timetable in the user's code, each later than the one before, as far as they are known. They must reach
 * from the last one before the earliest question to beyond the latest; where they end, the timetable answers that no tick
 * comes. Asked each time, so that more can be handed in.
 */
export type CustomTicks = (name: string) => readonly number[];

const known = new Map<string, Timetable>();
/** Timetables kept; when there are more, all are let go and read again at need. */
const knownMax = 4_096;

/**
 * The timetable of a schedule that `checkSchedule` has let pass. Equal schedules share one, so that many DAGs cost little.
 *
 * @param customTicks - for schedules of kind `custom`; without it they have no ticks
 * @throws MillraceError `MR-MODEL-010`, `MR-MODEL-011` for a zone or cron expression that cannot be
 */
export function timetableOf(decl: ScheduleDecl, customTicks: CustomTicks = () => []): Timetable {
  if (decl.kind === "custom") return timetable(decl, listTicks(() => customTicks(decl.name)));
  const key = JSON.stringify(decl);
  let found = known.get(key);
  if (!found) {
    if (known.size >= knownMax) known.clear();
    known.set(key, (found = timetable(decl, ticksOf(decl) ?? listTicks(() => []))));
  }
  return found;
}

function timetable(decl: ScheduleDecl, { tickAfter, tickUntil }: Ticks): Timetable {
  const runs = runsOf(decl);
  return { runs, periodic: runs === "intervals" || runs === "triggers", lookbackMs: lookbackOf(decl), tickAfter, tickUntil };
}

/** Undefined for a schedule without ticks, and for one whose ticks are handed in. */
function ticksOf(decl: ScheduleDecl): Ticks | undefined {
  switch (decl.kind) {
    case "cron": {
      const cron = new Cron(decl.expression, decl);
      return { tickAfter: (after) => cron.next(after), tickUntil: (until) => cron.lastUntil(until) };
    }
    case "every":
      return everyTicks(decl.ms, Date.parse(decl.anchor));
    case "calendar":
      return calendarTicks(decl);
    case "at": {
      const times = [...new Set(decl.times.map((time) => Date.parse(time)))].sort((a, b) => a - b);
      return listTicks(() => times);
    }
    case "union":
      return partsOf(decl);
    default:
      return undefined;
  }
}

function partsOf({ of, except = [] }: UnionSchedule): Ticks {
  const exclusions = except.map(exclusionOf);
  const isExcluded = (tick: number): boolean => exclusions.some((excludes) => excludes(tick));
  const parts = of.map(ticksOf).filter((ticks) => ticks !== undefined);
  // Each part by itself: where nothing is left of one, the ticks of the others still come.
  return unionTicks(except.length === 0 ? parts : parts.map((ticks) => exceptTicks(ticks, isExcluded)));
}

function exclusionOf(decl: ExceptDecl): (tick: number) => boolean {
  if (decl.kind === "days") return onDays(decl.dates, decl.timezone);
  const ticks = ticksOf(decl);
  return (tick) => ticks?.tickUntil(tick) === tick;
}

function runsOf(decl: ScheduleDecl): Timetable["runs"] {
  switch (decl.kind) {
    case "cron":
    case "custom":
      return decl.trigger ? "triggers" : "intervals";
    case "every":
    case "calendar":
      return "intervals";
    case "at":
      return "triggers";
    case "union":
      return runsOf(leading(decl));
    case "once":
    case "continuous":
      return decl.kind;
    case "manual":
    case "onUpdate":
      return "none";
  }
}

function lookbackOf(decl: ScheduleDecl): number {
  if (decl.kind === "union") return lookbackOf(leading(decl));
  return "lookbackMs" in decl ? (decl.lookbackMs ?? 0) : 0;
}

/** The part that says how a union's ticks are used: times given one by one go along with any. */
function leading({ of }: UnionSchedule): ScheduleDecl {
  const flat = of.flatMap((part) => (part.kind === "union" ? leading(part) : part));
  return flat.find(({ kind }) => kind !== "at") ?? flat[0];
}
