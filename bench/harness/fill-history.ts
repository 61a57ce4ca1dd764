import { join } from "node:path";
import { statSync } from "node:fs";
import { loadSqlite } from "../../src/state/node-sqlite.ts";
import { sqliteRuns } from "../../src/state/sqlite-runs.ts";

export interface History {
  /** Of all that is written. */
  seconds: number;
  bytes: number;
}

/** Runs written in one transaction. */
const chunk = 10_000;

/**
 * Fills a run store with runs that have ended, of the DAGs `d0` to `d${dags - 1}` in turn, each with tasks `step-1` and so on
 * and an attempt of each: as SQL, for as runs that really run it would take hours.
 */
export async function fillHistory(folder: string, { runs, tasks, dags }: { runs: number; tasks: number; dags: number }): Promise<History> {
  const path = join(folder, "state.db");
  await (await sqliteRuns(path)).close(); // Makes the tables.
  const { DatabaseSync } = await loadSqlite();
  const database = new DatabaseSync(path);
  const startMs = performance.now();
  // Nothing of it needs to outlive a crash.
  database.exec("pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -262144");
  // Node binds numbers as floating-point ones, and a name would become "d1.0".
  const runNumbers = "run_n(r) as (select cast(? as integer) union all select r + 1 from run_n where r < ?)";
  const taskNumbers = `task_n(t) as (select 1 union all select t + 1 from task_n where t < ${tasks})`;
  const uuid = "lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-a' || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6)))";
  const at = "(1600000000000 + r * 1000)";
  const inserts = [
    `with recursive ${runNumbers} insert into run (seq, id, dag, kind, state, release, logicalDate, intervalStart, intervalEnd, runAfter, createdAt, startedAt, endedAt, params, clears)
     select r, 'd' || (r % ${dags}) || '.manual.' || ${uuid}, 'd' || (r % ${dags}), 'manual', 'success', 'bench', ${at}, ${at}, ${at}, ${at}, ${at}, ${at}, ${at} + 100, '{}', 0 from run_n`,
    `with recursive ${runNumbers}, ${taskNumbers} insert into instance (run, task, "index", state, attempts, attemptsMax, lost, readyAt, startedAt, endedAt)
     select r, 'step-' || t, -1, 'success', 1, 1, 0, ${at}, ${at}, ${at} + 100 from run_n, task_n order by r, 'step-' || t`,
    `with recursive ${runNumbers}, ${taskNumbers} insert into attempt (run, task, "index", number, id, state, token, fence, worker, queuedAt, startedAt, endedAt, looks)
     select r, 'step-' || t, -1, 1, ${uuid}, 'success', ${uuid}, r * 100 + t, 'worker-' || ${uuid}, ${at}, ${at}, ${at} + 100, 0 from run_n, task_n order by r, 'step-' || t`,
  ].map((text) => database.prepare(text));
  for (let first = 1; first <= runs; first += chunk) {
    database.exec("begin");
    for (const insert of inserts) insert.run(first, Math.min(runs, first + chunk - 1));
    database.exec("commit");
  }
  database.close();
  return { seconds: (performance.now() - startMs) / 1000, bytes: statSync(path).size };
}
