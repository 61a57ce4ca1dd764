import type { DatabaseSync } from "node:sqlite";
import { MillraceError } from "../errors.ts";
import { jsonText, type RowTable } from "./row-table.ts";
import type { AlertFilter, AlertRow, AttemptPage, AttemptRow, BackfillIntervalRow, BackfillRow, Changes, InstancePage, InstanceRow, MemoRow, Removal, RemovedRun, RunFilter, RunKind, RunRow, RunStore, Swap, ThrottleRow, Unfinished } from "./run-store.ts";
import { createEntries, Entries } from "./sqlite-entries.ts";
import { SqliteFile } from "./sqlite-file.ts";
import { RunQueries } from "./sqlite-run-queries.ts";
import { RunRemoval } from "./sqlite-run-removal.ts";
import { createRunTables } from "./sqlite-run-schema.ts";
import { type RunTables, runTables } from "./sqlite-run-tables.ts";
import { Statements } from "./sqlite-statements.ts";

/**
 * The embedded run store, in the file of the embedded state store, so that a commit can make swaps there too.
 *
 * @param path - of the file; it and its folder are made when they are not there
 * @throws MillraceError `MR-STATE-001` when the file cannot be opened; `MR-STATE-004` when a newer Millrace has written it
 */
export async function sqliteRuns(path: string): Promise<RunStore> {
  const create = (database: DatabaseSync): void => {
    createEntries(database);
    createRunTables(database);
  };
  return new SqliteRuns(await SqliteFile.open(path, create));
}

class SqliteRuns implements RunStore {
  readonly #file: SqliteFile;
  readonly #sql: Statements;
  readonly #entries: Entries;
  readonly #tables: RunTables;
  readonly #queries: RunQueries;
  readonly #removal: RunRemoval;

  constructor(file: SqliteFile) {
    this.#file = file;
    this.#sql = new Statements(file.database);
    this.#entries = new Entries(file.database);
    this.#tables = runTables(file.database);
    this.#queries = new RunQueries(this.#tables, this.#sql);
    this.#removal = new RunRemoval(file, this.#sql);
  }

  async take(holder: string): Promise<{ epoch: number; unfinished: Unfinished }> {
    return this.#file.write("the scheduler", () => {
      const { epoch, fence } = this.#sql.one<{ epoch: number; fence: number }>("update scheduler set epoch = epoch + 1, holder = ? returning epoch, fence", holder)!;
      return { epoch, unfinished: { ...this.#queries.unfinished(), fence } };
    });
  }

