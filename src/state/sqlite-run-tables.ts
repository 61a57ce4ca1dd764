import type { DatabaseSync } from "node:sqlite";
import { RowTable } from "./row-table.ts";
import type { AlertRow, AttemptRow, BackfillIntervalRow, BackfillRow, DagRow, InstanceRow, LedgerRow, MemoRow, PoolRow, RunRow, ThrottleRow } from "./run-store.ts";

export interface RunTables {
  runs: RowTable<RunRow>;
  instances: RowTable<InstanceRow>;
  attempts: RowTable<AttemptRow>;
  dags: RowTable<DagRow>;
  backfills: RowTable<BackfillRow>;
  intervals: RowTable<BackfillIntervalRow>;
  pools: RowTable<PoolRow>;
  ledgers: RowTable<LedgerRow>;
  alerts: RowTable<AlertRow>;
  throttles: RowTable<ThrottleRow>;
  memos: RowTable<MemoRow>;
}

/** How each kind of row lies in its table. */
export function runTables(database: DatabaseSync): RunTables {
  return {
    runs: new RowTable<RunRow>(database, "run", ["id"], {
      ...{ id: "plain", dag: "plain", kind: "plain", state: "plain", release: "plain", logicalDate: "plain", intervalStart: "plain", intervalEnd: "plain", runAfter: "plain" },
      ...{ createdAt: "plain", startedAt: "plain", endedAt: "plain", params: "json", note: "plain", clears: "plain", backfill: "plain", ordinal: "plain", cause: "plain", deadlines: "json" },
    }),
    instances: new RowTable<InstanceRow>(database, "instance", ["run", "task", "index"], {
      ...{ run: "run", task: "plain", index: "plain", state: "plain", attempts: "plain", attemptsMax: "plain", lost: "plain" },
      ...{ readyAt: "plain", startedAt: "plain", endedAt: "plain", wakeAt: "plain", result: "json", chosen: "json", note: "plain" },
    }),
    // A number is given to one attempt only. Were it ever given twice, the first would be lost without a word.
    attempts: new RowTable<AttemptRow>(
      database,
      "attempt",
      ["run", "task", "index", "number"],
      {
        ...{ run: "run", task: "plain", index: "plain", number: "plain", id: "plain", state: "plain", token: "plain", fence: "plain", worker: "plain" },
        ...{ queuedAt: "plain", startedAt: "plain", endedAt: "plain", error: "json", looks: "plain" },
      },
      "id",
    ),
    dags: new RowTable<DagRow>(database, "dag", ["dag"], { dag: "plain", paused: "flag", note: "plain", since: "plain", lastStart: "plain", lastEnd: "plain", updated: "json" }),
    backfills: new RowTable<BackfillRow>(database, "backfill", ["id"], {
      ...{ id: "plain", dag: "plain", state: "plain", from: "plain", to: "plain", order: "plain", reprocess: "plain", maxActiveRuns: "plain", params: "json" },
      ...{ note: "plain", createdAt: "plain", endedAt: "plain", intervals: "plain", next: "plain" },
    }),
    intervals: new RowTable<BackfillIntervalRow>(database, "backfill_interval", ["backfill", "ordinal"], { backfill: "plain", ordinal: "plain", start: "plain", end: "plain", run: "plain", reason: "plain" }),
    pools: new RowTable<PoolRow>(database, "pool", ["name"], { name: "plain", slots: "plain", note: "plain" }),
    ledgers: new RowTable<LedgerRow>(database, "ledger", ["dataset"], { dataset: "plain", done: "json" }),
    alerts: new RowTable<AlertRow>(database, "alert", ["id"], {
      ...{ id: "plain", dag: "plain", kind: "plain", to: "json", run: "plain", release: "plain", intervalStart: "plain", intervalEnd: "plain", task: "plain", index: "plain" },
      ...{ attempt: "plain", text: "plain", at: "plain", lastAt: "plain", count: "plain", state: "plain", tries: "plain", nextAt: "plain", endedAt: "plain", error: "json" },
    }),
    throttles: new RowTable<ThrottleRow>(database, "throttle", ["key"], { key: "plain", at: "plain", until: "plain" }),
    memos: new RowTable<MemoRow>(database, "memo", ["key"], { key: "plain", run: "plain", result: "json", at: "plain", until: "plain" }),
  };
}
