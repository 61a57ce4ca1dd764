import type { Ticks } from "./ticks.ts";

/** Ticks by elapsed time: at the anchor and every `ms` before and after it. */
export function everyTicks(ms: number, anchor: number): Ticks {
  const tickUntil = (until: number): number => {
    const over = (until - anchor) % ms;
    return until - (over < 0 ? over + ms : over);
  };
  return { tickUntil, tickAfter: (after) => tickUntil(after) + ms };
}
