import { MillraceError } from "../errors.ts";
import type { DagDecl } from "../model/dag-manifest.ts";
import type { RunRow, RunStore, Swap, Unfinished } from "../state/run-store.ts";
import type { Mail } from "../state/shards.ts";
import type { Effect } from "./effects.ts";
import type { Event, StoredRun, TicksAnswer } from "./events.ts";
import type { Executor } from "./executor.ts";
import { answerOf, type Letter, serveLetter } from "./letters.ts";
import type { Message } from "./messages.ts";
import { Operations } from "./operations.ts";
import { step } from "./step.ts";
import { World } from "./world.ts";

export interface SchedulerOptions {
  store: RunStore;
  /** Which of how many shards the store is of. Default: the only one. */
  place?: { shard: number; shards: number };
  /** Where messages of other shards come from. */
  mail?: Pick<Mail, "messages">;
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
  /** Called when it has ended because the store is another's, or refuses it. */
  onRefused?: () => void;
}

interface Asked {
  event: Event;
  /** The message that it comes of. */
  letter?: Letter;
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
/** Messages that are read at once. */
const lettersMax = 1_000;
/** What a store says that may take the same write later. */
const passing: ReadonlySet<string> = new Set(["MR-STATE-001", "MR-STATE-006"]);
const commitRetryMs = 1_000;

/**
 * Runs the step over what happens: takes events as they come, steps through all that wait, writes what has changed in one
 * commit, and only then answers and acts. While a commit is under way the next events gather, so a busy scheduler makes
 * few large commits and an idle one small ones at once.
 */
export class Scheduler extends Operations {
  readonly #options: SchedulerOptions;
  protected readonly store: RunStore;
  readonly requested = new Map<string, Promise<RunRow>>();
  readonly #inbox: Asked[] = [];
  /** Runs that are being changed, by themselves or with all of their DAG, and how often. */
  readonly #held = new Map<string, number>();
  /** Messages that were seen, and may be seen again. */
  readonly #letters = new Map<number, "in hand" | "taken">();
  #mailWaits = false;
  #fetching: Promise<void> | undefined;
  #world: World;
  #epoch = 0;
  #executor: Executor | undefined;
  #pumping: Promise<void> | undefined;
  #timer: NodeJS.Timeout | undefined;
  #closed: MillraceError | undefined;
  #trouble: MillraceError | undefined;
  #commits = 0;
  #registered: Registered | undefined;

