import type { Ticks } from "./ticks.ts";

/**
 * Ticks taken out in a row, behind which the series counts as ended: a tick each minute that has two months left out. It
 * bounds what one question costs to some tenths of a second, where ordinary exclusions cost microseconds.
 */
const excludedMax = 100_000;

/** The ticks that are not taken out. */
export function exceptTicks(ticks: Ticks, isExcluded: (tick: number) => boolean): Ticks {
  return {
    tickAfter: (after) => kept(ticks.tickAfter(after), isExcluded, (tick) => ticks.tickAfter(tick)),
    tickUntil: (until) => kept(ticks.tickUntil(until), isExcluded, (tick) => ticks.tickUntil(tick - 1)),
  };
}

function kept(first: number | undefined, isExcluded: (tick: number) => boolean, next: (tick: number) => number | undefined): number | undefined {
  let tick = first;
  for (let excluded = 0; tick !== undefined && isExcluded(tick); excluded++) {
    if (excluded === excludedMax) return undefined;
    tick = next(tick);
  }
  return tick;
}
