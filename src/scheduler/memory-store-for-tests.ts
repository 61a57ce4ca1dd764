import { MillraceError } from "../errors.ts";
import type { AlertFilter, AlertRow, AttemptRow, BackfillIntervalRow, BackfillRow, Changes, DagRow, InstanceRow, LedgerRow, MemoRow, PoolRow, RemovedRun, RunFilter, RunKind, RunRow, RunStore, Swap, ThrottleRow, Unfinished } from "../state/run-store.ts";

const over = new Set<string>(["success", "failed", "skipped", "upstream_failed", "removed", "cancelled", "timed_out", "lost"]);

/** A run store in memory, whose calls may also be made without waiting: what the simulation crashes and starts anew on. */
export class MemoryStore implements RunStore {
  readonly rows = {
    runs: new Map<string, RunRow>(),
    instances: new Map<string, InstanceRow>(),
    attempts: new Map<string, AttemptRow>(),
    dags: new Map<string, DagRow>(),
    backfills: new Map<string, BackfillRow>(),
    intervals: new Map<string, BackfillIntervalRow>(),
    pools: new Map<string, PoolRow>(),
    ledgers: new Map<string, LedgerRow>(),
    alerts: new Map<string, AlertRow>(),
    throttles: new Map<string, ThrottleRow>(),
    memos: new Map<string, MemoRow>(),
  };
  readonly #byRun = new Map<string, { instances: Map<string, InstanceRow>; attempts: Map<string, AttemptRow> }>();
  epoch = 0;
  fence = 0;

  takeNow(): { epoch: number; unfinished: Unfinished } {
    const { runs, instances, attempts, dags, backfills, pools, ledgers, alerts, throttles } = this.rows;
    const open = [...runs.values()].filter(({ state }) => state === "queued" || state === "running");
    const ids = new Set(open.map(({ id }) => id));
    return {
      epoch: ++this.epoch,
      unfinished: {
        runs: copies(open),
        instances: copies([...instances.values()].filter(({ run }) => ids.has(run))),
        attempts: copies([...attempts.values()].filter(({ run, state }) => ids.has(run) && !over.has(state))),
        dags: copies(dags.values()),
        backfills: copies([...backfills.values()].filter(({ state }) => state === "running" || state === "paused")),
        pools: copies(pools.values()),
        ledgers: copies(ledgers.values()),
        alerts: copies([...alerts.values()].filter(({ state }) => state === "gathering")),
        throttles: copies(throttles.values()),
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
    for (const row of changes.ledgers) this.rows.ledgers.set(row.dataset, row);
    for (const row of changes.alerts) this.rows.alerts.set(row.id, row);
    for (const row of changes.memos) this.rows.memos.set(row.key, row);
    for (const row of changes.throttles) this.rows.throttles.set(row.key, row);
    this.fence = changes.fence;
  }

  #of(run: string): { instances: Map<string, InstanceRow>; attempts: Map<string, AttemptRow> } {
    let own = this.#byRun.get(run);
    if (!own) this.#byRun.set(run, (own = { instances: new Map(), attempts: new Map() }));
    return own;
  }

  /** Removes a run and all that belongs to it. */
  forget(run: string): void {
    const { instances, attempts } = this.#of(run);
    for (const key of instances.keys()) this.rows.instances.delete(key);
    for (const id of attempts.keys()) this.rows.attempts.delete(id);
    this.rows.runs.delete(run);
    this.#byRun.delete(run);
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

  async runBefore(dag: string, start: number, kinds: readonly RunKind[]): Promise<RunRow | undefined> {
    return (await this.runsBetween(dag, -Infinity, start)).filter(({ kind }) => kinds.includes(kind)).at(-1);
  }

  async instances(run: string): Promise<InstanceRow[]> {
    return copies(this.instancesOf(run));
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
