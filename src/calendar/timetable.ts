import { Cron } from "./cron.ts";
import type { ScheduleDecl } from "./schedule.ts";

export interface Timetable {
  periodic: boolean;
  tickAfter(after: number): number | undefined;
  tickUntil(until: number): number | undefined;
}

export function timetableOf(decl: ScheduleDecl): Timetable {
  if (decl.kind === "cron") {
    const cron = new Cron(decl.expression, { timezone: decl.timezone, gap: decl.gap, fold: decl.fold });
    return { periodic: true, tickAfter: (after) => cron.next(after), tickUntil: (until) => cron.lastUntil(until) };
  }
  if (decl.kind === "every") {
    const anchor = Date.parse(decl.anchor);
    return { periodic: true, tickAfter: (after) => anchor + (Math.floor((after - anchor) / decl.ms) + 1) * decl.ms, tickUntil: (until) => anchor + Math.floor((until - anchor) / decl.ms) * decl.ms };
  }
  return { periodic: false, tickAfter: () => undefined, tickUntil: () => undefined };
}
