import type { DatabaseSync, StatementSync } from "node:sqlite";
import { MillraceError } from "../errors.ts";
import { RowTable } from "./row-table.ts";
import type { AttemptRow, BackfillIntervalRow, BackfillRow, Changes, DagRow, InstanceRow, LedgerRow, PoolRow, RunFilter, RunKind, RunRow, RunStore, Swap, Unfinished } from "./run-store.ts";
import { createEntries, Entries } from "./sqlite-entries.ts";
import { SqliteFile } from "./sqlite-file.ts";

/**
 * Rows of tasks and attempts lie by the number of their run, which grows: what is written now lies together at the end,
 * however much history there is. The one index over all of history that a commit touches is that of the run itself.
 */
const schema = `
  create table if not exists scheduler (one integer primary key check (one = 1), epoch integer not null, holder text not null, fence integer not null);
  insert or ignore into scheduler values (1, 0, '', 0);
  create table if not exists run (
    seq integer primary key, id text not null unique, dag text not null, kind text not null, state text not null, release text not null, logicalDate integer,
    intervalStart integer not null, intervalEnd integer not null, runAfter integer not null, createdAt integer not null, startedAt integer, endedAt integer,
    params text not null, note text, clears integer not null, backfill text, ordinal integer, cause text
  );
  create index if not exists run_of_dag on run (dag, intervalStart);
  create index if not exists run_unfinished on run (state) where state in ('queued', 'running');
  create index if not exists run_of_backfill on run (backfill) where backfill is not null;
  create table if not exists instance (
    run integer not null, task text not null, "index" integer not null, state text not null, attempts integer not null, attemptsMax integer not null, lost integer not null,
    readyAt integer, startedAt integer, endedAt integer, wakeAt integer, result text, chosen text, note text,
    primary key (run, task, "index")
  ) without rowid;
  create table if not exists attempt (
    run integer not null, task text not null, "index" integer not null, number integer not null, id text not null, state text not null, token text not null, fence integer not null,
    worker text, queuedAt integer not null, startedAt integer, endedAt integer, error text, looks integer not null,
    primary key (run, task, "index", number)
  ) without rowid;
  create table if not exists dag (dag text primary key, paused integer not null, note text, since integer not null, lastStart integer, lastEnd integer, updated text not null) without rowid;
  create table if not exists backfill (
    id text primary key, dag text not null, state text not null, "from" integer not null, "to" integer not null, "order" text not null, reprocess text not null,
    maxActiveRuns integer not null, params text not null, note text, createdAt integer not null, endedAt integer, intervals integer not null, next integer not null
  ) without rowid;
  create table if not exists backfill_interval (
    backfill text not null, ordinal integer not null, start integer not null, "end" integer not null, run text, reason text,
    primary key (backfill, ordinal)
  ) without rowid;
  create table if not exists pool (name text primary key, slots integer not null, note text) without rowid;
  create table if not exists ledger (dataset text primary key, done text not null) without rowid;
`;

/** In the store a run's number stands for its id. */
type Numbered<Row extends { run: string }> = Omit<Row, "run"> & { run: number };

/**
 * The embedded run store, in the file of the embedded state store, so that a commit can make swaps there too.
 *
 * @param path - of the file; it and its folder are made when they are not there
 * @throws MillraceError `MR-STATE-001` when the file cannot be opened
 */
export async function sqliteRuns(path: string): Promise<RunStore> {
  const create = (database: DatabaseSync): void => {
    createEntries(database);
    database.exec(schema);
  };
  return new SqliteRuns(await SqliteFile.open(path, create));
}

