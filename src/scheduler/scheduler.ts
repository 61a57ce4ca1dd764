import { timetableOf } from "../calendar/timetable.ts";
import { MillraceError } from "../errors.ts";
import type { DagDecl } from "../model/dag-manifest.ts";
import type { AlertRow, BackfillRow, RunRow, RunStore, Swap, Unfinished } from "../state/run-store.ts";
import type { Effect } from "./effects.ts";
import type { BackfillRequest, Event, Pin, RunRequest, StoredRun, TaskChoice, TicksAnswer } from "./events.ts";
import type { Executor, ExecutorPort, Hint, Outcome, Work } from "./executor.ts";
import { step } from "./step.ts";
import { World } from "./world.ts";

export interface SchedulerOptions {
  store: RunStore;
  /** Who this is, for the store. */
  holder: string;
  /** Milliseconds since 1970. */
  clock: () => number;
  /** Gives a name that nobody has had. */
  mint: () => string;
  logger: { warn(fields: object, text: string): void; error(fields: object, text: string): void };
  /** Declarations of the releases that unfinished runs are pinned to. */
  declarationOf: (release: string, dag: string) => DagDecl | undefined;
  /** Asks a timetable in code for ticks: the last two at or before `from`, all up to `to`, and some more. Never rejects. */
  ticksOf?: (request: { dag: string; release: string; from: number; to: number }) => Promise<TicksAnswer>;
  /** Called once they are on disk. */
  onRunEnded?: (run: RunRow) => void;
  /** Called when alerts that are to be sent are on disk. */
  onAlerts?: () => void;
}

interface Asked {
  event: Event;
  resolve: (answer: unknown) => void;
  reject: (error: unknown) => void;
}

interface Registered {
  release: string;
  dags: DagDecl[];
  resting: boolean;
  onlyAsked: boolean;
}

/** Events that one commit may hold; more wait for the next. */
const batchMax = 2_000;
/** Longest sleep: a clock that was set, or a machine that slept, is noticed within it. */
const sleepMaxMs = 30_000;
const commitRetryMs = 1_000;

/**
 * Runs the step over what happens: takes events as they come, steps through all that wait, writes what has changed in one
 * commit, and only then answers and acts. While a commit is under way the next events gather, so a busy scheduler makes
 * few large commits and an idle one small ones at once.
 */
export class Scheduler implements ExecutorPort {
  readonly #options: SchedulerOptions;
  readonly #store: RunStore;
  readonly #inbox: Asked[] = [];
  /** Runs that are being changed, by themselves or with all of their DAG, and how often. */
  readonly #held = new Map<string, number>();
  #world: World;
  #epoch = 0;
  #executor: Executor | undefined;
  #pumping: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed: MillraceError | undefined;
  #trouble: MillraceError | undefined;
  #registered: Registered | undefined;

  private constructor(options: SchedulerOptions) {
    this.#options = options;
    this.#store = options.store;
    this.#world = new World(options.mint);
  }

  /** Takes the store and goes on with what is unfinished there. */
  static async open(options: SchedulerOptions): Promise<Scheduler> {
    const scheduler = new Scheduler(options);
    await scheduler.#take();
    return scheduler;
  }

  /** Lets attempts be run from now on. */
  attach(executor: Executor): void {
    this.#executor = executor;
    for (const { row, instance } of this.#world.attempts.values()) {
      if (row.state === "queued") executor.offer({ attempt: row.id, token: row.token, dag: instance.run.row.dag, task: instance.node.decl, release: instance.run.row.release, lost: instance.row.lost });
    }
  }

  /** What only looks may look at; it changes with every step. */
  get world(): World {
    return this.#world;
  }

  /**
   * Makes the DAGs of a release those that new runs get.
   * @param how - `resting`: only to look at them, nothing begins and nothing goes on; `onlyAsked`: no run is made by itself
   */
  async register(release: string, dags: DagDecl[], { resting = false, onlyAsked = false }: { resting?: boolean; onlyAsked?: boolean } = {}): Promise<void> {
    this.#registered = { release, dags, resting, onlyAsked };
    const { dags: known, dagRows, waitingBackfills } = this.#world;
    await this.#ask(await this.#registration({ dags: [...dagRows.values(), ...[...known.values()].map(({ row }) => row)], backfills: waitingBackfills }, this.#registered));
  }

  async #registration({ dags: rows, backfills }: Pick<Unfinished, "dags" | "backfills">, { release, dags, resting, onlyAsked }: Registered): Promise<Event> {
    const cursors = new Map(rows.map(({ dag, lastStart }) => [dag, lastStart]));
    const made = new Map<string, number[]>();
    for (const decl of dags) {
      made.set(decl.name, await this.madeStarts(decl, cursors.get(decl.name) ?? null));
    }
    const existing = new Map<string, RunRow[]>();
    for (const { id, dag, from, to } of backfills) existing.set(id, await this.#store.runsBetween(dag, from, to));
    return { type: "register", release, dags, made, existing, resting, onlyAsked };
  }

