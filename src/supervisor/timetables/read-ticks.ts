import { MillraceError } from "../../errors.ts";
import type { TimetableCode } from "../../model/schedule.ts";
import type { TicksRequest } from "./ticks-request.ts";

/** The last instant that a date can be. */
const instantMax = 8.64e15;

/**
 * Asks a timetable in code, and looks at each answer: a tick that is none, or that does not come behind the one before,
 * would let the scheduler run the same interval for ever.
 *
 * @throws MillraceError `MR-SCHED-009`
 */
export function readTicks({ tickAfter, tickUntil }: TimetableCode, { dag, from, to, more, ticksMax }: Pick<TicksRequest, "dag" | "from" | "to" | "more" | "ticksMax">): { ticks: number[]; ends: boolean } {
  const until = (at: number) => tickOf(`tickUntil(${at})`, tickUntil(at), dag, (tick) => tick <= at);
  const after = (at: number) => tickOf(`tickAfter(${at})`, tickAfter(at), dag, (tick) => tick > at);
  const last = until(from);
  const ticks = last === undefined ? [] : [until(last - 1), last].filter((tick) => tick !== undefined);
  let beyond = 0;
  for (let next = after(last ?? from); next !== undefined; next = after(next)) {
    if (next <= from) throw wrong(dag, `tickUntil(${from}) gave ${last}, and tickAfter of that gave ${next}, which lies between`);
    ticks.push(next);
    if (next > to) beyond++;
    if (beyond >= more || ticks.length >= ticksMax) return { ticks, ends: false };
  }
  return { ticks, ends: true };
}

function tickOf(call: string, answer: unknown, dag: string, fits: (tick: number) => boolean): number | undefined {
  if (answer === undefined) return undefined;
  if (Number.isInteger(answer) && Math.abs(answer as number) <= instantMax && fits(answer as number)) return answer as number;
  throw wrong(dag, `${call} gave ${shown(answer)}`);
}

function shown(answer: unknown): string {
  if (answer instanceof Promise) return "a promise";
  return typeof answer === "object" ? (JSON.stringify(answer) ?? "an object") : String(answer);
}

function wrong(dag: string, what: string): MillraceError {
  return new MillraceError("MR-SCHED-009", {
    what: `the timetable is wrong: ${what}`,
    where: `DAG "${dag}", timetable`,
    mend: "tickAfter gives the first tick later than what it is given and tickUntil the last at or before it, both as whole milliseconds since 1970, at once; undefined where there is none",
  });
}