class SqliteRuns implements RunStore {
  readonly #file: SqliteFile;
  readonly #entries: Entries;
  readonly #statements = new Map<string, StatementSync>();
  readonly #runs: RowTable<RunRow>;
  readonly #instances: RowTable<Numbered<InstanceRow>>;
  readonly #attempts: RowTable<Numbered<AttemptRow>>;
  readonly #dags: RowTable<DagRow>;
  readonly #backfills: RowTable<BackfillRow>;
  readonly #intervals: RowTable<BackfillIntervalRow>;
  readonly #pools: RowTable<PoolRow>;
  readonly #ledgers: RowTable<LedgerRow>;
  /** Numbers of runs that commits speak of. */
  readonly #numbers = new Map<string, number>();

  constructor(file: SqliteFile) {
    const { database } = file;
    this.#file = file;
    this.#entries = new Entries(database);
    this.#runs = new RowTable<RunRow>(database, "run", ["id"], {
      ...{ id: "plain", dag: "plain", kind: "plain", state: "plain", release: "plain", logicalDate: "plain", intervalStart: "plain", intervalEnd: "plain", runAfter: "plain" },
      ...{ createdAt: "plain", startedAt: "plain", endedAt: "plain", params: "json", note: "plain", clears: "plain", backfill: "plain", ordinal: "plain", cause: "plain" },
    });
    this.#instances = new RowTable<Numbered<InstanceRow>>(database, "instance", ["run", "task", "index"], {
      ...{ run: "plain", task: "plain", index: "plain", state: "plain", attempts: "plain", attemptsMax: "plain", lost: "plain" },
      ...{ readyAt: "plain", startedAt: "plain", endedAt: "plain", wakeAt: "plain", result: "json", chosen: "json", note: "plain" },
    });
    this.#attempts = new RowTable<Numbered<AttemptRow>>(database, "attempt", ["run", "task", "index", "number"], {
      ...{ run: "plain", task: "plain", index: "plain", number: "plain", id: "plain", state: "plain", token: "plain", fence: "plain", worker: "plain" },
      ...{ queuedAt: "plain", startedAt: "plain", endedAt: "plain", error: "json", looks: "plain" },
    });
    this.#dags = new RowTable<DagRow>(database, "dag", ["dag"], { dag: "plain", paused: "flag", note: "plain", since: "plain", lastStart: "plain", lastEnd: "plain", updated: "json" });
    this.#backfills = new RowTable<BackfillRow>(database, "backfill", ["id"], {
      ...{ id: "plain", dag: "plain", state: "plain", from: "plain", to: "plain", order: "plain", reprocess: "plain", maxActiveRuns: "plain", params: "json" },
      ...{ note: "plain", createdAt: "plain", endedAt: "plain", intervals: "plain", next: "plain" },
    });
    this.#intervals = new RowTable<BackfillIntervalRow>(database, "backfill_interval", ["backfill", "ordinal"], { backfill: "plain", ordinal: "plain", start: "plain", end: "plain", run: "plain", reason: "plain" });
    this.#pools = new RowTable<PoolRow>(database, "pool", ["name"], { name: "plain", slots: "plain", note: "plain" });
    this.#ledgers = new RowTable<LedgerRow>(database, "ledger", ["dataset"], { dataset: "plain", done: "json" });
  }

  async take(holder: string): Promise<{ epoch: number; unfinished: Unfinished }> {
    return this.#file.write("the scheduler", () => {
      const { epoch, fence } = this.#one("update scheduler set epoch = epoch + 1, holder = ? returning epoch, fence", holder) as { epoch: number; fence: number };
      return { epoch, unfinished: { ...this.#unfinished(), fence } };
    });
  }

  #unfinished(): Omit<Unfinished, "fence"> {
    const open = "(select seq from run where state in ('queued', 'running'))";
    const runs = this.#all("select seq, * from run where state in ('queued', 'running') order by seq") as { seq: number; id: string }[];
    const ids = new Map(runs.map(({ seq, id }) => [seq, id]));
    const named = <Row extends { run: string }>(table: RowTable<Numbered<Row>>, found: unknown[]): Row[] => found.map((each) => this.#named<Row>(table, each, ids));
    return {
      runs: runs.map((row) => this.#runs.row(row)),
      instances: named<InstanceRow>(this.#instances, this.#all(`select * from instance where run in ${open}`)),
      attempts: named<AttemptRow>(this.#attempts, this.#all(`select * from attempt where run in ${open} and state in ('queued', 'running', 'deferred')`)),
      dags: this.#all("select * from dag").map((row) => this.#dags.row(row)),
      backfills: this.#all("select * from backfill where state in ('running', 'paused') order by createdAt").map((row) => this.#backfills.row(row)),
      pools: this.#all("select * from pool order by name").map((row) => this.#pools.row(row)),
      ledgers: this.#all("select * from ledger").map((row) => this.#ledgers.row(row)),
    };
  }

  async stale(epoch: number, swaps: readonly Swap[]): Promise<number[]> {
    return this.#file.read("the scheduler", () => {
      this.#checkEpoch(epoch);
      return this.#staleOnes(swaps);
    });
  }

  #staleOnes(swaps: readonly Swap[]): number[] {
    return swaps.flatMap(({ collection, key, expected }, place) => (this.#entries.standsAt(collection, key, expected) ? [] : [place]));
  }

  async commit(epoch: number, changes: Changes, swaps: readonly Swap[] = []): Promise<void> {
    this.#file.write("the scheduler", () => {
      this.#checkEpoch(epoch);
      this.#swap(swaps);
      for (const row of changes.runs) this.#runs.put(row);
      for (const row of changes.instances) this.#instances.put({ ...row, run: this.#number(row.run) });
      for (const row of changes.attempts) this.#attempts.put({ ...row, run: this.#number(row.run) });
      for (const row of changes.dags) this.#dags.put(row);
      for (const row of changes.backfills) this.#backfills.put(row);
      for (const row of changes.intervals) this.#intervals.put(row);
      for (const row of changes.pools) this.#pools.put(row);
      for (const row of changes.ledgers) this.#ledgers.put(row);
      this.#statement("update scheduler set fence = ?").run(changes.fence);
    });
    for (const { id, endedAt } of changes.runs) if (endedAt !== null) this.#numbers.delete(id);
  }

  #checkEpoch(epoch: number): void {
    const standing = this.#one("select epoch, holder from scheduler") as { epoch: number; holder: string };
    if (standing.epoch === epoch) return;
    throw new MillraceError("MR-STATE-002", { what: `this scheduler has been replaced by another, ${standing.holder}`, where: "the run store", mend: "nothing: the other one goes on; end this process if it stays" });
  }

  #swap(swaps: readonly Swap[]): void {
    const [first] = this.#staleOnes(swaps);
    if (first !== undefined) {
      const { collection, key, expected } = swaps[first];
      throw new MillraceError("MR-STATE-003", { what: `entry ${key} no longer stands at version ${expected}`, where: `state ${collection}`, mend: "prepare the change anew from what stands there", retryable: true });
    }
    for (const { collection, key, value } of swaps) this.#entries.put(collection, key, JSON.stringify(value));
  }

  async runs({ dag, states, backfill, before, limit }: RunFilter): Promise<RunRow[]> {
    const conditions: [string, ...(string | number)[]][] = [];
    if (dag !== undefined) conditions.push(["dag = ?", dag]);
    if (states !== undefined) conditions.push([`state in (${states.map(() => "?").join(", ")})`, ...states]);
    if (backfill !== undefined) conditions.push(["backfill = ?", backfill]);
    if (before !== undefined) conditions.push(["seq < (select seq from run where id = ?)", before]);
    const where = conditions.length > 0 ? `where ${conditions.map(([text]) => text).join(" and ")}` : "";
    return this.#read(() => this.#all(`select * from run ${where} order by seq desc limit ?`, ...conditions.flatMap(([, ...values]) => values), limit).map((row) => this.#runs.row(row)));
  }

  async run(id: string): Promise<RunRow | undefined> {
    return this.#read(() => this.#runOf(this.#one("select * from run where id = ?", id)));
  }

  async runsBetween(dag: string, from: number, to: number): Promise<RunRow[]> {
    return this.#read(() => this.#all("select * from run where dag = ? and intervalStart >= ? and intervalStart < ? order by intervalStart, seq", dag, bound(from), bound(to)).map((row) => this.#runs.row(row)));
  }

  async runBefore(dag: string, start: number, kinds: readonly RunKind[]): Promise<RunRow | undefined> {
    const places = kinds.map(() => "?").join(", ");
    return this.#read(() => this.#runOf(this.#one(`select * from run where dag = ? and intervalStart < ? and kind in (${places}) order by intervalStart desc, seq desc limit 1`, dag, start, ...kinds)));
  }

  async instances(run: string): Promise<InstanceRow[]> {
    return this.#read(() => this.#all('select * from instance where run = (select seq from run where id = ?) order by task, "index"', run).map((row) => this.#named<InstanceRow>(this.#instances, row, run)));
  }

  async attempts(run: string, task?: string, index?: number): Promise<AttemptRow[]> {
    const narrow = `${task === undefined ? "" : " and task = ?"}${index === undefined ? "" : ' and "index" = ?'}`;
    const values = [...(task === undefined ? [] : [task]), ...(index === undefined ? [] : [index])];
    return this.#read(() => this.#all(`select * from attempt where run = (select seq from run where id = ?)${narrow} order by task, "index", number`, run, ...values).map((row) => this.#named<AttemptRow>(this.#attempts, row, run)));
  }

  async backfills(dag?: string): Promise<BackfillRow[]> {
    return this.#read(() => this.#all(`select * from backfill ${dag === undefined ? "" : "where dag = ?"} order by createdAt desc, id`, ...(dag === undefined ? [] : [dag])).map((row) => this.#backfills.row(row)));
  }

  async backfillIntervals(backfill: string, { after, limit }: { after: number; limit: number }): Promise<BackfillIntervalRow[]> {
    return this.#read(() => this.#all("select * from backfill_interval where backfill = ? and ordinal > ? order by ordinal limit ?", backfill, after, limit).map((row) => this.#intervals.row(row)));
  }

  async forget(endedBefore: number, limit: number): Promise<number> {
    return this.#file.write("the scheduler", () => {
      const old = this.#all("select seq from run where state not in ('queued', 'running') and endedAt < ? order by seq limit ?", endedBefore, limit) as { seq: number }[];
      for (const { seq } of old) {
        for (const table of ["attempt", "instance"]) this.#statement(`delete from ${table} where run = ?`).run(seq);
        this.#statement("delete from run where seq = ?").run(seq);
      }
      return old.length;
    });
  }

  async close(): Promise<void> {
    this.#file.close();
  }

  #number(run: string): number {
    let number = this.#numbers.get(run);
    if (number === undefined) this.#numbers.set(run, (number = (this.#one("select seq from run where id = ?", run) as { seq: number }).seq));
    return number;
  }

  #named<Row extends { run: string }>(table: RowTable<Numbered<Row>>, found: unknown, runs: string | Map<number, string>): Row {
    const row = table.row(found);
    return { ...row, run: typeof runs === "string" ? runs : runs.get(row.run) } as unknown as Row;
  }

  #runOf(found: unknown): RunRow | undefined {
    return found === undefined ? undefined : this.#runs.row(found);
  }

  #read<T>(work: () => T): T {
    return this.#file.read("the runs", work);
  }

  #one(sql: string, ...values: (string | number)[]): unknown {
    return this.#statement(sql).get(...values);
  }

  #all(sql: string, ...values: (string | number)[]): unknown[] {
    return this.#statement(sql).all(...values);
  }

  #statement(sql: string): StatementSync {
    let statement = this.#statements.get(sql);
    if (!statement) this.#statements.set(sql, (statement = this.#file.database.prepare(sql)));
    return statement;
  }
}

/** SQLite's integers have 64 bits and know no infinity. */
const bound = (at: number): number => Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, at));
