import { Zone } from "../calendar/zone.ts";
import type { DagDecl, TaskDecl } from "../model/dag-manifest.ts";
import type { Json } from "../model/manifest.ts";
import type { CalendarDay, GridRun, GridTask, TaskCell, TaskItem } from "../server/dag-control.ts";
import type { InstanceRow, RunMark, RunRow, TaskCount } from "../state/run-store.ts";
import { runView } from "./dag-views.ts";

/* Many tasks of many runs, as small as they can be told. */

const isoOrNull = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** The tasks of a declaration, in its order, and behind them those that only runs of other releases have had. */
export function gridTasks(decl: DagDecl | undefined, counts: readonly TaskCount[]): GridTask[] {
  const declared = (decl?.tasks ?? []).map((task): GridTask => ({ name: task.name, kind: task.kind, map: task.map ?? null, after: afterOf(task, decl as DagDecl), declared: true, prompt: promptOf(task) }));
  const known = new Set(declared.map(({ name }) => name));
  const gone = [...new Set(counts.map(({ task }) => task))].filter((name) => !known.has(name));
  return [...declared, ...gone.map((name): GridTask => ({ name, kind: "task", map: null, after: [], declared: false, prompt: null }))];
}

/** A map's first tasks come after the one whose list it goes through, which no code names as theirs. */
export function afterOf({ map, after }: TaskDecl, { maps, tasks }: DagDecl): string[] {
  const over = maps.find(({ name }) => name === map)?.over;
  const inMap = new Set(tasks.filter((task) => task.map === map).map(({ name }) => name));
  return over === undefined || !("task" in over) || after.some((name) => inMap.has(name)) ? after : [...new Set([over.task, ...after])];
}

function promptOf({ kind, settings }: TaskDecl): string | null {
  const { prompt } = (settings ?? {}) as { prompt?: Json };
  return kind === "approval" && typeof prompt === "string" ? prompt : null;
}

export function gridRun(row: RunRow, counts: readonly TaskCount[]): GridRun {
  const { params: _, ...run } = runView(row);
  return { ...run, cells: counts.map(taskCell) };
}

export const taskCell = ({ task, states, attempts, startedAt, endedAt }: TaskCount): TaskCell => ({ task, states, attempts, startedAt: isoOrNull(startedAt), endedAt: isoOrNull(endedAt) });

export function taskItem({ task, index, state, attempts, attemptsMax, startedAt, endedAt, wakeAt, note }: InstanceRow): TaskItem {
  return { task, index, state, attempts, attemptsMax, startedAt: isoOrNull(startedAt), endedAt: isoOrNull(endedAt), wakeAt: isoOrNull(wakeAt), note };
}

/** A task that a run has and has not come to. */
export const untouched = (run: string, task: string): InstanceRow => ({
  ...{ run, task, index: -1, state: "none", attempts: 0, attemptsMax: 0, lost: 0 },
  ...{ readyAt: null, startedAt: null, endedAt: null, wakeAt: null, result: null, chosen: null, note: null },
});

/** Runs by the day, on the clocks of the zone, on which their intervals begin; days without a run are absent. */
export function calendarDays(marks: readonly RunMark[], timezone: string): CalendarDay[] {
  const zone = Zone.of(timezone);
  const days = new Map<string, CalendarDay>();
  for (const { intervalStart, state } of marks) {
    const day = new Date(zone.wallOf(intervalStart)).toISOString().slice(0, 10);
    const found = days.get(day) ?? { day, states: {} };
    found.states[state] = (found.states[state] ?? 0) + 1;
    days.set(day, found);
  }
  return [...days.values()];
}
