import { MillraceError } from "../errors.ts";
import type { DagDecl } from "../model/dag-manifest.ts";
import type { Json } from "../model/manifest.ts";
import type { AlertRow, BackfillRow, DagRow, InstanceRow, RunRow, RunStore } from "../state/run-store.ts";
import { type Claim, type ShardedRuns, shardKey, shardOf } from "../state/shards.ts";
import type { BackfillRequest, Pin, RunRequest, TaskChoice } from "./events.ts";
import type { Executor, ExecutorPort, Hint, Outcome, Work } from "./executor.ts";
import type { WaitReason } from "./explain.ts";
import { type Call, type Reply, resultOf } from "./letters.ts";
import { type Kind, LeaseKeeper } from "./lease-keeper.ts";
import type { Operations } from "./operations.ts";
import { Scheduler, type SchedulerOptions } from "./scheduler.ts";
import type { SeenPlane } from "./shard-parts.ts";
import { poolKey } from "./shares.ts";
import type { BackfillStep, DagState, PoolState } from "./views.ts";
import type { World } from "./world.ts";

export interface PlaneOptions extends Omit<SchedulerOptions, "store" | "place" | "mail" | "onRefused" | "onAlerts"> {
  runs: ShardedRuns;
  /** Sends the alerts of one shard, as long as this plane holds it. */
  outboxOf: (shard: { store: RunStore; scheduler: Scheduler }) => Outbox;
  /** It only looks: where another plane is there, it takes no shard from it. */
  onlyLooks: boolean;
  /** Called before a shard is taken, with the releases that unfinished runs are pinned to. What it throws keeps the shard from being taken. */
  prepare?(pinned: ReadonlySet<string>): Promise<void>;
}

export interface Outbox {
  begin(): void;
  wake(): void;
  readonly idle: boolean;
  close(): Promise<void>;
}

interface Held {
  store: RunStore;
  scheduler: Scheduler;
  outbox: Outbox;
}

/** An attempt that runs here, and whose it is. */
interface Running {
  dag: string;
  worker: string;
}

interface Registered {
  release: string;
  dags: DagDecl[];
  how: { resting?: boolean; onlyAsked?: boolean };
}

/** For how long somebody waits for what another plane is to do, in milliseconds: longer than a shard is without a plane. */
const askMs = 30_000;
const stopGraceMs = 5_000;
const pageMax = 1_000;

/**
 * This process's part of the control plane: a scheduler for each shard that it holds. Planes are equal; each takes an even
 * part of the shards, by leases in the store, and what it is asked about others it asks of those that hold them. Where there
 * is one shard, this is a scheduler and nothing else.
 */
export class Plane implements ExecutorPort {
  readonly #options: PlaneOptions;
  readonly #runs: ShardedRuns;
  readonly #leases: LeaseKeeper;
  readonly #held = new Map<number, Held>();
  readonly #running = new Map<string, Running>();
  /** Shards that are taken together are prepared for at once. */
  #preparing: Promise<void> | undefined;
  #executor: Executor | undefined;
  #registered: Registered | undefined;
  #sending = false;
  #endMail: (() => void) | undefined;

  private constructor(options: PlaneOptions) {
    this.#options = options;
    this.#runs = options.runs;
    this.#leases = new LeaseKeeper({ ...options, claims: options.runs.claims });
  }

  /** Takes its part of the shards, and goes on with what is unfinished there. */
  static async open(options: PlaneOptions): Promise<Plane> {
    const plane = new Plane(options);
    plane.#endMail = options.runs.mail?.onMail((shard) => plane.#fetchMail(shard));
    await plane.#leases.add(plane.#shards());
    return plane;
  }

