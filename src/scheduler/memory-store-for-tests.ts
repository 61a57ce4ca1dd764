import { MillraceError } from "../errors.ts";
import type { Json } from "../model/manifest.ts";
import type { AlertFilter, AlertRow, AttemptRow, BackfillIntervalRow, BackfillRow, Changes, DagRow, InstanceRow, LedgerRow, MemoRow, PoolRow, RemovedRun, RunFilter, RunKind, RunMark, RunRow, RunStore, Swap, TaskCount, ThrottleRow, Unfinished } from "../state/run-store.ts";
import { type Message, type ShardChanges, type ShareRow, shardOf } from "../state/shards.ts";

const over = new Set<string>(["success", "failed", "skipped", "upstream_failed", "removed", "cancelled", "timed_out", "lost"]);

/** Rows of all shards, and what goes from one to another. */
class MemoryRows {
  readonly runs = new Map<string, RunRow>();
  readonly instances = new Map<string, InstanceRow>();
  readonly attempts = new Map<string, AttemptRow>();
  readonly dags = new Map<string, DagRow>();
  readonly backfills = new Map<string, BackfillRow>();
  readonly intervals = new Map<string, BackfillIntervalRow>();
  readonly pools = new Map<string, PoolRow>();
  readonly alerts = new Map<string, AlertRow>();
  readonly memos = new Map<string, MemoRow>();
  readonly byRun = new Map<string, { instances: Map<string, InstanceRow>; attempts: Map<string, AttemptRow> }>();
  readonly mail: Message[][] = [];
  readonly answers = new Map<string, Json>();
  lastMessage = 0;
}

/** A run store in memory, whose calls may also be made without waiting: what the simulation crashes and starts anew on. */
export class MemoryStore implements RunStore {
  readonly rows: MemoryRows;
  readonly ledgers = new Map<string, LedgerRow>();
  readonly throttles = new Map<string, ThrottleRow>();
  readonly shares = new Map<string, ShareRow>();
  readonly shard: number;
  readonly shards: number;
  epoch = 0;
  fence = 0;

  /** @param place - which of how many shards it is of, whose rows are these. Default: the only one */
  constructor({ rows = new MemoryRows(), shard = 0, shards = 1 }: { rows?: MemoryRows; shard?: number; shards?: number } = {}) {
    this.rows = rows;
    this.shard = shard;
    this.shards = shards;
    this.rows.mail[shard] = [];
  }

  /** Stores of all shards there are. */
  static shards(count: number): MemoryStore[] {
    const rows = new MemoryRows();
    return Array.from({ length: count }, (_, shard) => new MemoryStore({ rows, shard, shards: count }));
  }

  #owns = ({ dag }: { dag: string }): boolean => shardOf(dag, this.shards) === this.shard;

  /** Messages to this shard that no commit has taken. */
  get mail(): Message[] {
    return this.rows.mail[this.shard];
  }

  post(to: number, message: Omit<Message, "id">): void {
    this.rows.mail[to].push(structuredClone({ ...message, id: ++this.rows.lastMessage }));
  }

