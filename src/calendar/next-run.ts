import type { Timetable } from "./timetable.ts";

export interface Interval {
  start: number;
  end: number;
}

export interface PlannedRun {
  interval: Interval;
  runAfter: number;
  logicalDate: number | null;
}

export type CatchUp = { policy: "all" } | { policy: "latest" } | { policy: "none" } | { policy: "window"; ms: number };

export function nextRun(timetable: Timetable, { last, start, end, catchup, now }: { last?: Interval; start?: number; end?: number; catchup: CatchUp; now: number; since?: number }): PlannedRun | undefined {
  if (!timetable.periodic) return undefined;
  let from = last ? (timetable.tickUntil(last.end) as number) : (timetable.tickAfter((start ?? now) - 1) as number);
  if (catchup.policy !== "all") {
    const closed = timetable.tickUntil(now) as number;
    from = Math.max(from, timetable.tickUntil(closed - 1) as number);
  }
  if (end !== undefined && from > end) return undefined;
  const until = timetable.tickAfter(from) as number;
  return { interval: { start: from, end: until }, runAfter: until, logicalDate: from };
}

export function* plannedRuns(timetable: Timetable, from: number, to: number): Iterable<PlannedRun> {
  for (let start = timetable.tickAfter(from - 1); start !== undefined && start < to; ) {
    const end = timetable.tickAfter(start) as number;
    yield { interval: { start, end }, runAfter: end, logicalDate: start };
    start = end;
  }
}

export function manualInterval(timetable: Timetable, at: number): Interval {
  const end = timetable.tickUntil(at);
  if (end === undefined) return { start: at, end: at };
  return { start: timetable.tickUntil(end - 1) as number, end };
}

export function jitterOf(_key: string, _runAfter: number, _jitterMs: number): number {
  return 0;
}
