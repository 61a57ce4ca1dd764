import { MillraceError } from "../errors.ts";
import type { Database } from "./database.ts";
import { entries, lockOf } from "./entries.ts";
import { jsonText } from "./row-table.ts";
import * as queries from "./run-queries.ts";
import type { Removed, RunRemoval } from "./run-removal.ts";
import type { AlertFilter, AlertRow, AttemptPage, AttemptRow, BackfillIntervalRow, BackfillRow, Changes, InstancePage, InstanceRow, MemoRow, Removal, RemovedRun, RunFilter, RunKind, RunMark, RunRow, RunStore, Swap, TaskCount, ThrottleRow, Unfinished } from "./run-store.ts";
import { runTables as tables } from "./run-tables.ts";
import { commitMail, sharesOf } from "./shard-mail.ts";
import { type Claim, shardKey } from "./shards.ts";
import { one, run, together, type Work } from "./work.ts";

/** What is read of runs, of whichever shard: what an SQL database has to say is the same for all of them. */
export class SqlHistory {
  readonly #database: Database;
  readonly #removal: RunRemoval;

  /** @param removal - that of the process, for all who read what it removes */
  constructor(database: Database, removal: RunRemoval) {
    this.#database = database;
    this.#removal = removal;
  }

  runs(filter: RunFilter): Promise<RunRow[]> {
    return this.#read(() => queries.runs(filter));
  }

  newestRuns(dags: readonly string[], limit: number): Promise<Map<string, RunRow[]>> {
    return this.#read(() => queries.newestRuns(dags, limit));
  }

  run(id: string): Promise<RunRow | undefined> {
    return this.#read(() => queries.run(id));
  }

  runsBetween(dag: string, from: number, to: number, limit?: number): Promise<RunRow[]> {
    return this.#read(() => queries.runsBetween(dag, from, to, limit));
  }

  runMarks(dag: string, from: number, to: number, limit: number): Promise<RunMark[]> {
    return this.#read(() => queries.runMarks(dag, from, to, limit));
  }

  runBefore(dag: string, start: number, kinds: readonly RunKind[]): Promise<RunRow | undefined> {
    return this.#read(() => queries.runBefore(dag, start, kinds));
  }

  instances(ofRun: string, page?: InstancePage): Promise<InstanceRow[]> {
    return this.#read(() => queries.instances(ofRun, page));
  }

  taskCounts(ofRun: string): Promise<TaskCount[]> {
    return this.#read(() => queries.taskCounts(ofRun));
  }

  attempts(ofRun: string, task?: string, index?: number, page?: AttemptPage): Promise<AttemptRow[]> {
    return this.#read(() => queries.attempts(ofRun, task, index, page));
  }

  backfills(dag?: string): Promise<BackfillRow[]> {
    return this.#read(() => queries.backfills(dag));
  }

  backfill(id: string): Promise<BackfillRow | undefined> {
    return this.#read(() => queries.backfill(id));
  }

  backfillIntervals(backfill: string, page: { after: number; limit: number }): Promise<BackfillIntervalRow[]> {
    return this.#read(() => queries.backfillIntervals(backfill, page));
  }

  alerts(filter: AlertFilter): Promise<AlertRow[]> {
    return this.#read(() => queries.alerts(filter));
  }

  idsFrom(kind: "run" | "backfill", prefix: string, limit: number): Promise<string[]> {
    return this.#read(() => queries.idsFrom(kind, prefix, limit));
  }

  memo(key: string): Promise<MemoRow | undefined> {
    return this.#read(() => queries.memo(key));
  }

  pendingAlerts(page: { limit: number; notTo: readonly AlertRow["to"][] }): Promise<AlertRow[]> {
    return this.#read(() => queries.pendingAlerts(page));
  }

  removedRuns(page: { after?: RemovedRun; limit: number }): Promise<RemovedRun[]> {
    return this.#removal.removedRuns(page);
  }

  forgetRemoved(runs: readonly RemovedRun[]): Promise<void> {
    return this.#removal.forgetRemoved(runs);
  }

  async #read<T>(work: () => Work<T>): Promise<T> {
    await this.#removal.settled();
    return this.#database.read("the runs", work);
  }
}

export interface SqlRunsOptions {
  database: Database;
  removal: RunRemoval;
  shard: number;
  /** Under which the shard may be taken. Absent: by whoever wants it. */
  claim?: Claim;
  /** Ends with the store. */
  close?: () => Promise<void>;
}

/** The run store of a shard, over an SQL database. */
export class SqlRuns extends SqlHistory implements RunStore {
  readonly #options: SqlRunsOptions;
  readonly #lock: string;
  readonly #key: string;
  /** That it has taken the shard with; before, that of the claim, if there is one. */
  #epoch: number | undefined;

  constructor(options: SqlRunsOptions) {
    super(options.database, options.removal);
    this.#options = options;
    this.#key = shardKey(options.shard);
    this.#lock = `runs of ${this.#key}`;
    this.#epoch = options.claim?.epoch;
  }

  async take(holder: string): Promise<{ epoch: number; unfinished: Unfinished }> {
    const { database, shard, claim } = this.#options;
    const taken = await database.write("the scheduler", [this.#lock], () => this.#taken(holder, shard, claim && this.#epoch));
    this.#epoch = taken.epoch;
    return taken;
  }

  stale(epoch: number, swaps: readonly Swap[]): Promise<number[]> {
    const check = () => this.#check(epoch);
    return this.#options.database.read("the scheduler", function* () {
      yield* check();
      return yield* staleOnes(swaps);
    });
  }

