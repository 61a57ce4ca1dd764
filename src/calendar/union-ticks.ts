import type { Ticks } from "./ticks.ts";

/** The ticks of all parts; where several have the same, it is one. */
export function unionTicks(parts: Ticks[]): Ticks {
  return {
    tickAfter: (after) => nearest(Math.min, parts.map((part) => part.tickAfter(after))),
    tickUntil: (until) => nearest(Math.max, parts.map((part) => part.tickUntil(until))),
  };
}

function nearest(choose: (...of: number[]) => number, ticks: (number | undefined)[]): number | undefined {
  const found = ticks.filter((tick) => tick !== undefined);
  return found.length === 0 ? undefined : choose(...found);
}