  /** Lets attempts be run from now on. */
  attach(executor: Executor): void {
    this.#executor = executor;
    for (const { scheduler } of this.#held.values()) scheduler.attach(executor);
  }

  /**
   * Makes the DAGs of a release those that new runs get.
   * @param how - `resting`: only to look at them, nothing begins and nothing goes on; `onlyAsked`: no run is made by itself
   */
  async register(release: string, dags: DagDecl[], how: Registered["how"] = {}): Promise<void> {
    this.#registered = { release, dags, how };
    const registered = [...this.#held].map(([shard, { scheduler }]) =>
      scheduler.register(release, dags, how).catch((error: unknown) => {
        // One that was given to another plane meanwhile has them from there.
        if (this.#held.get(shard)?.scheduler === scheduler) throw error;
      }),
    );
    await Promise.all(registered);
    for (const shard of this.#held.keys()) this.#fetchMail(shard);
  }

  /** Sends alerts from now on. */
  beginSending(): void {
    this.#sending = true;
    for (const { outbox } of this.#held.values()) outbox.begin();
  }

  /** Of the shards that this plane holds. */
  get worlds(): World[] {
    return [...this.#held.values()].map(({ scheduler }) => scheduler.world);
  }

  /** Another text after each change of a run, a DAG or a pool in the shards that this plane holds. */
  get revision(): string {
    return [...this.#held].map(([shard, { scheduler }]) => `${shard}:${scheduler.commits}`).join(" ");
  }

  get resting(): boolean {
    return this.#registered?.how.resting ?? false;
  }

  get onlyAsked(): boolean {
    return this.#registered?.how.onlyAsked ?? false;
  }

  /** Gives others all that it holds, and takes nothing while one of them works; until it is called with `false`. */
  standBack(wanted: boolean): void {
    this.#leases.standBack(wanted);
  }

  /** Planes beside this one that run DAGs, as it was heard last. */
  get others(): number {
    return this.#leases.others;
  }

  /** All planes that live, as it was heard last. */
  get seen(): SeenPlane[] {
    return this.#leases.seen;
  }

  /** Nothing is being sent here, and nothing is due. */
  get sendsNothing(): boolean {
    return [...this.#held.values()].every(({ outbox }) => outbox.idle);
  }

  /** Why nothing can be written just now, while that is so. */
  get trouble(): MillraceError | undefined {
    return [...this.#held.values()].map(({ scheduler }) => scheduler.trouble).find((trouble) => trouble !== undefined);
  }

  /** Whether a run that is in a shard of this plane goes on, or is about to be changed: then it may not be removed. */
  holds(run: Pick<RunRow, "id" | "dag">): boolean {
    return this.#heldOf(run.dag)?.scheduler.holds(run) ?? true;
  }

  /** Whether no run goes on, whichever plane has it. */
  async rests(): Promise<boolean> {
    return (await this.#runs.history.runs({ states: ["queued", "running"], limit: 1 })).length === 0;
  }

  /** Releases that runs which have not ended are pinned to, whichever plane has them. */
  async releasesInUse(): Promise<Set<string>> {
    const releases = new Set(this.worlds.flatMap(({ runs }) => [...runs.values()]).map(({ row }) => row.release));
    if (this.#runs.shards === 1) return releases;
    for (let before: string | undefined; ; ) {
      const page = await this.#runs.history.runs({ states: ["queued", "running"], before, limit: pageMax });
      for (const { release } of page) releases.add(release);
      if (page.length < pageMax) return releases;
      before = page.at(-1)?.id;
    }
  }

  /** Answers what was asked so far, then nothing more. What it held is others' at once. */
  async close(): Promise<void> {
    await this.#leases.close();
    this.#endMail?.();
  }

  // Shards

  /** Holds its part of other things too, from now on. */
  keep(kind: Kind): Promise<void> {
    return this.#leases.add(kind);
  }

  #shards(): Kind {
    const shardIn = ({ key }: Claim): number => Number(key.slice(shardKey(0).length - 1));
    return {
      keys: Array.from({ length: this.#runs.shards }, (_, shard) => shardKey(shard)),
      take: (claim) => this.#take(shardIn(claim), claim),
      part: (claim) => this.#part(shardIn(claim)),
      lose: (claim) => this.#lose(shardIn(claim)),
      weight: (key) => this.#held.get(shardIn({ key, epoch: 0 }))?.scheduler.world.attempts.size ?? 0,
    };
  }

  async #take(shard: number, claim: Claim): Promise<void> {
    const { runs, outboxOf, prepare, ...options } = this.#options;
    if (prepare) await (this.#preparing ??= this.releasesInUse().then(prepare).finally(() => (this.#preparing = undefined)));
    const store = await runs.open(shard, claim);
    const onRefused = (): void => this.#leases.refused(claim.key);
    let held: Held | undefined;
    try {
      const scheduler = await Scheduler.open({ ...options, store, place: { shard, shards: runs.shards }, mail: runs.mail, onAlerts: () => held?.outbox.wake(), onRefused });
      held = { store, scheduler, outbox: outboxOf({ store, scheduler }) };
      // What is registered meanwhile goes to those that are held, which this one is not yet.
      for (let given: Registered | undefined; given !== this.#registered; ) {
        given = this.#registered;
        if (given) await scheduler.register(given.release, given.dags, given.how);
      }
    } catch (error) {
      // Left as it is it would go on by its timers, and what it is refused then would cost this plane the shard that it has taken anew.
      await (held ? end(held) : store.close());
      throw error;
    }
    this.#held.set(shard, held);
    if (this.#executor) held.scheduler.attach(this.#executor);
    if (this.#sending) held.outbox.begin();
    this.#fetchMail(shard);
  }

  /** Who knows no DAGs yet would refuse what others ask of them. */
  #fetchMail(shard: number): void {
    if (this.#registered) this.#held.get(shard)?.scheduler.fetchMail();
  }

  /** What runs here for the shard goes on, and its words are passed on. */
  async #part(shard: number): Promise<void> {
    const held = this.#held.get(shard);
    if (!held) return;
    this.#held.delete(shard);
    await end(held);
  }

  /** What runs here for the shard is ended, for it is started anew elsewhere. */
  #lose(shard: number): Promise<void> {
    for (const [attempt, { dag }] of this.#running) {
      if (this.#shardOf(dag) !== shard) continue;
      this.#running.delete(attempt);
      this.#executor?.stop(attempt, "another control plane goes on with its run", stopGraceMs);
    }
    return this.#part(shard);
  }

  // Ways

  #shardOf(name: string): number {
    return this.#runs.shards === 1 ? 0 : shardOf(name, this.#runs.shards);
  }

  #heldOf(name: string): Held | undefined {
    return this.#held.get(this.#shardOf(name));
  }

  /** Does it here, or has it done by the plane that holds the shard. */
  async #call<Name extends Call["call"]>(shard: number, call: Name, ...args: Parameters<Operations[Name]>): Promise<Awaited<ReturnType<Operations[Name]>>> {
    const held = this.#held.get(shard);
    const { mail } = this.#runs;
    if (held || !mail) return (await (this.#schedulerOf(held)[call] as (...args: unknown[]) => unknown)(...args)) as Awaited<ReturnType<Operations[Name]>>;
    const signal = AbortSignal.timeout(askMs);
    const reply = await mail.ask(shard, { call, args: args as unknown as Json[] }, signal).catch((error: unknown) => {
      throw signal.aborted ? nobodyThere(shard) : error;
    });
    return resultOf(reply as unknown as Reply) as Awaited<ReturnType<Operations[Name]>>;
  }

  #schedulerOf(held: Held | undefined): Scheduler {
    if (held) return held.scheduler;
    throw new MillraceError("MR-HTTP-008", { what: "the scheduler has ended", where: "the scheduler", mend: "start Millrace again", retryable: true });
  }

  async #dagOfRun(run: string): Promise<string> {
    const known = this.worlds.map((world) => world.runs.get(run)).find((each) => each !== undefined);
    return known?.row.dag ?? (await this.#runs.history.run(run))?.dag ?? run;
  }

  async #callOfRun<Name extends Call["call"]>(run: string, call: Name, ...args: Parameters<Operations[Name]>): Promise<Awaited<ReturnType<Operations[Name]>>> {
    return this.#call(this.#runs.shards === 1 ? 0 : this.#shardOf(await this.#dagOfRun(run)), call, ...args);
  }

  // Looking

  /** Of all DAGs, whichever plane has them. */
  async dagStates(): Promise<DagState[]> {
    return (await this.#askAll("dagStates")).flat();
  }

  /** What is stored of all DAGs, of those too that are declared no more. */
  async dagRows(): Promise<DagRow[]> {
    return (await this.#askAll("dagRows")).flat();
  }

  async dagState(dag: string): Promise<DagState | undefined> {
    return (await this.#call(this.#shardOf(dag), "dagStates")).find(({ row }) => row.dag === dag);
  }

  /** With what all shards have of them. */
  async pools(): Promise<PoolState[]> {
    return addedPools(await this.#askAll("poolStates"));
  }

  #askAll<Name extends "dagStates" | "dagRows" | "poolStates">(call: Name): Promise<Awaited<ReturnType<Operations[Name]>>[]> {
    return Promise.all(Array.from({ length: this.#runs.shards }, (_, shard) => this.#call(shard, call, ...([] as unknown as Parameters<Operations[Name]>))));
  }

  instancesIn({ id, dag }: RunRow): Promise<InstanceRow[] | null> {
    return this.#call(this.#shardOf(dag), "instancesIn", id);
  }

  explain({ id, dag }: RunRow, task: string, index: number): Promise<WaitReason[] | null> {
    return this.#call(this.#shardOf(dag), "explain", id, task, index);
  }

  madeStarts({ name, schedule }: DagDecl, lastStart: number | null): Promise<number[]> {
    return this.#call(this.#shardOf(name), "madeStarts", { name, schedule }, lastStart);
  }

  planBackfill(request: BackfillRequest, now: number): Promise<BackfillStep[]> {
    return this.#call(this.#shardOf(request.dag), "planBackfill", request, now);
  }

  // Of people

  backfill(request: BackfillRequest): Promise<BackfillRow> {
    return this.#call(this.#shardOf(request.dag), "backfill", request);
  }

  setBackfill({ id, dag }: BackfillRow, state: "running" | "paused" | "cancelled", note: string | null): Promise<BackfillRow> {
    return this.#call(this.#shardOf(dag), "setBackfill", id, state, note);
  }

  /** Any shard tells all others. */
  updated(dataset: string, interval: { start: number; end: number } | undefined, cause: string): Promise<void> {
    return this.#call(this.#held.keys().next().value ?? 0, "updated", dataset, interval, cause);
  }

  trigger(request: RunRequest): Promise<RunRow> {
    return this.#call(this.#shardOf(request.dag), "trigger", request);
  }

  pause(dag: string, note: string | null): Promise<void> {
    return this.#call(this.#shardOf(dag), "pause", dag, note);
  }

  resume(dag: string): Promise<void> {
    return this.#call(this.#shardOf(dag), "resume", dag);
  }

  cancel(run: string, note: string | null): Promise<void> {
    return this.#callOfRun(run, "cancel", run, note);
  }

  clear(run: string, tasks: TaskChoice[], note: string | null, pin?: Pin): Promise<number> {
    return this.#callOfRun(run, "clear", run, tasks, note, pin);
  }

  mark(run: string, tasks: TaskChoice[], state: "success" | "failed" | "skipped", note: string | null): Promise<number> {
    return this.#callOfRun(run, "mark", run, tasks, state, note);
  }

  answer(run: string, task: string, index: number, approved: boolean, by: string, note: string | null): Promise<void> {
    return this.#callOfRun(run, "answer", run, task, index, approved, by, note);
  }

  setPool(name: string, slots: number, note: string | null): Promise<void> {
    return this.#call(this.#shardOf(poolKey(name)), "setPool", name, slots, note);
  }

  async keepAlerts(rows: AlertRow[]): Promise<void> {
    await Promise.all([...Map.groupBy(rows, ({ dag }) => this.#shardOf(dag))].map(([shard, own]) => this.#call(shard, "keepAlerts", own)));
  }

  // Of executors

  async start(hint: Hint, worker: string): Promise<Work | undefined> {
    const held = this.#heldOf(hint.dag);
    if (!held) return undefined;
    const work = await held.scheduler.start(hint, worker);
    if (work) this.#running.set(hint.attempt, { dag: hint.dag, worker });
    return work;
  }

  async end(attempt: string, fence: number, outcome: Outcome, startedOf?: string): Promise<boolean | "stale"> {
    const dag = this.#running.get(attempt)?.dag ?? startedOf;
    if (dag === undefined) return false;
    const taken = await this.#call(this.#shardOf(dag), "end", attempt, fence, outcome);
    if (taken !== "stale") this.#running.delete(attempt);
    return taken;
  }

  /** What was ended here because the shard was lost is not among what runs, though its worker lives, and the shard may be back. */
  alive(worker: string, attempts: string[] = this.#runningOn(worker)): void {
    for (const { scheduler } of this.#held.values()) scheduler.alive(worker, attempts);
    for (const shard of this.#elsewhere(worker)) void this.#call(shard, "alive", worker, attempts).catch(() => undefined);
  }

  #runningOn(worker: string): string[] {
    return [...this.#running].flatMap(([attempt, running]) => (running.worker === worker ? [attempt] : []));
  }

  async gone(worker: string): Promise<void> {
    const shards = [...this.#held.keys(), ...this.#elsewhere(worker)];
    for (const [attempt, running] of this.#running) if (running.worker === worker) this.#running.delete(attempt);
    await Promise.all(shards.map((shard) => this.#call(shard, "gone", worker)));
  }

  /** Shards that another plane holds by now, and that the worker still has attempts of. */
  #elsewhere(worker: string): Set<number> {
    const shards = [...this.#running.values()].filter((running) => running.worker === worker).map(({ dag }) => this.#shardOf(dag));
    return new Set(shards.filter((shard) => !this.#held.has(shard)));
  }
}

/** What all these shards have of each pool. */
export function addedPools(shards: PoolState[][]): PoolState[] {
  const all = Map.groupBy(shards.flat(), ({ name }) => name);
  return [...all.values()].map((states) => ({ ...states[0], used: sum(states.map(({ used }) => used)), waiting: sum(states.map(({ waiting }) => waiting)) }));
}

const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0);

const nobodyThere = (shard: number): MillraceError => new MillraceError("MR-HTTP-008", { what: `no control plane has answered for shard ${shard} within ${askMs / 1000} s`, where: "the other control planes", mend: "look whether they run and reach the database; what was asked may still be done", retryable: true });

async function end({ outbox, scheduler, store }: Held): Promise<void> {
  await outbox.close();
  await scheduler.close();
  await store.close();
}
