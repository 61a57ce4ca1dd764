import type { Timetable } from "./timetable.ts";

/** `[start, end)` in milliseconds since 1970. Empty where both are the same. */
export interface Interval {
  start: number;
  end: number;
}

export interface PlannedRun {
  interval: Interval;
  /** When it is due, in milliseconds since 1970: its tick. */
  runAfter: number;
  /** The start of its interval. */
  logicalDate: number | null;
}

/**
 * Which of the runs that are overdue are made, when a DAG starts late, was paused, or nobody was there to make them.
 *
 * - `all`: each of them, the oldest first.
 * - `latest`: the newest alone, what Airflow does with `catchup=False`: behind a pause of a week there is one run of a daily
 *   schedule, at once, for yesterday.
 * - `none`: not one: only what falls due after `since` is made, and of that everything. Behind the same pause there is no run
 *   until the next tick.
 * - `window`: those that fell due within the last `ms`.
 *
 * With `latest` and `window` a scheduler that falls behind gives up what is older, too; with `all` and `none` it makes every run.
 */
export type CatchUp = { policy: "all" } | { policy: "latest" } | { policy: "none" } | { policy: "window"; ms: number };

/** What is known of a DAG beside its timetable; all times in milliseconds since 1970. */
export interface Plan {
  /** The interval of the last run that the schedule made; backfills and manual runs do not count. */
  last?: Interval;
  /** No interval begins before it (with triggers: no tick comes before it). */
  start?: number;
  /** No interval begins after it (with triggers: no tick comes after it); one that begins then is made. */
  end?: number;
  catchup: CatchUp;
  /** Since when the schedule is watched without a break: when the DAG was first seen, or resumed. At most `now`. */
  since: number;
  now: number;
}

/**
 * The run that the schedule makes next, due or yet to come; undefined when none comes. Pure: every scheduler that asks the
 * same has the same answer. As Airflow's timetables, whose reading of the corners is kept:
 *
 * - The interval begins where the last one ended, aligned to the tick at or before it. So a new schedule holds at once, not
 *   from the tick after the next. It begins later than the last one did, always.
 * - `latest` begins with the newest interval that has ended; at the very end of one, with that.
 * - Without a start and before its first run, a DAG of intervals with `latest` runs at once, for the newest that has ended. In
 *   all other cases it runs first at the first tick after `since`.
 */
export function nextRun(timetable: Timetable, plan: Plan): PlannedRun | undefined {
  switch (timetable.runs) {
    case "intervals":
      return nextInterval(timetable, plan);
    case "triggers":
      return nextTrigger(timetable, plan);
    case "once":
      return nextOnce(plan);
    case "continuous":
      return nextContinuous(plan);
    case "none":
      return undefined;
  }
}

function nextInterval(timetable: Timetable, plan: Plan): PlannedRun | undefined {
  const { last, start: earliest, end: latest } = plan;
  const bounds = [overdueFrom(timetable, plan)];
  if (!last && earliest === undefined && plan.catchup.policy !== "latest") bounds.push(openAt(timetable, plan.since));
  if (earliest !== undefined) bounds.push(firstFrom(timetable, earliest));
  if (last) bounds.push(timetable.tickUntil(last.end) ?? firstFrom(timetable, last.end));
  let start = Math.max(...bounds);
  if (start === -Infinity) start = openAt(timetable, plan.since);
  if (last && start <= last.start) start = timetable.tickAfter(start) ?? Infinity;
  if (start === Infinity || start > (latest ?? Infinity)) return undefined;
  const end = timetable.tickAfter(start);
  return end === undefined ? undefined : planned({ start, end });
}

/** The start of the first interval that the policy lets be made. */
function overdueFrom(timetable: Timetable, { catchup, since, now }: Plan): number {
  switch (catchup.policy) {
    case "all":
      return -Infinity;
    case "none":
      return openAt(timetable, since);
    case "latest": {
      const end = timetable.tickUntil(now);
      return (end !== undefined ? timetable.tickUntil(end - 1) : undefined) ?? -Infinity;
    }
    case "window":
      return openAt(timetable, now - catchup.ms - 1);
  }
}

/** The start of the interval that ends next after an instant; before the first tick, that tick. */
function openAt(timetable: Timetable, at: number): number {
  return timetable.tickUntil(at) ?? firstFrom(timetable, at);
}

