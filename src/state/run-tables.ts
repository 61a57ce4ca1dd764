import { RowTable } from "./row-table.ts";
import type { AlertRow, AttemptRow, BackfillIntervalRow, BackfillRow, DagRow, InstanceRow, LedgerRow, MemoRow, PoolRow, RunRow, ThrottleRow } from "./run-store.ts";

/** How each kind of row lies in its table. */
export const runTables = {
  runs: new RowTable<RunRow>("run", ["id"], {
    ...{ id: "text", dag: "text", kind: "text", state: "text", release: "text", logicalDate: "integer", intervalStart: "integer", intervalEnd: "integer", runAfter: "integer" },
    ...{ createdAt: "integer", startedAt: "integer", endedAt: "integer", params: "json", note: "text", clears: "integer", backfill: "text", ordinal: "integer", cause: "text", deadlines: "json" },
  }, { isSharded: true }),
  instances: new RowTable<InstanceRow>("instance", ["run", "task", "index"], {
    ...{ run: "run", task: "text", index: "integer", state: "text", attempts: "integer", attemptsMax: "integer", lost: "integer" },
    ...{ readyAt: "integer", startedAt: "integer", endedAt: "integer", wakeAt: "integer", result: "json", chosen: "json", note: "text" },
  }),
  // A number is given to one attempt only. Were it ever given twice, the first would be lost without a word.
  attempts: new RowTable<AttemptRow>("attempt", ["run", "task", "index", "number"], {
    ...{ run: "run", task: "text", index: "integer", number: "integer", id: "text", state: "text", token: "text", fence: "integer", worker: "text" },
    ...{ queuedAt: "integer", startedAt: "integer", endedAt: "integer", error: "json", looks: "integer" },
  }, { fixed: "id" }),
  dags: new RowTable<DagRow>("dag", ["dag"], { dag: "text", paused: "flag", note: "text", since: "integer", lastStart: "integer", lastEnd: "integer", updated: "json" }, { isSharded: true }),
  backfills: new RowTable<BackfillRow>("backfill", ["id"], {
    ...{ id: "text", dag: "text", state: "text", from: "integer", to: "integer", order: "text", reprocess: "text", maxActiveRuns: "integer", params: "json" },
    ...{ note: "text", createdAt: "integer", endedAt: "integer", intervals: "integer", next: "integer" },
  }, { isSharded: true }),
  intervals: new RowTable<BackfillIntervalRow>("backfill_interval", ["backfill", "ordinal"], { backfill: "text", ordinal: "integer", start: "integer", end: "integer", run: "text", reason: "text" }),
  pools: new RowTable<PoolRow>("pool", ["name"], { name: "text", slots: "integer", note: "text" }),
  ledgers: new RowTable<LedgerRow>("ledger", ["shard", "dataset"], { dataset: "text", done: "json" }, { isSharded: true }),
  alerts: new RowTable<AlertRow>("alert", ["id"], {
    ...{ id: "text", dag: "text", kind: "text", to: "json", run: "text", release: "text", intervalStart: "integer", intervalEnd: "integer", task: "text", index: "integer" },
    ...{ attempt: "integer", text: "text", at: "integer", lastAt: "integer", count: "integer", state: "text", tries: "integer", nextAt: "integer", endedAt: "integer", error: "json" },
  }, { isSharded: true }),
  throttles: new RowTable<ThrottleRow>("throttle", ["shard", "key"], { key: "text", at: "integer", until: "integer" }, { isSharded: true }),
  memos: new RowTable<MemoRow>("memo", ["key"], { key: "text", run: "text", result: "json", at: "integer", until: "integer" }),
};
