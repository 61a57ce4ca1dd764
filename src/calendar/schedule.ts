import type { FoldPolicy, GapPolicy } from "./cron.ts";

/**
 * When a DAG runs, as plain data: what the manifest carries. Instants are ISO 8601 with `Z` or an offset, durations whole
 * milliseconds, zones names of the tz database.
 *
 * A schedule has ticks, instants in order. Those of most schedules part time into data intervals `[start, end)`: one goes
 * from a tick to the next, and its run is due at its end. With `trigger`, and with `at`, a run is due at each tick instead,
 * and its interval is empty or reaches `lookbackMs` back.
 */
export type ScheduleDecl =
  | CronSchedule
  | EverySchedule
  | CalendarSchedule
  | AtSchedule
  | CustomSchedule
  | UnionSchedule
  | OnUpdateSchedule
  /** One run, at the DAG's start or as soon as it is known. */
  | { kind: "once" }
  /** The next run is due when the last one has ended; its interval goes from the last one's end until then. */
  | { kind: "continuous" }
  /** By hand, by another DAG or by the API alone. */
  | { kind: "manual" };

/** What becomes of ticks: data intervals, or with `trigger` runs of their own. */
interface TickUse {
  /** A run is due at each tick, as with Airflow's `CronTriggerTimetable`. Absent: ticks part time into intervals. */
  trigger?: true;
  /** With `trigger`: how far the run's interval reaches back from the tick. Default 0: it is empty. */
  lookbackMs?: number;
}

interface CronSchedule extends TickUse {
  kind: "cron";
  expression: string;
  timezone: string;
  gap: GapPolicy;
  fold: FoldPolicy;
}

/** By elapsed time: a tick at the anchor and every `ms` before and after it. */
interface EverySchedule {
  kind: "every";
  /** 1 ms to 100 years. */
  ms: number;
  anchor: string;
}

/**
 * By the calendar: a tick at the anchor, and so many months and days before and after it on the clocks of the zone. Where a
 * month has no such day, the last one counts.
 */
export interface CalendarSchedule {
  kind: "calendar";
  /** 0 to 1,200. */
  months: number;
  /** 0 to 36,525; added behind the months. */
  days: number;
  anchor: string;
  timezone: string;
  /**
   * `anchor`: each tick is counted from the anchor, so that the 31st comes back behind a February. `airflow`: from the tick
   * before, so that a day once clamped stays: 31 January, 28 February, 28 March.
   */
  clamp: "anchor" | "airflow";
}

/** At given times, in any order; each counts once. In a union with intervals it adds ticks to them. */
interface AtSchedule {
  kind: "at";
  times: string[];
}

/** A timetable in the user's code, under its name there. The control plane does not run it: its ticks are handed in. */
interface CustomSchedule extends TickUse {
  kind: "custom";
  name: string;
}

/** All ticks of its parts, but for those that an exclusion takes out. */
export interface UnionSchedule {
  kind: "union";
  of: ScheduleDecl[];
  except?: ExceptDecl[];
}

/** Takes ticks out: those that another schedule has too, or those on certain days. */
export type ExceptDecl = ScheduleDecl | ExceptDays;

export interface ExceptDays {
  kind: "days";
  /** `YYYY-MM-DD`. */
  dates: string[];
  /** Where these days begin and end. */
  timezone: string;
}

interface OnUpdateSchedule {
  kind: "onUpdate";
  datasets: string[];
  /** Whether one updated dataset is enough. */
  when: "any" | "all";
  /** With `all`: the updates must come within this time of each other. Absent: however far apart. */
  windowMs?: number;
}
