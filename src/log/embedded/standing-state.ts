import type { StateEntry } from "../driver.ts";

/** What is to be written of the state of one epoch: for each task its last snapshot and what follows it; where there is none, all. */
export function standingState<E extends StateEntry & { task: number }>(state: readonly E[]): E[] {
  return state.filter((entry, i) => !state.some(({ task, kind }, later) => later > i && task === entry.task && kind === "snapshot"));
}
