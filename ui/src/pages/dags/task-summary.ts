import type { Answer } from "../../api/types.ts";

export type RunGrid = Answer<"/api/v1/runs/{run}/grid">;
export type GridPage = Answer<"/api/v1/dags/{dag}/grid">;
export type GridTask = RunGrid["tasks"][number];
export type TaskCell = RunGrid["cells"][number];
export type StateCounts = { [state: string]: number | undefined };

/** What the eye should meet first, of many: trouble, then what goes on, then what waits, then what is over. */
const order = ["failed", "upstream_failed", "up_for_retry", "running", "queued", "scheduled", "deferred", "none", "cancelled", "success", "skipped", "removed"];

/** States with their counts, the most urgent first. */
export const byUrgency = (states: StateCounts): [state: string, count: number][] => order.flatMap((state) => (states[state] ? [[state, states[state] as number] as [string, number]] : []));

export const totalOf = (states: StateCounts): number => Object.values(states).reduce<number>((sum, count) => sum + (count ?? 0), 0);

/** The one state that stands for all; undefined where there is none. */
export const summaryState = (states: StateCounts): string | undefined => byUrgency(states)[0]?.[0];

export const isOver = (state: string): boolean => ["success", "failed", "skipped", "upstream_failed", "removed", "cancelled", "timed_out", "lost"].includes(state);

export const runIsOver = (state: string): boolean => state !== "queued" && state !== "running";

const words = (state: string): string => state.replaceAll("_", " ");

/** "success", or of several: "3 failed, 97 success". */
export function statesText(states: StateCounts): string {
  const all = byUrgency(states);
  if (all.length === 1 && all[0][1] === 1) return words(all[0][0]);
  return all.map(([state, count]) => `${count.toLocaleString("en")} ${words(state)}`).join(", ");
}

/** How a task of a run stands: one that has not been touched waits while the run goes on, and is not there once it has ended. */
export function cellState(cell: TaskCell | undefined, runState: string): string | undefined {
  return (cell && summaryState(cell.states)) ?? (runIsOver(runState) ? undefined : "none");
}

/** Milliseconds from a start to an end, or to now; null before the start. */
export const tookMs = ({ startedAt, endedAt }: { startedAt: string | null; endedAt: string | null }, now: number): number | null => (startedAt === null ? null : Math.max(0, (endedAt === null ? now : Date.parse(endedAt)) - Date.parse(startedAt)));