function nextTrigger(timetable: Timetable, plan: Plan): PlannedRun | undefined {
  const { last, start: earliest, end: latest } = plan;
  const bounds = [overdueTick(timetable, plan)];
  if (last) bounds.push(firstFrom(timetable, last.end + 1));
  if (earliest !== undefined) bounds.push(firstFrom(timetable, earliest));
  if (!last && earliest === undefined) bounds.push(firstFrom(timetable, plan.since + 1));
  const tick = Math.max(...bounds);
  if (!Number.isFinite(tick) || tick > (latest ?? Infinity)) return undefined;
  return planned({ start: tick - timetable.lookbackMs, end: tick });
}

/** The first tick that the policy lets have a run. */
function overdueTick(timetable: Timetable, { catchup, since, now }: Plan): number {
  switch (catchup.policy) {
    case "all":
      return -Infinity;
    case "none":
      return firstFrom(timetable, since + 1);
    case "latest":
      return timetable.tickUntil(now) ?? -Infinity;
    case "window":
      return firstFrom(timetable, now - catchup.ms);
  }
}

/** The first tick at or after an instant; where none comes, later than everything. */
function firstFrom(timetable: Timetable, at: number): number {
  return timetable.tickAfter(at - 1) ?? Infinity;
}

/** Whatever the policy: it has a start, so it is never missed. */
function nextOnce({ last, start, end, since }: Plan): PlannedRun | undefined {
  const at = start ?? since;
  return last || at > (end ?? Infinity) ? undefined : planned({ start: at, end: at });
}

/** To be asked when the last run has ended. The interval is never empty, so that no two runs begin theirs together. */
function nextContinuous({ last, start, end: latest, since, now }: Plan): PlannedRun | undefined {
  const from = Math.max(last?.end ?? start ?? since, start ?? -Infinity);
  const end = Math.max(now, from + 1);
  return end > (latest ?? Infinity) ? undefined : planned({ start: from, end });
}

function planned(interval: Interval): PlannedRun {
  return { interval, runAfter: interval.end, logicalDate: interval.start };
}

/**
 * The interval of a run by hand: the last whole one before it, the same that the schedule would have given a run then. For a
 * schedule of triggers it ends at `at` and looks back as theirs do; for one without ticks it is empty.
 */
export function manualInterval(timetable: Timetable, at: number): Interval {
  const end = timetable.runs === "intervals" ? timetable.tickUntil(at) : undefined;
  const start = end === undefined ? undefined : timetable.tickUntil(end - 1);
  return start === undefined || end === undefined ? { start: at - timetable.lookbackMs, end: at } : { start, end };
}

/**
 * All runs whose interval begins in `[from, to)`, the oldest first, found as they are taken: for backfills. None for a
 * timetable that is not periodic. Policies and bounds of the DAG do not count here.
 */
export function* plannedRuns(timetable: Timetable, from: number, to: number): Generator<PlannedRun> {
  const back = timetable.lookbackMs;
  let tick = timetable.tickAfter(from + back - 1);
  while (tick !== undefined && tick - back < to) {
    const next = timetable.tickAfter(tick);
    if (timetable.runs === "triggers") yield planned({ start: tick - back, end: tick });
    else if (next !== undefined) yield planned({ start: tick, end: next });
    tick = next;
  }
}

/**
 * The runs that fall due after now, at most `count`, the next first. Those that are overdue are left out. A continuous
 * schedule has one, as nobody knows when that will end.
 */
export function upcoming(timetable: Timetable, plan: Omit<Plan, "catchup" | "since">, count: number): PlannedRun[] {
  const runs: PlannedRun[] = [];
  let { last } = plan;
  while (runs.length < count) {
    const run = nextRun(timetable, { ...plan, last, catchup: { policy: "none" }, since: plan.now });
    if (!run) break;
    runs.push(run);
    if (timetable.runs === "continuous") break;
    last = run.interval;
  }
  return runs;
}

/**
 * How much later than its tick a run begins, so that not all begin at once: the same for the same run each time.
 *
 * @param key - whose run it is: the name of the DAG
 * @param jitterMs - the longest delay, 0 or more
 * @returns whole milliseconds, 0 to `jitterMs`, both among them
 */
export function jitterOf(key: string, runAfter: number, jitterMs: number): number {
  return Math.floor((hash32(`${key} ${runAfter}`) / 2 ** 32) * (jitterMs + 1));
}

/** FNV-1a, its bits mixed once more: for texts that differ in their last digits alone its high bits hardly differ. */
function hash32(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
