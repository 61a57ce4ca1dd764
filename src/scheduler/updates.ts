import type { ScheduleDecl } from "../calendar/schedule.ts";
import type { Dag } from "./world.ts";

type OnUpdate = Extract<ScheduleDecl, { kind: "onUpdate" }>;

/** How a DAG waits for updates of datasets, when it does. */
export function waitsFor({ graph }: Dag): OnUpdate | undefined {
  const { schedule } = graph.decl;
  return schedule.kind === "onUpdate" ? schedule : undefined;
}

/**
 * When a DAG that waits for updates is to run, by those that have come since its last run; undefined while one is missing.
 * - `any`: at once; with a window, so long after the first, for all that come within it.
 * - `all`: when each dataset was updated; with a window, within it of one another.
 */
export function dueByUpdates({ datasets, when, windowMs }: OnUpdate, updated: Dag["row"]["updated"], now: number): number | undefined {
  if (updated.length === 0) return undefined;
  if (when === "any") return windowMs === undefined ? now : Math.min(...updated.map(({ at }) => at)) + windowMs;
  const newest = Math.max(...updated.map(({ at }) => at));
  const recent = new Set(updated.filter(({ at }) => windowMs === undefined || newest - at <= windowMs).map(({ dataset }) => dataset));
  return datasets.every((dataset) => recent.has(dataset)) ? now : undefined;
}

/** The span that the updates are of; the present instant where none says. */
export function spanOf(updated: Dag["row"]["updated"], now: number): { start: number; end: number } {
  const starts = updated.flatMap(({ start }) => start ?? []);
  const ends = updated.flatMap(({ end }) => end ?? []);
  return { start: starts.length > 0 ? Math.min(...starts) : now, end: ends.length > 0 ? Math.max(...ends) : now };
}