  takeNow(): { epoch: number; unfinished: Unfinished } {
    const { runs, instances, attempts, dags, backfills, pools, alerts } = this.rows;
    const open = [...runs.values()].filter((run) => (run.state === "queued" || run.state === "running") && this.#owns(run));
    const ids = new Set(open.map(({ id }) => id));
    return {
      epoch: ++this.epoch,
      unfinished: {
        runs: copies(open),
        instances: copies([...instances.values()].filter(({ run }) => ids.has(run))),
        attempts: copies([...attempts.values()].filter(({ run, state }) => ids.has(run) && !over.has(state))),
        dags: copies([...dags.values()].filter(this.#owns)),
        backfills: copies([...backfills.values()].filter((row) => (row.state === "running" || row.state === "paused") && this.#owns(row))),
        pools: copies(pools.values()),
        ledgers: copies(this.ledgers.values()),
        alerts: copies([...alerts.values()].filter((row) => row.state === "gathering" && this.#owns(row))),
        throttles: copies(this.throttles.values()),
        shares: copies(this.shares.values()),
        fence: this.fence,
      },
    };
  }

  commitNow(epoch: number, changes: Changes): void {
    if (epoch !== this.epoch) throw new MillraceError("MR-STATE-002", { what: "another scheduler has taken the store", where: "the memory store", mend: "end this one" });
    for (const row of changes.runs) this.rows.runs.set(row.id, row);
    for (const row of changes.instances) {
      const key = `${row.run}/${row.task}/${row.index}`;
      this.rows.instances.set(key, row);
      this.#of(row.run).instances.set(key, row);
    }
    for (const row of changes.attempts) {
      this.rows.attempts.set(row.id, row);
      this.#of(row.run).attempts.set(row.id, row);
    }
    for (const row of changes.dags) this.rows.dags.set(row.dag, row);
    for (const row of changes.backfills) this.rows.backfills.set(row.id, row);
    for (const row of changes.intervals) this.rows.intervals.set(`${row.backfill}/${row.ordinal}`, row);
    for (const row of changes.pools) this.rows.pools.set(row.name, row);
    for (const row of changes.ledgers) this.ledgers.set(row.dataset, row);
    for (const row of changes.alerts) this.rows.alerts.set(row.id, row);
    for (const row of changes.memos) this.rows.memos.set(row.key, row);
    for (const row of changes.throttles) this.throttles.set(row.key, row);
    if (changes.shard) this.#exchange(changes.shard);
    this.fence = changes.fence;
  }

  #exchange({ sent, taken, answers, shares }: ShardChanges): void {
    for (const { to, body } of sent) this.post(to, { body });
    this.rows.mail[this.shard] = this.mail.filter(({ id }) => !taken.includes(id));
    for (const { request, body } of answers) this.rows.answers.set(request, body);
    for (const row of shares) {
      if (row.state === null) this.shares.delete(row.key);
      else this.shares.set(row.key, structuredClone(row));
    }
  }

  #of(run: string): { instances: Map<string, InstanceRow>; attempts: Map<string, AttemptRow> } {
    let own = this.rows.byRun.get(run);
    if (!own) this.rows.byRun.set(run, (own = { instances: new Map(), attempts: new Map() }));
    return own;
  }

  /** Removes a run and all that belongs to it. */
  forget(run: string): void {
    const { instances, attempts } = this.#of(run);
    for (const key of instances.keys()) this.rows.instances.delete(key);
    for (const id of attempts.keys()) this.rows.attempts.delete(id);
    this.rows.runs.delete(run);
    this.rows.byRun.delete(run);
  }

  async take(): Promise<{ epoch: number; unfinished: Unfinished }> {
    return this.takeNow();
  }

  async stale(): Promise<number[]> {
    return [];
  }

  async commit(epoch: number, changes: Changes, _swaps: readonly Swap[] = []): Promise<void> {
    this.commitNow(epoch, changes);
  }

  async newestRuns(dags: readonly string[], limit: number): Promise<Map<string, RunRow[]>> {
    return new Map(await Promise.all(dags.map(async (dag) => [dag, await this.runs({ dag, limit })] as const)));
  }

  async runs({ dag, states, backfill, limit }: RunFilter): Promise<RunRow[]> {
    const found = [...this.rows.runs.values()].filter((row) => (dag === undefined || row.dag === dag) && (states === undefined || states.includes(row.state)) && (backfill === undefined || row.backfill === backfill));
    return found.sort((a, b) => b.createdAt - a.createdAt).slice(0, limit);
  }

  // What is read is the reader's own: the scheduler changes rows before it commits them, and a commit may be refused.
  async run(id: string): Promise<RunRow | undefined> {
    const row = this.rows.runs.get(id);
    return row && { ...row };
  }

  async runsBetween(dag: string, from: number, to: number): Promise<RunRow[]> {
    return [...this.rows.runs.values()].filter((row) => row.dag === dag && row.intervalStart >= from && row.intervalStart < to).sort((a, b) => a.intervalStart - b.intervalStart);
  }

  async runMarks(dag: string, from: number, to: number, limit: number): Promise<RunMark[]> {
    return (await this.runsBetween(dag, from, to)).slice(0, limit).map(({ intervalStart, state }) => ({ intervalStart, state }));
  }

  async runBefore(dag: string, start: number, kinds: readonly RunKind[]): Promise<RunRow | undefined> {
    return (await this.runsBetween(dag, -Infinity, start)).filter(({ kind }) => kinds.includes(kind)).at(-1);
  }

  async instances(run: string): Promise<InstanceRow[]> {
    return copies(this.instancesOf(run));
  }

  async taskCounts(run: string): Promise<TaskCount[]> {
    return [...Map.groupBy(this.instancesOf(run), ({ task }) => task)].map(([task, rows]) => ({
      ...{ task, states: Object.fromEntries([...Map.groupBy(rows, ({ state }) => state)].map(([state, of]) => [state, of.length])), attempts: Math.max(...rows.map(({ attempts }) => attempts)) },
      ...{ startedAt: null, endedAt: null },
    }));
  }

  instancesOf(run: string): InstanceRow[] {
    return [...this.#of(run).instances.values()];
  }

  attemptsOf(run: string): AttemptRow[] {
    return [...this.#of(run).attempts.values()];
  }

  async attempts(run: string, task?: string, index?: number): Promise<AttemptRow[]> {
    return copies(this.attemptsOf(run)).filter((row) => (task === undefined || row.task === task) && (index === undefined || row.index === index));
  }

  async backfills(dag?: string): Promise<BackfillRow[]> {
    return [...this.rows.backfills.values()].filter((row) => dag === undefined || row.dag === dag);
  }

  async backfill(id: string): Promise<BackfillRow | undefined> {
    return this.rows.backfills.get(id);
  }

  async backfillIntervals(backfill: string, { after, limit }: { after: number; limit: number }): Promise<BackfillIntervalRow[]> {
    return [...this.rows.intervals.values()].filter((row) => row.backfill === backfill && row.ordinal > after).sort((a, b) => a.ordinal - b.ordinal).slice(0, limit);
  }

  async alerts({ dag, states, limit }: AlertFilter): Promise<AlertRow[]> {
    return [...this.rows.alerts.values()].filter((row) => (dag === undefined || row.dag === dag) && (states === undefined || states.includes(row.state))).reverse().slice(0, limit);
  }

  async idsFrom(kind: "run" | "backfill", prefix: string, limit: number): Promise<string[]> {
    const rows = kind === "run" ? this.rows.runs : this.rows.backfills;
    return [...rows.keys()].filter((id) => id.startsWith(prefix)).sort().slice(0, limit);
  }

  async memo(key: string): Promise<MemoRow | undefined> {
    return this.rows.memos.get(key);
  }

  async pendingAlerts({ limit, notTo }: { limit: number; notTo: readonly AlertRow["to"][] }): Promise<AlertRow[]> {
    const others = new Set(notTo.map((to) => JSON.stringify(to)));
    const found = [...this.rows.alerts.values()].filter(({ state, to }) => state === "pending" && !others.has(JSON.stringify(to)));
    return found.sort((a, b) => (a.nextAt as number) - (b.nextAt as number)).slice(0, limit);
  }

  async removeRuns(): Promise<number> {
    return 0;
  }

  async removedRuns(): Promise<RemovedRun[]> {
    return [];
  }

  async forgetRemoved(): Promise<void> {}

  async close(): Promise<void> {}
}

function copies<T extends object>(rows: Iterable<T>): T[] {
  return Array.from(rows, (row) => ({ ...row }));
}