  private constructor(options: SchedulerOptions) {
    super();
    this.#options = options;
    this.store = options.store;
    this.#world = new World(options.mint, options.place);
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

  /** Transactions written since it was opened. */
  get commits(): number {
    return this.#commits;
  }

  /**
   * Makes the DAGs of a release those that new runs get.
   * @param how - `resting`: only to look at them, nothing begins and nothing goes on; `onlyAsked`: no run is made by itself
   */
  async register(release: string, dags: DagDecl[], { resting = false, onlyAsked = false }: { resting?: boolean; onlyAsked?: boolean } = {}): Promise<void> {
    this.#registered = { release, dags, resting, onlyAsked };
    const { dags: known, dagRows, waitingBackfills } = this.#world;
    await this.ask(await this.#registration({ dags: [...dagRows.values(), ...[...known.values()].map(({ row }) => row)], backfills: waitingBackfills }, this.#registered));
  }

  async #registration({ dags: rows, backfills }: Pick<Unfinished, "dags" | "backfills">, { release, dags, resting, onlyAsked }: Registered): Promise<Event> {
    const cursors = new Map(rows.map(({ dag, lastStart }) => [dag, lastStart]));
    const made = new Map<string, number[]>();
    for (const decl of dags) {
      made.set(decl.name, await this.madeStarts(decl, cursors.get(decl.name) ?? null));
    }
    const existing = new Map<string, RunRow[]>();
    for (const { id, dag, from, to } of backfills) existing.set(id, await this.store.runsBetween(dag, from, to));
    return { type: "register", release, dags, made, existing, resting, onlyAsked };
  }

  /** Whether a run goes on, or is about to be changed: then it may not be removed. */
  holds({ id, dag }: Pick<RunRow, "id" | "dag">): boolean {
    return this.#world.runs.has(id) || this.#held.has(`run ${id}`) || this.#held.has(`dag ${dag}`);
  }

  /** From before it is read until the change is on disk: what is removed meanwhile would be missing from it. */
  protected async holding<T>(what: string, change: () => Promise<T>): Promise<T> {
    this.#held.set(what, (this.#held.get(what) ?? 0) + 1);
    try {
      return await change();
    } finally {
      const others = (this.#held.get(what) as number) - 1;
      if (others > 0) this.#held.set(what, others);
      else this.#held.delete(what);
    }
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
  protected demand(event: Event): Promise<unknown> {
    return this.#trouble ? Promise.reject(this.#trouble) : this.ask(event);
  }

  protected ask(event: Event, letter?: Letter): Promise<unknown> {
    if (this.#closed) return Promise.reject(this.#closed);
    return new Promise((resolve, reject) => {
      this.#inbox.push({ event, letter, resolve, reject });
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
    const letters: Letter[] = [];
    const stepped: Asked[] = [];
    for (let count = 0; count < batchMax && this.#inbox.length > 0; count++) {
      // A commit with swaps may be refused for them; nothing else is to go down with it.
      if (swapsOf(this.#inbox[0].event).length > 0) {
        if (count > 0) break;
        return this.#turnWithSwaps(this.#inbox.shift() as Asked);
      }
      const asked = this.#inbox.shift() as Asked;
      stepped.push(asked);
      answers.push(this.#step(asked));
      if (asked.letter) letters.push(asked.letter);
      acts.push(...this.#offer());
    }
    if (!(await this.#commitChanges(letters))) {
      // Nothing of it has happened, for anybody.
      for (const { reject } of stepped) reject(this.#closed);
      return;
    }
    for (const answer of answers) answer();
    for (const effect of acts) this.#act(effect);
  }

  #step({ event, letter, resolve, reject }: Asked): () => void {
    try {
      const answer = step(this.#world, event, this.#options.clock());
      if (letter) letter.reply ??= { value: answer };
      return () => resolve(answer);
    } catch (error) {
      if (letter) letter.reply ??= { error };
      return () => reject(error);
    }
  }

  /** @returns false when it never can be written */
  async #commitChanges(letters: readonly Letter[] = [], swaps: readonly Swap[] = []): Promise<boolean> {
    const changes = this.#world.takeChanges(letters.map(({ id }) => id), letters.flatMap(answerOf));
    if (changes && !(await this.#commit(() => this.store.commit(this.#epoch, changes, swaps)))) return false;
    for (const { id } of letters) this.#letters.set(id, "taken");
    return true;
  }

  /** An attempt's success and what makes its output visible are one commit, or neither is. */
  async #turnWithSwaps({ event, letter, resolve, reject }: Asked): Promise<void> {
    const swaps = swapsOf(event);
    const letters = letter ? [letter] : [];
    try {
      const stale = await this.store.stale(this.#epoch, swaps);
      if (stale.length > 0) return await this.#answerStale(letters, resolve);
      const taken = step(this.#world, event, this.#options.clock());
      const acts = this.#offer();
      if (letter) letter.reply = { value: taken };
      // One that is no longer its worker's to end makes nothing visible.
      if (!(await this.#commitChanges(letters, taken === true ? swaps : []))) return reject(this.#closed);
      resolve(taken);
      for (const effect of acts) this.#act(effect);
    } catch (error) {
      if (!(error instanceof MillraceError) || error.code !== "MR-STATE-003") return reject(error);
      // Another was quicker between the look and the commit, which wrote nothing: the world is ahead of the store, and is made anew.
      await this.#rebuild();
      await this.#answerStale(letters, resolve);
    }
  }

  async #answerStale(letters: readonly Letter[], resolve: Asked["resolve"]): Promise<void> {
    for (const letter of letters) letter.reply = { value: "stale" };
    if (letters.length === 0 || (await this.#commitChanges(letters))) resolve("stale");
  }

  /** Forgets the world and makes it anew from the store. */
  async #rebuild(): Promise<void> {
    this.#world = new World(this.#options.mint, this.#options.place);
    for (const event of await this.#beginning()) step(this.#world, event, this.#options.clock());
    const acts = this.#offer();
    if (!(await this.#commitChanges())) return;
    for (const effect of acts) this.#act(effect);
  }

  /** Takes what other shards have sent, and what other planes ask of this one. */
  fetchMail(): void {
    this.#mailWaits = true;
    this.#fetching ??= this.#fetchMail().finally(() => {
      this.#fetching = undefined;
    });
  }

  async #fetchMail(): Promise<void> {
    const { mail, place, logger } = this.#options;
    while (mail && place && this.#mailWaits && !this.#closed) {
      this.#mailWaits = false;
      // What was taken before this look is gone from the store; what is taken while it is under way may still be seen by it.
      const gone = [...this.#letters].filter(([, state]) => state === "taken");
      try {
        const letters: Letter[] = await mail.messages(place.shard, lettersMax);
        const fresh = letters.filter(({ id }) => !this.#letters.has(id));
        for (const [id] of gone) this.#letters.delete(id);
        const taken = fresh.map((letter) => this.#takeLetter(letter));
        if (letters.length === lettersMax) void Promise.allSettled(taken).then(() => this.fetchMail());
      } catch (error) {
        logger.warn({ err: error }, "messages of other shards cannot be read");
      }
    }
  }

  /** Messages go on in their order; what is asked may take its time. */
  async #takeLetter(letter: Letter): Promise<void> {
    this.#letters.set(letter.id, "in hand");
    const ask = (event: Event): Promise<unknown> => this.ask(event, letter);
    const done = letter.request === undefined ? ask({ type: "message", message: letter.body as unknown as Message }) : serveLetter({ world: () => this.#world, store: this.store, requested: this.requested, ask, storedRun: (run) => this.storedRun(run), holding: (what, change) => this.holding(what, change) }, letter);
    await done.catch((error: unknown) => {
      if (!this.#closed) this.#options.logger.error({ err: error }, "a message of another shard could not be taken");
    });
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
   * Writes, or waits until it can be written: a full disk, or a database that is away, holds everything up and loses nothing.
   * @returns false when it never will be
   */
  async #commit(write: () => Promise<void>): Promise<boolean> {
    for (;;) {
      try {
        await write();
        this.#trouble = undefined;
        this.#commits++;
        return true;
      } catch (error) {
        if (error instanceof MillraceError && error.code === "MR-STATE-003") throw error;
        if (!(error instanceof MillraceError) || !passing.has(error.code)) {
          this.#options.logger.error({ err: error }, "the scheduler ends: its store refuses it");
          this.#close(error instanceof MillraceError ? error : new MillraceError("MR-INTERNAL-001", { what: String(error), where: "the scheduler's store", mend: "report this with the log lines around it", cause: error }));
          this.#options.onRefused?.();
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
    const existing = backfill && (await this.store.runsBetween(dag, from, to));
    await this.ask({ type: "ticks", dag, release, answer, backfill: backfill === undefined ? undefined : { id: backfill, existing: existing as RunRow[] } });
  }

  async #fetchRun({ backfill, ordinal, run }: Extract<Effect, { type: "rerun" }>): Promise<void> {
    const row = (await this.store.run(run)) as RunRow;
    await this.ask({ type: "rerun", backfill, ordinal, stored: await this.#readRun(row) });
  }

  /** A store that cannot be read remembers nothing: the work is done. */
  async #recall({ run, task, index, asked, key }: Extract<Effect, { type: "memo" }>): Promise<void> {
    const memo = await this.store.memo(key).catch(() => undefined);
    await this.ask({ type: "memo", run, task, index, asked, memo: memo ?? null });
  }

  async #findPast({ run, dag, start, kinds }: Extract<Effect, { type: "past" }>): Promise<void> {
    const row = await this.store.runBefore(dag, start, kinds);
    const previous = row === undefined ? null : await this.#readRun(row);
    await this.ask({ type: "past", run, previous });
  }

  /** Undefined for a run that goes on: the scheduler knows it better than the store. */
  protected async storedRun(id: string): Promise<StoredRun | undefined> {
    if (this.#world.runs.has(id)) return undefined;
    const row = await this.store.run(id);
    return row && this.#readRun(row);
  }

  async #readRun(run: RunRow): Promise<StoredRun> {
    const [instances, attempts] = await Promise.all([this.store.instances(run.id), this.store.attempts(run.id)]);
    return { run, instances, attempts, decl: this.#options.declarationOf(run.release, run.dag) };
  }

  async #take(): Promise<void> {
    for (const event of await this.#beginning()) await this.ask(event);
  }

  /** Takes the store, and says with what a world begins. */
  async #beginning(): Promise<Event[]> {
    const { epoch, unfinished } = await this.store.take(this.#options.holder);
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
    this.#timer = setTimeout(() => void this.ask({ type: "time" }).catch(() => undefined), ms);
  }
}

function swapsOf(event: Event): Swap[] {
  return event.type === "end" && event.outcome.kind === "success" ? (event.outcome.swaps ?? []) : [];
}
