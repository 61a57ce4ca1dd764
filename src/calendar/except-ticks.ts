import type { Ticks } from "./ticks.ts";

/*
 * How many ticks are taken out in a row before the series counts as ended: two weeks of a tick each minute, two months of
 * one every five, or the ticks of ten years. So one question costs some tenths of a second at most, and with ordinary
 * exclusions microseconds.
 */
const excludedMax = 20_000;
const excludedInYearsMax = 1_000;
const yearsMs = 10 * 366 * 86_400_000;

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
    const isFar = Math.abs(tick - (first as number)) > yearsMs;
    if (excluded === excludedMax || (isFar && excluded > excludedInYearsMax)) return undefined;
    tick = next(tick);
  }
  return tick;
}