  /** Starts of a DAG's intervals behind the last scheduled one for which backfills have made runs. */
  async madeStarts({ name, schedule }: DagDecl, lastStart: number | null): Promise<number[]> {
    // Without intervals there are no backfills, and the history of a DAG by hand may be long.
    if (!timetableOf(schedule).periodic) return [];
    const runs = await this.#store.runsBetween(name, lastStart === null ? -Infinity : lastStart + 1, Infinity);
    return runs.filter(({ kind }) => kind === "backfill").map(({ intervalStart }) => intervalStart);
  }

  backfill(request: BackfillRequest): Promise<BackfillRow> {
    return this.#holding(`dag ${request.dag}`, async () => {
      const existing = await this.#store.runsBetween(request.dag, request.from, request.to);
      return { ...((await this.#demand({ type: "backfill", request, existing })) as BackfillRow) };
    });
  }

  async setBackfill(backfill: string, state: "running" | "paused" | "cancelled", note: string | null): Promise<BackfillRow> {
    return { ...((await this.#demand({ type: "backfill-state", backfill, state, note })) as BackfillRow) };
  }

  /** A dataset has a new version that no task of a DAG has made. */
  async updated(dataset: string, interval: { start: number; end: number } | undefined, cause: string): Promise<void> {
    await this.#ask({ type: "updated", dataset, interval, cause });
  }

  trigger(request: RunRequest): Promise<RunRow> {
    return this.#demand({ type: "trigger", request }) as Promise<RunRow>;
  }

  pause(dag: string, note: string | null): Promise<unknown> {
    return this.#demand({ type: "pause", dag, note });
  }

  resume(dag: string): Promise<unknown> {
    return this.#demand({ type: "resume", dag });
  }

  cancel(run: string, note: string | null): Promise<unknown> {
    return this.#demand({ type: "cancel", run, note });
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

  /** Whether a run goes on, or is about to be changed: then it may not be removed. */
  holds({ id, dag }: Pick<RunRow, "id" | "dag">): boolean {
    return this.#world.runs.has(id) || this.#held.has(`run ${id}`) || this.#held.has(`dag ${dag}`);
  }

  #changeStored(run: string, eventOf: (stored: StoredRun | undefined) => Event): Promise<number> {
    return this.#holding(`run ${run}`, async () => (await this.#demand(eventOf(await this.#storedRun(run)))) as number);
  }

  /** From before it is read until the change is on disk: what is removed meanwhile would be missing from it. */
  async #holding<T>(what: string, change: () => Promise<T>): Promise<T> {
    this.#held.set(what, (this.#held.get(what) ?? 0) + 1);
    try {
      return await change();
    } finally {
      const others = (this.#held.get(what) as number) - 1;
      if (others > 0) this.#held.set(what, others);
      else this.#held.delete(what);
    }
  }

  answer(run: string, task: string, index: number, approved: boolean, by: string, note: string | null): Promise<unknown> {
    return this.#demand({ type: "answer", run, task, index, approved, by, note });
  }

  /** Keeps how alerts have fared that were to be sent. */
  async keepAlerts(rows: AlertRow[]): Promise<void> {
    await this.#ask({ type: "alerts", rows });
  }

  setPool(name: string, slots: number, note: string | null): Promise<unknown> {
    return this.#demand({ type: "pool", name, slots, note });
  }

  start({ attempt, token }: Hint, worker: string): Promise<Work | undefined> {
    return this.#ask({ type: "start", attempt, token, worker }) as Promise<Work | undefined>;
  }

  async end(attempt: string, fence: number, outcome: Outcome): Promise<boolean | "stale"> {
    return this.#ask({ type: "end", attempt, fence, outcome }) as Promise<boolean | "stale">;
  }

  alive(worker: string, attempts?: string[]): void {
    this.#ask({ type: "alive", worker, attempts }).catch(() => undefined);
  }

  async gone(worker: string): Promise<void> {
    await this.#ask({ type: "gone", worker });
  }

  /** Answers what was asked so far, then nothing more. The store stays open. */
  async close(): Promise<void> {
    await this.#pumping;
    this.#close(new MillraceError("MR-HTTP-008", { what: "the scheduler has ended", where: "the scheduler", mend: "start Millrace again", retryable: true }));
  }

  #close(error: MillraceError): void {
    this.#closed ??= error;
    clearTimeout(this.#timer);
    for (const { reject } of this.#inbox.splice(0)) reject(this.#closed);
  }

  /** Why nothing can be written just now, while that is so: everything waits, and nothing is lost. */
  get trouble(): MillraceError | undefined {
    return this.#trouble;
  }

  /** Of people: they are told when nothing can be written, for who waits without an answer asks again, and gets it twice. */
  #demand(event: Event): Promise<unknown> {
    return this.#trouble ? Promise.reject(this.#trouble) : this.#ask(event);
  }

  #ask(event: Event): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      this.#inbox.push({ event, resolve, reject });
      this.#pumping ??= this.#pump();
    });
  }

  async #pump(): Promise<void> {
    // What comes in the same turn goes into the same commit.
    await undefined;
    clearTimeout(this.#timer);
    while (this.#inbox.length > 0 && !this.#closed) {
      this.#noteTime();
      await this.#turn();
    }
    // In the same breath as the last look into the inbox: what comes now starts the next pump.
    this.#pumping = undefined;
    this.#sleep();
  }

  /** Where there is always something to do, nobody sleeps until a timer fires. */
  #noteTime(): void {
    const due = (this.#world.timers.key ?? Infinity) <= this.#options.clock();
    if (due && !this.#world.resting) this.#inbox.unshift({ event: { type: "time" }, resolve: () => undefined, reject: () => undefined });
  }

  /** Steps through what waits, and through what that brings; then one commit; then answers and acts. */
  async #turn(): Promise<void> {
    const answers: (() => void)[] = [];
    const acts: Effect[] = [];
    for (let count = 0; count < batchMax && this.#inbox.length > 0; count++) {
      // A commit with swaps may be refused for them; nothing else is to go down with it.
      if (swapsOf(this.#inbox[0].event).length > 0) {
        if (count > 0) break;
        return this.#turnWithSwaps(this.#inbox.shift() as Asked);
      }
      answers.push(this.#step(this.#inbox.shift() as Asked));
      acts.push(...this.#offer());
    }
    const changes = this.#world.takeChanges();
    if (changes && !(await this.#commit(() => this.#store.commit(this.#epoch, changes)))) return;
    for (const answer of answers) answer();
    for (const effect of acts) this.#act(effect);
  }

  #step({ event, resolve, reject }: Asked): () => void {
    try {
      const answer = step(this.#world, event, this.#options.clock());
      return () => resolve(answer);
    } catch (error) {
      return () => reject(error);
    }
  }

  /** An attempt's success and what makes its output visible are one commit, or neither is. */
  async #turnWithSwaps({ event, resolve, reject }: Asked): Promise<void> {
    const swaps = swapsOf(event);
    try {
      const stale = await this.#store.stale(this.#epoch, swaps);
      if (stale.length > 0) return resolve("stale");
      const taken = step(this.#world, event, this.#options.clock());
      const acts = this.#offer();
      const changes = this.#world.takeChanges();
      // One that is no longer its worker's to end makes nothing visible.
      if (changes && !(await this.#commit(() => this.#store.commit(this.#epoch, changes, taken === true ? swaps : [])))) return;
      resolve(taken);
      for (const effect of acts) this.#act(effect);
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== "MR-STATE-003") return reject(error);
      // Another was quicker between the look and the commit, which wrote nothing: the world is ahead of the store, and is made anew.
      await this.#rebuild();
      resolve("stale");
    }
  }

  /** Forgets the world and makes it anew from the store. */
  async #rebuild(): Promise<void> {
    this.#world = new World(this.#options.mint);
    for (const event of await this.#beginning()) step(this.#world, event, this.#options.clock());
    const acts = this.#offer();
    const changes = this.#world.takeChanges();
    if (changes && !(await this.#commit(() => this.#store.commit(this.#epoch, changes)))) return;
    for (const effect of acts) this.#act(effect);
  }

  /** Hands hints on at once, so that the starts they bring are in the same commit; the rest waits for the disk. */
  #offer(): Effect[] {
    const later: Effect[] = [];
    for (const effect of this.#world.takeEffects()) {
      if (effect.type === "offer") this.#executor?.offer(effect.hint);
      else later.push(effect);
    }
    return later;
  }

  /**
   * Writes, or waits until it can be written: a full disk holds everything up and loses nothing.
   * @returns false when it never will be
   */
  async #commit(write: () => Promise<void>): Promise<boolean> {
    for (;;) {
      try {
        await write();
        this.#trouble = undefined;
        return true;
      } catch (error) {
        if (error instanceof MillraceError && error.code === "MR-STATE-003") throw error;
        if (!(error instanceof MillraceError) || error.code !== "MR-STATE-001") {
          this.#options.logger.error({ err: error }, "the scheduler ends: its store refuses it");
          this.#close(error instanceof MillraceError ? error : new MillraceError("MR-INTERNAL-001", { what: String(error), where: "the scheduler's store", mend: "report this with the log lines around it", cause: error }));
          return false;
        }
        this.#trouble = error;
        this.#options.logger.warn({ err: error }, "the scheduler waits: its store cannot be written");
        await new Promise((done) => setTimeout(done, commitRetryMs));
        if (this.#closed) return false;
      }
    }
  }

  #act(effect: Effect): void {
    switch (effect.type) {
      case "stop":
        this.#executor?.stop(effect.attempt, effect.why, effect.graceMs);
        return;
      case "past":
        void this.#findPast(effect).catch((error: unknown) => this.#options.logger.error({ err: error }, "the run before could not be found"));
        return;
      case "ticks":
        void this.#fetchTicks(effect).catch((error: unknown) => this.#options.logger.error({ err: error }, "ticks of a timetable could not be taken"));
        return;
      case "rerun":
        void this.#fetchRun(effect).catch((error: unknown) => this.#options.logger.error({ err: error }, "a run of a backfill could not be fetched"));
        return;
      case "memo":
        void this.#recall(effect).catch((error: unknown) => this.#options.logger.error({ err: error }, "whether work was done before could not be looked up"));
        return;
      case "run-ended":
        this.#options.onRunEnded?.(effect.run);
        return;
      case "alerts":
        this.#options.onAlerts?.();
    }
  }

  async #fetchTicks({ dag, release, from, to, backfill }: Extract<Effect, { type: "ticks" }>): Promise<void> {
    const answer = (await this.#options.ticksOf?.({ dag, release, from, to })) ?? { ticks: [], ends: true };
    const existing = backfill && (await this.#store.runsBetween(dag, from, to));
    await this.#ask({ type: "ticks", dag, release, answer, backfill: backfill === undefined ? undefined : { id: backfill, existing: existing as RunRow[] } });
  }

  async #fetchRun({ backfill, ordinal, run }: Extract<Effect, { type: "rerun" }>): Promise<void> {
    const row = (await this.#store.run(run)) as RunRow;
    await this.#ask({ type: "rerun", backfill, ordinal, stored: await this.#readRun(row) });
  }

  /** A store that cannot be read remembers nothing: the work is done. */
  async #recall({ run, task, index, asked, key }: Extract<Effect, { type: "memo" }>): Promise<void> {
    const memo = await this.#store.memo(key).catch(() => undefined);
    await this.#ask({ type: "memo", run, task, index, asked, memo: memo ?? null });
  }

  async #findPast({ run, dag, start, kinds }: Extract<Effect, { type: "past" }>): Promise<void> {
    const row = await this.#store.runBefore(dag, start, kinds);
    const previous = row === undefined ? null : await this.#readRun(row);
    await this.#ask({ type: "past", run, previous });
  }

  /** Undefined for a run that goes on: the scheduler knows it better than the store. */
  async #storedRun(id: string): Promise<StoredRun | undefined> {
    if (this.#world.runs.has(id)) return undefined;
    const row = await this.#store.run(id);
    return row && this.#readRun(row);
  }

  async #readRun(run: RunRow): Promise<StoredRun> {
    const [instances, attempts] = await Promise.all([this.#store.instances(run.id), this.#store.attempts(run.id)]);
    return { run, instances, attempts, decl: this.#options.declarationOf(run.release, run.dag) };
  }

  async #take(): Promise<void> {
    for (const event of await this.#beginning()) await this.#ask(event);
  }

  /** Takes the store, and says with what a world begins. */
  async #beginning(): Promise<Event[]> {
    const { epoch, unfinished } = await this.#store.take(this.#options.holder);
    this.#epoch = epoch;
    const wanted = new Map(unfinished.runs.map(({ release, dag }) => [`${release} ${dag}`, { release, dag }]));
    const pinned = [...wanted.values()].flatMap(({ release, dag }) => {
      const decl = this.#options.declarationOf(release, dag);
      return decl ? [{ release, dag: decl }] : [];
    });
    const restore: Event = { type: "restore", unfinished, pinned };
    return this.#registered ? [restore, await this.#registration(unfinished, this.#registered)] : [restore];
  }

  #sleep(): void {
    const next = this.#world.timers.key;
    if (this.#closed || next === undefined || this.#world.resting) return;
    const ms = Math.min(Math.max(next - this.#options.clock(), 0), sleepMaxMs);
    this.#timer = setTimeout(() => void this.#ask({ type: "time" }).catch(() => undefined), ms);
  }
}

function swapsOf(event: Event): Swap[] {
  return event.type === "end" && event.outcome.kind === "success" ? (event.outcome.swaps ?? []) : [];
}