  commit(epoch: number, changes: Changes, swaps: readonly Swap[] = []): Promise<void> {
    const { database, shard } = this.#options;
    const check = () => this.#check(epoch);
    return database.write("the scheduler", [this.#lock, ...swaps.map(({ collection, key }) => lockOf(collection, key))], function* () {
      yield* check();
      yield* swapAll(swaps);
      yield* put(changes, shard);
    });
  }

  removeRuns(removal: Removal): Promise<number> {
    const epoch = this.#epoch;
    const removed: Removed = { shard: this.#options.shard, lock: this.#lock, check: epoch === undefined ? nothing : () => this.#check(epoch) };
    return this.#options.removal.removeRuns(removed, removal);
  }

  async close(): Promise<void> {
    await this.#options.close?.();
  }

  *#taken(holder: string, shard: number, claimed: number | undefined): Work<{ epoch: number; unfinished: Unfinished }> {
    if (claimed === undefined) yield* run("insert into claim (key, holder, claimed, epoch, until) values (?, ?, 0, 0, 0) on conflict (key) do update set holder = excluded.holder", this.#key, holder);
    else yield* this.#check(claimed);
    const { epoch } = (yield* one<{ epoch: number }>("update claim set epoch = epoch + 1 where key = ? returning epoch", this.#key))!;
    const { fence } = (yield* one<{ fence: number }>("select fence from shard where shard = ?", shard))!;
    const shares = claimed === undefined ? undefined : yield* sharesOf(shard);
    return { epoch, unfinished: { ...(yield* queries.unfinished(shard)), ...(shares && { shares }), fence } };
  }

  *#check(epoch: number): Work<void> {
    const standing = yield* one<{ epoch: number; holder: string | null }>("select epoch, holder from claim where key = ?", this.#key);
    if (standing?.epoch === epoch) return;
    throw new MillraceError("MR-STATE-002", { what: `this scheduler has been replaced by another, ${standing?.holder ?? "which has ended since"}`, where: "the run store", mend: "nothing: the other one goes on; end this process if it stays" });
  }
}

function* nothing(): Work<void> {}

/** Places of the swaps that do not fit. One that fits counts for those behind it, as when they are made. */
function* staleOnes(swaps: readonly Swap[]): Work<number[]> {
  const versions = new Map<string, number>();
  const stale: number[] = [];
  for (const [place, { collection, key, expected, value }] of swaps.entries()) {
    const name = JSON.stringify([collection, key]);
    if ((versions.get(name) ?? (yield* entries.version(collection, key))) !== expected) stale.push(place);
    else versions.set(name, value === undefined ? 0 : expected === 0 ? yield* entries.firstVersion(collection) : expected + 1);
  }
  return stale;
}

function* swapAll(swaps: readonly Swap[]): Work<void> {
  const stale = yield* staleOnes(swaps);
  if (stale.length > 0) throw notMade(stale.map((place) => swaps[place]));
  for (const { collection, key, value } of swaps) {
    if (value === undefined) yield* entries.remove(collection, key);
    else yield* entries.put(collection, key, jsonText(value, `${collection}/${key}`));
  }
}

function* put({ runs, instances, attempts, dags, backfills, intervals, pools, ledgers, alerts, throttles, memos, fence, shard: mail }: Changes, shard: number): Work<void> {
  const numberOf = yield* numbered(runs, [...instances, ...attempts], shard);
  yield* together([
    ...[tables.instances.put(instances, shard, numberOf), tables.attempts.put(attempts, shard, numberOf), tables.dags.put(dags, shard), tables.backfills.put(backfills, shard), tables.intervals.put(intervals, shard)],
    ...[tables.pools.put(pools, shard), tables.ledgers.put(ledgers, shard), tables.alerts.put(alerts, shard), putThrottles(throttles, shard), putMemos(memos, shard)],
    run("update shard set fence = ? where shard = ? and fence < ?", fence, shard, fence),
    ...(mail ? commitMail(mail, shard) : []),
  ]);
}

function* putThrottles(throttles: readonly ThrottleRow[], shard: number): Work<void> {
  if (throttles.length > 0) yield* run("delete from throttle where shard = ? and until < ?", shard, earliest(throttles));
  yield* tables.throttles.put(throttles, shard);
}

function* putMemos(memos: readonly MemoRow[], shard: number): Work<void> {
  if (memos.length > 0) yield* run("delete from memo where until < ?", earliest(memos));
  yield* tables.memos.put(memos, shard);
}

/** Rows that say nothing after their time, which was over before these were made, are forgotten. */
const earliest = (rows: readonly (ThrottleRow | MemoRow)[]): number => Math.min(...rows.map(({ at }) => at));

/** Writes runs, and finds the numbers of those that rows belong to: for this commit alone, for were it rolled back a number could become another run's. */
function* numbered(runs: readonly RunRow[], rows: readonly { run: string }[], shard: number): Work<(row: { run: string }) => number> {
  let found = new Map<string, number>();
  const find = function* (): Work<void> {
    if (rows.length > 0) found = yield* queries.numbers([...new Set(rows.map((row) => row.run))]);
  };
  yield* together([tables.runs.put(runs, shard), find()]);
  return ({ run: id }) => {
    const number = found.get(id);
    if (number === undefined) throw new Error(`a task of run "${id}" was to be stored, and there is no such run`);
    return number;
  };
}

function notMade(stale: Swap[]): MillraceError {
  return new MillraceError("MR-STATE-003", {
    what: `another was first to write ${stale.map(({ collection, key, expected }) => `${collection}/${key} (expected at version ${expected})`).join(", ")}`,
    where: "the run store",
    mend: "prepare the change anew from what stands there now",
    retryable: true,
  });
}
