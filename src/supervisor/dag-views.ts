import type { PlannedRun } from "../calendar/next-run.ts";
import type { Json } from "../model/manifest.ts";
import type { Instance } from "../scheduler/world.ts";
import type { AlertView, ApprovalView, AttemptView, BackfillView, PlannedRunView, RunView, ShownResult, TaskView } from "../server/dag-control.ts";
import type { AlertRow, AttemptRow, BackfillRow, InstanceRow, RunRow, RunState, StoredResult } from "../state/run-store.ts";
import { alertMessage, targetText } from "./alerts/alert-message.ts";

/* Rows of the scheduler as they leave by REST. */

const iso = (at: number): string => new Date(at).toISOString();
const isoOrNull = (at: number | null): string | null => (at === null ? null : iso(at));

export function runView(row: RunRow): RunView {
  const { id, dag, kind, state, release, params, note, clears, backfill, cause } = row;
  return {
    ...{ id, dag, kind, state, release, logicalDate: isoOrNull(row.logicalDate), interval: { start: iso(row.intervalStart), end: iso(row.intervalEnd) } },
    ...{ runAfter: iso(row.runAfter), createdAt: iso(row.createdAt), startedAt: isoOrNull(row.startedAt), endedAt: isoOrNull(row.endedAt) },
    ...{ params, note, clears, backfill, cause },
  };
}

/** Of a task that asks, and waits. */
export function approvalView({ row, run, node: { decl } }: Instance): ApprovalView {
  return { dag: run.row.dag, run: row.run, task: row.task, index: row.index, prompt: String((decl.settings as { prompt?: unknown } | undefined)?.prompt ?? ""), since: isoOrNull(row.readyAt) };
}

/** @param newest - its newest attempt */
export function taskView(row: InstanceRow, kind: string, newest: AttemptRow | undefined): TaskView {
  const { task, index, state, attempts, attemptsMax, note } = row;
  return {
    ...{ task, index, kind, state, attempts, attemptsMax, startedAt: isoOrNull(row.startedAt), endedAt: isoOrNull(row.endedAt), wakeAt: isoOrNull(row.wakeAt), note },
    error: state === "success" ? null : (newest?.error ?? null),
    result: resultView(row.result),
  };
}

/** A run of thousands of tasks is looked at as a whole: what is shown of each must be small. */
const shownBytesMax = 4 * 1024;

export function resultView(result: StoredResult | null): ShownResult {
  if (result === null) return null;
  return "json" in result ? shownText(result.json) : { file: result.file, bytes: result.bytes };
}

export const shownResult = (value: Json): ShownResult => shownText(JSON.stringify(value));

function shownText(json: string): ShownResult {
  const bytes = Buffer.byteLength(json);
  return bytes <= shownBytesMax ? (JSON.parse(json) as Json) : { file: null, bytes };
}

export function attemptView({ number, state, worker, queuedAt, startedAt, endedAt, error }: AttemptRow): AttemptView {
  return { number, state, worker, queuedAt: iso(queuedAt), startedAt: isoOrNull(startedAt), endedAt: isoOrNull(endedAt), error };
}

export function plannedView({ interval, runAfter, logicalDate }: PlannedRun): PlannedRunView {
  return { interval: { start: iso(interval.start), end: iso(interval.end) }, runAt: iso(runAfter), logicalDate: isoOrNull(logicalDate) };
}

export function backfillView(row: BackfillRow, runs: { [state in RunState]?: number }): BackfillView {
  const { id, dag, state, order, reprocess, maxActiveRuns, note, intervals, next } = row;
  return { ...{ id, dag, state, from: iso(row.from), to: iso(row.to), order, reprocess, maxActiveRuns, note }, ...{ createdAt: iso(row.createdAt), endedAt: isoOrNull(row.endedAt), intervals, reached: next, runs } };
}

export function alertView(row: AlertRow): AlertView {
  const { state, tries, error } = row;
  return { ...alertMessage(row), to: targetText(row.to), state, tries, nextAt: isoOrNull(row.nextAt), endedAt: isoOrNull(row.endedAt), error };
}
