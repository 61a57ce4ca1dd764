import type { Ticks } from "./ticks.ts";

/**
 * Ticks out of a list.
 *
 * @param list - gives the ticks, each later than the one before; asked each time, so that a list may grow
 */
export function listTicks(list: () => readonly number[]): Ticks {
  return {
    tickAfter: (after) => list()[firstBeyond(list(), after)],
    tickUntil: (until) => list()[firstBeyond(list(), until) - 1],
  };
}

/** The index of the first that is later than `at`; the length when none is. */
function firstBeyond(list: readonly number[], at: number): number {
  let [low, high] = [0, list.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (list[middle] > at) high = middle;
    else low = middle + 1;
  }
  return low;
}
