import type { AlertRow, AttemptRow, BackfillRow, Changes, InstanceRow, RunRow } from "./run-store.ts";

/** Rows as a scheduler makes them, with what a test cares about in place of the ordinary. */
export const aRun = (id: string, given: Partial<RunRow> = {}): RunRow => ({
  ...{ id, dag: "daily", kind: "scheduled", state: "running", release: "r1", logicalDate: 1_000, intervalStart: 1_000, intervalEnd: 2_000, runAfter: 2_000 },
  ...{ createdAt: 2_000, startedAt: null, endedAt: null, params: {}, note: null, clears: 0, backfill: null, ordinal: null, cause: null, deadlines: [] },
  ...given,
});

export const anInstance = (run: string, task: string, given: Partial<InstanceRow> = {}): InstanceRow => ({
  ...{ run, task, index: -1, state: "running", attempts: 1, attemptsMax: 4, lost: 0, readyAt: 2_000, startedAt: 2_001, endedAt: null, wakeAt: null, result: null, chosen: null, note: null },
  ...given,
});

export const anAttempt = (run: string, task: string, number: number, given: Partial<AttemptRow> = {}): AttemptRow => ({
  ...{ id: `${run}/${task}/${given.index ?? -1}/${number}`, run, task, index: -1, number, state: "running", token: "t", fence: 1, worker: "w", queuedAt: 2_000, startedAt: 2_001, endedAt: null, error: null, looks: 0 },
  ...given,
});

export const aBackfill = (id: string, given: Partial<BackfillRow> = {}): BackfillRow => ({
  ...{ id, dag: "daily", state: "running", from: 0, to: 10_000, order: "oldest", reprocess: "failed", maxActiveRuns: 2, params: null, note: null, createdAt: 1, endedAt: null, intervals: 3, next: 1 },
  ...given,
});

export const anAlert = (id: string, given: Partial<AlertRow> = {}): AlertRow => ({
  ...{ id, dag: "daily", kind: "failure", to: { kind: "webhook", url: "https://example.com/x" }, run: "r", release: "r1", intervalStart: 1_000, intervalEnd: 2_000, task: null, index: -1 },
  ...{ attempt: null, text: "it failed", at: 3_000, lastAt: 3_000, count: 1, state: "pending", tries: 0, nextAt: 3_000, endedAt: null, error: null },
  ...given,
});

export const changes = (given: Partial<Changes>): Changes => ({ runs: [], instances: [], attempts: [], dags: [], backfills: [], intervals: [], pools: [], ledgers: [], alerts: [], throttles: [], memos: [], fence: 0, ...given });
