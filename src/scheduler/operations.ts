import { timetableOf } from "../calendar/timetable.ts";
import type { DagDecl } from "../model/dag-manifest.ts";
import type { AlertRow, BackfillRow, DagRow, InstanceRow, RunRow, RunStore } from "../state/run-store.ts";
import { backfillPlan, checkBackfill, decide, existingRuns } from "./backfills.ts";
import type { BackfillRequest, Event, Pin, RunRequest, StoredRun, TaskChoice } from "./events.ts";
import type { ExecutorPort, Hint, Outcome, Work } from "./executor.ts";
import { explain, type WaitReason } from "./explain.ts";
import { dagNamed } from "./known.ts";
import { type BackfillStep, dagRows, type DagState, dagStates, instancesIn, type PoolState, poolStates } from "./views.ts";
import type { World } from "./world.ts";

/** Runs that people and alerts have asked for under an id of theirs, of which there is to be one. */
type Requested = Map<string, Promise<RunRow>>;

/**
 * All that can be asked of a shard's scheduler: by the executor, by people, and by other planes in their name. Arguments and
 * answers are plain JSON but for those of executors of this process.
 */
export abstract class Operations implements ExecutorPort {
  /** What only looks may look at; it changes with every step. */
  abstract readonly world: World;
  protected abstract readonly store: RunStore;
  abstract readonly requested: Requested;
  /** Steps through the event, and answers when that is on disk. */
  protected abstract ask(event: Event): Promise<unknown>;
  /** The same for people: they are told when nothing can be written just now. */
  protected abstract demand(event: Event): Promise<unknown>;
  /** A run with all that the store has of it; undefined for one that goes on. */
  protected abstract storedRun(run: string): Promise<StoredRun | undefined>;
  /** Keeps what is about to be changed from being removed meanwhile. */
  protected abstract holding<T>(what: string, change: () => Promise<T>): Promise<T>;

  // Looking

  async dagStates(): Promise<DagState[]> {
    return dagStates(this.world);
  }

  async dagRows(): Promise<DagRow[]> {
    return dagRows(this.world);
  }

  async poolStates(): Promise<PoolState[]> {
    return poolStates(this.world);
  }

  /** All tasks of a run that goes on, those too that only wait; undefined for a run that does not, or has not begun. */
  async instancesIn(run: string): Promise<InstanceRow[] | null> {
    return instancesIn(this.world, run);
  }

  /** Why a task does not run; null when its run does not go on. */
  async explain(run: string, task: string, index: number): Promise<WaitReason[] | null> {
    const found = this.world.runs.get(run);
    return found ? explain(this.world, found, task, index) : null;
  }

  /** Starts of a DAG's intervals behind the last scheduled one for which backfills have made runs. */
  async madeStarts({ name, schedule }: Pick<DagDecl, "name" | "schedule">, lastStart: number | null): Promise<number[]> {
    // Without intervals there are no backfills, and the history of a DAG by hand may be long.
    if (!timetableOf(schedule).periodic) return [];
    const runs = await this.store.runsBetween(name, lastStart === null ? -Infinity : lastStart + 1, Infinity);
    return runs.filter(({ kind }) => kind === "backfill").map(({ intervalStart }) => intervalStart);
  }

  /**
   * What a backfill would do with each of its intervals.
   * @throws MillraceError `MR-SCHED-007` when there can be no such backfill
   */
  async planBackfill(request: BackfillRequest, now: number): Promise<BackfillStep[]> {
    const dag = dagNamed(this.world, request.dag);
    const plan = backfillPlan(dag, request, now);
    checkBackfill(dag, request);
    const existing = existingRuns(await this.store.runsBetween(request.dag, request.from, request.to));
    const row = { reprocess: request.reprocess } as BackfillRow;
    return plan.map((planned) => ({ planned, decision: decide(this.world, { row, dag, existing }, planned), state: existing.get(planned.interval.start)?.state ?? null }));
  }

  // Of people

  backfill(request: BackfillRequest): Promise<BackfillRow> {
    return this.holding(`dag ${request.dag}`, async () => {
      const existing = await this.store.runsBetween(request.dag, request.from, request.to);
      return { ...((await this.demand({ type: "backfill", request, existing })) as BackfillRow) };
    });
  }

  async setBackfill(backfill: string, state: "running" | "paused" | "cancelled", note: string | null): Promise<BackfillRow> {
    return { ...((await this.demand({ type: "backfill-state", backfill, state, note })) as BackfillRow) };
  }

  /** A dataset has a new version that no task of a DAG has made. */
  async updated(dataset: string, interval: { start: number; end: number } | undefined, cause: string): Promise<void> {
    await this.ask({ type: "updated", dataset, interval: interval ?? undefined, cause });
  }

  /** With an id, the run that has it when there is one: who asks again, not knowing whether it was heard, gets the same. */
  trigger(request: RunRequest): Promise<RunRow> {
    const { id } = request;
    if (id === undefined) return this.#trigger(request);
    let run = this.requested.get(id);
    if (!run) {
      run = this.store.run(id).then((known) => known ?? this.#trigger(request)).finally(() => this.requested.delete(id));
      this.requested.set(id, run);
    }
    return run;
  }

  #trigger(request: RunRequest): Promise<RunRow> {
    return this.demand({ type: "trigger", request }) as Promise<RunRow>;
  }

  async pause(dag: string, note: string | null): Promise<void> {
    await this.demand({ type: "pause", dag, note });
  }

  async resume(dag: string): Promise<void> {
    await this.demand({ type: "resume", dag });
  }

  async cancel(run: string, note: string | null): Promise<void> {
    await this.demand({ type: "cancel", run, note });
  }

  /**
   * @param pin - the release that the run goes on with. Default: that which it has
   * @returns how many tasks were cleared
   */
  clear(run: string, tasks: TaskChoice[], note: string | null, pin?: Pin): Promise<number> {
    return this.#changeStored(run, (stored) => ({ type: "clear", run, stored, tasks, note, pin }));
  }

  mark(run: string, tasks: TaskChoice[], state: "success" | "failed" | "skipped", note: string | null): Promise<number> {
    return this.#changeStored(run, (stored) => ({ type: "mark", run, stored, tasks, state, note }));
  }

  #changeStored(run: string, eventOf: (stored: StoredRun | undefined) => Event): Promise<number> {
    return this.holding(`run ${run}`, async () => (await this.demand(eventOf(await this.storedRun(run)))) as number);
  }

  async answer(run: string, task: string, index: number, approved: boolean, by: string, note: string | null): Promise<void> {
    await this.demand({ type: "answer", run, task, index, approved, by, note });
  }

  /** Keeps how alerts have fared that were to be sent. */
  async keepAlerts(rows: AlertRow[]): Promise<void> {
    await this.ask({ type: "alerts", rows });
  }

  /** In the shard that is the pool's home. */
  async setPool(name: string, slots: number, note: string | null): Promise<void> {
    await this.demand({ type: "pool", name, slots, note });
  }

  // Of executors

  start({ attempt, token }: Hint, worker: string): Promise<Work | undefined> {
    return this.ask({ type: "start", attempt, token, worker }) as Promise<Work | undefined>;
  }

  async end(attempt: string, fence: number, outcome: Outcome): Promise<boolean | "stale"> {
    return this.ask({ type: "end", attempt, fence, outcome }) as Promise<boolean | "stale">;
  }

  alive(worker: string, attempts?: string[]): void {
    this.ask({ type: "alive", worker, attempts }).catch(() => undefined);
  }

  async gone(worker: string): Promise<void> {
    await this.ask({ type: "gone", worker });
  }
}