  async stale(epoch: number, swaps: readonly Swap[]): Promise<number[]> {
    return this.#file.read("the scheduler", () => {
      this.#checkEpoch(epoch);
      return this.#staleOnes(swaps);
    });
  }

  async commit(epoch: number, changes: Changes, swaps: readonly Swap[] = []): Promise<void> {
    this.#file.write("the scheduler", () => {
      this.#checkEpoch(epoch);
      this.#swap(swaps);
      this.#put(changes);
    });
  }

  runs(filter: RunFilter): Promise<RunRow[]> {
    return this.#read((queries) => queries.runs(filter));
  }

  run(id: string): Promise<RunRow | undefined> {
    return this.#read((queries) => queries.run(id));
  }

  runsBetween(dag: string, from: number, to: number, limit?: number): Promise<RunRow[]> {
    return this.#read((queries) => queries.runsBetween(dag, from, to, limit));
  }

  runBefore(dag: string, start: number, kinds: readonly RunKind[]): Promise<RunRow | undefined> {
    return this.#read((queries) => queries.runBefore(dag, start, kinds));
  }

  instances(run: string, page?: InstancePage): Promise<InstanceRow[]> {
    return this.#read((queries) => queries.instances(run, page));
  }

  attempts(run: string, task?: string, index?: number, page?: AttemptPage): Promise<AttemptRow[]> {
    return this.#read((queries) => queries.attempts(run, task, index, page));
  }

  backfills(dag?: string): Promise<BackfillRow[]> {
    return this.#read((queries) => queries.backfills(dag));
  }

  backfill(id: string): Promise<BackfillRow | undefined> {
    return this.#read((queries) => queries.backfill(id));
  }

  backfillIntervals(backfill: string, page: { after: number; limit: number }): Promise<BackfillIntervalRow[]> {
    return this.#read((queries) => queries.backfillIntervals(backfill, page));
  }

  alerts(filter: AlertFilter): Promise<AlertRow[]> {
    return this.#read((queries) => queries.alerts(filter));
  }

  idsFrom(kind: "run" | "backfill", prefix: string, limit: number): Promise<string[]> {
    return this.#read((queries) => queries.idsFrom(kind, prefix, limit));
  }

  memo(key: string): Promise<MemoRow | undefined> {
    return this.#read((queries) => queries.memo(key));
  }

  pendingAlerts(page: { limit: number; notTo: readonly AlertRow["to"][] }): Promise<AlertRow[]> {
    return this.#read((queries) => queries.pendingAlerts(page));
  }

  removeRuns(removal: Removal): Promise<number> {
    return this.#removal.removeRuns(removal);
  }

  async removedRuns(page: { after?: RemovedRun; limit: number }): Promise<RemovedRun[]> {
    return this.#removal.removedRuns(page);
  }

  async forgetRemoved(runs: readonly RemovedRun[]): Promise<void> {
    this.#removal.forgetRemoved(runs);
  }

  async close(): Promise<void> {
    this.#file.close();
  }

  #checkEpoch(epoch: number): void {
    const standing = this.#sql.one<{ epoch: number; holder: string }>("select epoch, holder from scheduler")!;
    if (standing.epoch === epoch) return;
    throw new MillraceError("MR-STATE-002", { what: `this scheduler has been replaced by another, ${standing.holder}`, where: "the run store", mend: "nothing: the other one goes on; end this process if it stays" });
  }

  /** Places of the swaps that do not fit. One that fits counts for those behind it, as when they are made. */
  #staleOnes(swaps: readonly Swap[]): number[] {
    const versions = new Map<string, number>();
    return swaps.flatMap(({ collection, key, expected, value }, place) => {
      const name = JSON.stringify([collection, key]);
      if ((versions.get(name) ?? this.#entries.version(collection, key)) !== expected) return [place];
      versions.set(name, value === undefined ? 0 : expected === 0 ? this.#entries.firstVersion(collection) : expected + 1);
      return [];
    });
  }

  #swap(swaps: readonly Swap[]): void {
    const stale = this.#staleOnes(swaps);
    if (stale.length > 0) throw notMade(stale.map((place) => swaps[place]));
    for (const { collection, key, value } of swaps) {
      if (value === undefined) this.#entries.remove(collection, key);
      else this.#entries.put(collection, key, jsonText(value, `${collection}/${key}`));
    }
  }

  #put({ runs, instances, attempts, dags, backfills, intervals, pools, ledgers, alerts, throttles, memos, fence }: Changes): void {
    const tables = this.#tables;
    for (const row of runs) tables.runs.put(row);
    // Only for this commit: were it rolled back, a number known from it could become another run's.
    const numbers = new Map<string, number>();
    const number = (run: string): number => {
      let found = numbers.get(run);
      if (found === undefined) numbers.set(run, (found = this.#numberOf(run)));
      return found;
    };
    for (const row of instances) tables.instances.put(row, number(row.run));
    for (const row of attempts) tables.attempts.put(row, number(row.run));
    for (const row of dags) tables.dags.put(row);
    for (const row of backfills) tables.backfills.put(row);
    for (const row of intervals) tables.intervals.put(row);
    for (const row of pools) tables.pools.put(row);
    for (const row of ledgers) tables.ledgers.put(row);
    for (const row of alerts) tables.alerts.put(row);
    this.#putLasting("throttle", this.#tables.throttles, throttles);
    this.#putLasting("memo", this.#tables.memos, memos);
    this.#sql.run("update scheduler set fence = ? where fence < ?", fence, fence);
  }

  /** Rows that say nothing after their time. Those whose time was over before these were made are forgotten. */
  #putLasting<Row extends ThrottleRow | MemoRow>(name: "throttle" | "memo", table: RowTable<Row>, rows: Row[]): void {
    if (rows.length === 0) return;
    this.#sql.run(`delete from ${name} where until < ?`, Math.min(...rows.map(({ at }) => at)));
    for (const row of rows) table.put(row);
  }

  #numberOf(run: string): number {
    const number = this.#queries.number(run);
    if (number === undefined) throw new Error(`a task of run "${run}" was to be stored, and there is no such run`);
    return number;
  }

  async #read<T>(work: (queries: RunQueries) => T): Promise<T> {
    return this.#file.read("the runs", () => work(this.#queries));
  }
}

function notMade(stale: Swap[]): MillraceError {
  return new MillraceError("MR-STATE-003", {
    what: `another was first to write ${stale.map(({ collection, key, expected }) => `${collection}/${key} (expected at version ${expected})`).join(", ")}`,
    where: "the run store",
    mend: "prepare the change anew from what stands there now",
    retryable: true,
  });
}
