import type { Style } from "./style.ts";

const good: ReadonlySet<string> = new Set(["success", "done", "sent", "built", "passed"]);
const bad: ReadonlySet<string> = new Set(["failed", "upstream_failed", "timed_out", "lost", "error"]);
const moving: ReadonlySet<string> = new Set(["running", "queued", "scheduled", "pending", "gathering"]);
const held: ReadonlySet<string> = new Set(["paused", "cancelled", "up_for_retry", "deferred", "changed", "warned"]);

/** The colour of a state of a run, task, attempt, DAG, backfill or alert. */
export function paintState(state: string, style: Style): (text: string) => string {
  if (good.has(state)) return style.good;
  if (bad.has(state)) return style.bad;
  if (moving.has(state)) return style.accent;
  return held.has(state) ? style.warn : style.dim;
}

/** The column of a table that holds states. */
export const stateColumn = { title: "state", whole: true as const, paint: paintState };
