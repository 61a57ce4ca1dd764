import { createHash } from "node:crypto";
import type { DagDecl, MapDecl, TaskDecl, TriggerRule } from "../model/dag-manifest.ts";
import type { AlertRow, AttemptRow, Changes, InstanceRow, RunRow } from "../state/run-store.ts";
import { shardOf } from "../state/shards.ts";
import { dagDecl, taskDecl } from "./dag-for-tests.ts";
import type { Effect } from "./effects.ts";
import type { Event, StoredRun } from "./events.ts";
import type { Hint, Outcome, Work } from "./executor.ts";
import { Heap } from "./heap.ts";
import type { Message } from "./messages.ts";
import { MemoryStore } from "./memory-store-for-tests.ts";
import { step } from "./step.ts";
import { type Tally, verdictOf } from "./trigger-rules.ts";
import { World } from "./world.ts";

/*
 * The whole control plane on one thread with a clock of its own: the real step, a store that keeps what was committed, two
 * planes with a scheduler for each shard that crash, freeze, oversleep and take shards over from each other, workers that crash,
 * freeze and wake, and messages that are late, doubled or lost. All chance comes from one seed.
 */

const hourMs = 3_600_000;
/** Attempts at once of tasks with one key. */
const keyMax = 2;
/** Between two starts of tasks with a throttle. */
const throttleMs = 10_000;
const over = new Set(["success", "failed", "skipped", "upstream_failed", "removed", "cancelled"]);
const attemptOver = new Set(["success", "failed", "skipped", "timed_out", "lost", "cancelled"]);

export interface SimulationResult {
  /** Digest of all that happened, in order. */
  digest: string;
  runs: number;
  attempts: number;
  crashes: number;
  takeovers: number;
  lost: number;
}

/**
 * @param shards - among which the DAGs are divided
 * @throws Error at the first thing that must never be
 */
export function simulate(seed: number, { hours = 12, shards = 1 }: { hours?: number; shards?: number } = {}): SimulationResult {
  return new Simulation(seed, hours, shards).run();
}

class Simulation {
  readonly stores: MemoryStore[];
  /** Of all shards. */
  readonly rows: MemoryStore["rows"];
  readonly start = Date.UTC(2026, 0, 1);
  readonly dags: DagDecl[];
  /** The same DAGs as a later release has them, in which people clear tasks. */
  readonly later: DagDecl[];
  readonly poolSlots = new Map([["default", 4], ["narrow", 2]]);
  readonly result: SimulationResult = { digest: "", runs: 0, attempts: 0, crashes: 0, takeovers: 0, lost: 0 };
  now = this.start;
  faults = true;
  /** Those that cleared tasks have run in are not held against the order of tasks. */
  readonly cleared = new Set<string>();
  /** As committed: attempts that hold slots, and of each task the newest. */
  readonly #live = new Map<string, AttemptRow>();
  readonly #newest = new Map<string, AttemptRow>();
  /** What the alerts must tell of in all, by what the commits have done to runs. */
  readonly #news = { success: 0, deadline: 0 };
  readonly #queue = new Heap<() => void>();
  readonly #hash = createHash("sha256");
  readonly #faultsEnd: number;
  /** By shard, those of the two planes. */
  readonly #schedulers: SimulatedScheduler[][];
  readonly #workers: SimulatedWorker[] = [];
  #ended = false;
  #random: number;
  #minted = 0;
  readonly #fences = new Map<number, number>();
  #throttledAt = -Infinity;
  /** Of attempts with a throttle. */
  readonly #queuedAt = new Map<string, number>();

  constructor(seed: number, hours: number, shards: number) {
    this.#random = seed;
    this.stores = MemoryStore.shards(shards);
    this.rows = this.stores[0].rows;
    this.#faultsEnd = this.start + hours * hourMs;
    this.dags = Array.from({ length: 2 + this.pick(4) }, (_, i) => randomDag(this, `dag${i}`, this.start, this.#faultsEnd));
    this.dags.push(childDag(this), listenerDag(this));
    this.later = this.dags.map((dag) => laterDag(this, dag));
    this.#schedulers = this.stores.map((store) => [new SimulatedScheduler(this, store, "A"), new SimulatedScheduler(this, store, "B")]);
    for (let i = 0; i < 3; i++) this.#workers.push(new SimulatedWorker(this));
  }

  run(): SimulationResult {
    for (const [name, slots] of this.poolSlots) this.rows.pools.set(name, { name, slots, note: null });
    for (const [first] of this.#schedulers) first.boot();
    this.at(hourMs * 2, () => this.#disturb());
    this.at(this.#faultsEnd - this.start, () => this.#calm());
    const limit = this.#faultsEnd + 48 * hourMs;
    for (let act = this.#queue.pop(); act && !this.#ended && this.now < limit; act = this.#queue.pop()) act();
    this.#checkEnd();
    this.result.digest = this.#hash.digest("hex");
    return this.result;
  }

  /** mulberry32 */
  chance(): number {
    this.#random = (this.#random + 0x6d2b79f5) | 0;
    let t = Math.imul(this.#random ^ (this.#random >>> 15), 1 | this.#random);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  }

  pick(below: number): number {
    return Math.floor(this.chance() * below);
  }

  fault(probability: number): boolean {
    return this.chance() < probability && this.faults;
  }

  mint = (): string => `m${++this.#minted}`;

  at(delayMs: number, act: () => void): void {
    const at = this.now + delayMs;
    this.#queue.push(at, () => {
      this.now = Math.max(this.now, at);
      act();
    });
  }

  log(text: string): void {
    this.#hash.update(`${this.now} ${text}\n`);
  }

  /** Delivers a message, or does not, or twice, or late. */
  send(what: () => void): void {
    if (this.fault(0.02)) return;
    for (let copies = this.fault(0.03) ? 2 : 1; copies > 0; copies--) this.at(this.fault(0.02) ? this.pick(90_000) : this.pick(40), what);
  }

  /** One that holds the DAG's shard, or believes so. */
  scheduler(dag: string): SimulatedScheduler {
    return this.schedulerOf(shardOf(dag, this.stores.length));
  }

  schedulerOf(shard: number): SimulatedScheduler {
    const both = this.#schedulers[shard];
    const up = both.filter((each) => each.isUp);
    return up[this.pick(up.length)] ?? both[0];
  }

  everyScheduler(act: (scheduler: SimulatedScheduler) => void): void {
    for (const shard of this.#schedulers.keys()) act(this.schedulerOf(shard));
  }

  rivalOf(scheduler: SimulatedScheduler, shard: number): SimulatedScheduler {
    return this.#schedulers[shard].find((each) => each !== scheduler) as SimulatedScheduler;
  }

  #plane(): SimulatedScheduler[] {
    const plane = this.pick(2);
    return this.#schedulers.map((both) => both[plane]);
  }

  worker(): SimulatedWorker {
    return this.#workers[this.pick(this.#workers.length)];
  }

  everyWorker(act: (worker: SimulatedWorker) => void): void {
    for (const worker of this.#workers) act(worker);
  }

  /** Things that people and machines do at any time. */
  #disturb(): void {
    if (!this.faults) return;
    const what = this.pick(8);
    const runs = [...this.rows.runs.values()];
    const run = runs[this.pick(runs.length)];
    if (what === 0) for (const scheduler of this.#plane()) scheduler.crash("by chance");
    else if (what === 1) this.schedulerOf(this.pick(this.stores.length)).other.takeOver();
    else if (what === 2) this.worker().crash();
    else if (what === 3) this.worker().freeze(this.pick(120_000));
    else if (what === 4 && run) this.#clearSome(run);
    else if (what === 5 && run && !this.dags.some(({ name, tasks }) => name === run.dag && tasks[0].dependsOnPast)) this.scheduler(run.dag).take({ type: "cancel", run: run.id, note: null });
    else if (what === 6) this.#freezePlane(this.pick(60_000));
    else this.#triggerSome();
    this.at(this.pick(hourMs), () => this.#disturb());
  }

  /** The other plane takes its shards over; those that it does not come to are as they were when it wakes. */
  #freezePlane(ms: number): void {
    for (const scheduler of this.#plane()) {
      scheduler.freeze(ms);
      if (this.chance() < 0.5) this.at(this.pick(30_000), () => scheduler.other.takeOver());
    }
  }

  #triggerSome(): void {
    const { name } = this.dags[this.pick(this.dags.length)];
    this.scheduler(name).take({ type: "trigger", request: { dag: name, kind: "manual", params: {} } });
  }

  #clearSome(run: RunRow): void {
    const release = this.chance() < 0.5 ? "r" : "later";
    const decl = this.declOf({ dag: run.dag, release });
    const from = this.pick(decl.tasks.length);
    this.cleared.add(run.id);
    this.scheduler(run.dag).take({ type: "clear", run: run.id, stored: this.scheduler(run.dag).knows(run.id) ? undefined : this.storedRun(run.id), tasks: decl.tasks.slice(from).map(({ name }) => ({ task: name })), note: null, pin: { release, dag: decl } });
  }

  storedRun(id: string): StoredRun {
    const run = this.rows.runs.get(id) as RunRow;
    // Copies: a scheduler changes them before it commits, and its commit may be refused.
    return { ...structuredClone({ run, instances: this.stores[0].instancesOf(id), attempts: this.stores[0].attemptsOf(id) }), decl: this.declOf(run) };
  }

  #calm(): void {
    this.faults = false;
    this.log("calm");
    for (const scheduler of this.#schedulers.flat()) scheduler.crash("to begin calmly");
    this.everyWorker((worker) => worker.freeze(0));
    this.at(60_000, () => this.#schedulers.forEach(([first]) => first.takeOver()));
    this.#watchEnd();
  }

  #watchEnd(): void {
    this.#ended = this.#allOver();
    if (!this.#ended) this.at(60_000, () => this.#watchEnd());
  }

  #allOver(): boolean {
    return this.#schedulers.every((both) => both.some(({ isUp }) => isUp)) && this.rows.mail.every(({ length }) => length === 0) && this.dags.every((dag) => this.#ticksOf(dag).every((start) => this.rows.runs.has(idOf(dag.name, start)))) && [...this.rows.runs.values()].every(({ state }) => state !== "queued" && state !== "running") && [...this.rows.alerts.values()].every(({ state }) => state !== "gathering");
  }

  #ticksOf({ schedule, start, end }: DagDecl): number[] {
    if (schedule.kind !== "every") return [];
    const ticks: number[] = [];
    for (let at = Date.parse(start as string); at <= Date.parse(end as string); at += hourMs) ticks.push(at);
    return ticks;
  }

  #checkEnd(): void {
    if (!this.#allOver()) {
      const stuck = [...this.rows.instances.values()].filter(({ run, state }) => !over.has(state) && ["queued", "running"].includes(this.rows.runs.get(run)?.state ?? "")).slice(0, 5);
      const missing = this.dags.flatMap((dag) => this.#ticksOf(dag).filter((start) => !this.rows.runs.has(idOf(dag.name, start))).map((start) => `${dag.name} ${new Date(start).toISOString()}`));
      throw new Error(`not all has ended: ${missing.slice(0, 3)} ${JSON.stringify([...this.rows.runs.values()].filter(({ state }) => state === "queued" || state === "running").slice(0, 3))} ${JSON.stringify(stuck)}`);
    }
    for (const kind of ["success", "deadline"] as const) {
      const told = [...this.rows.alerts.values()].reduce((sum, alert) => sum + (alert.kind === kind ? alert.count : 0), 0);
      if (told !== this.#news[kind]) throw new Error(`${told} alerts of ${this.#news[kind]} times that there was a ${kind}`);
    }
    this.#checkChildren();
    this.#checkUpdates();
    this.result.runs = this.rows.runs.size;
    this.result.attempts = this.rows.attempts.size;
    this.result.lost = [...this.rows.attempts.values()].filter(({ state }) => state === "lost").length;
  }

  /** Each task that has a run made of another DAG has it made once. */
  #checkChildren(): void {
    const children = Map.groupBy([...this.rows.runs.values()].filter(({ kind }) => kind === "dag"), ({ cause }) => (JSON.parse(cause as string) as { run: string }).run);
    for (const { run, task, state, note } of this.rows.instances.values()) {
      if (task !== "parent" || this.cleared.has(run) || (state !== "success" && state !== "failed") || note?.endsWith("does not exist")) continue;
      const made = children.get(run)?.length ?? 0;
      if (made !== 1) throw new Error(`the task of run ${run} has ${made} runs of the other DAG`);
    }
  }

  /** What waits for a dataset hears of each of its updates once. */
  #checkUpdates(): void {
    const heard = [...[...this.rows.runs.values()].filter(({ kind }) => kind === "dataset").flatMap(({ cause }) => JSON.parse(cause as string) as { cause: string }[]), ...(this.rows.dags.get("listener")?.updated ?? [])].map(({ cause }) => cause);
    const made = [...this.rows.instances.values()].filter((row) => row.state === "success" && this.#taskOf(row).updates.length > 0).map(({ run }) => run);
    const [heardOf, madeOf] = [heard, made].map((runs) => Map.groupBy(runs.filter((run) => !this.cleared.has(run)), (run) => run));
    for (const run of new Set([...heardOf.keys(), ...madeOf.keys()])) {
      if (heardOf.get(run)?.length !== madeOf.get(run)?.length) throw new Error(`run ${run} has made ${madeOf.get(run)?.length} updates, of which ${heardOf.get(run)?.length} were heard`);
    }
  }

  // What must never be

  /** Looks at what is about to be committed beside what stands. */
  checkCommit(shard: number, changes: Changes): void {
    for (const row of changes.attempts) this.#checkAttempt(row, this.rows.attempts.get(row.id));
    for (const row of changes.runs) this.#countNews(row, this.rows.runs.get(row.id));
    for (const row of changes.alerts) this.#checkAlert(row, this.rows.alerts.get(row.id));
    if (changes.fence < (this.#fences.get(shard) ?? 0)) throw new Error("the fence has gone back");
    this.#fences.set(shard, changes.fence);
  }

  #countNews(row: RunRow, before: RunRow | undefined): void {
    // A run may be cleared and succeed again in one step: all that was cleared is skipped.
    if (row.state === "success" && (before?.state !== "success" || before.clears !== row.clears)) this.#news.success++;
    const left = new Set(row.deadlines.map(({ at }) => at));
    for (const { at } of before?.deadlines ?? []) if (!left.has(at) && at <= this.now) this.#news.deadline++;
  }

  /** What is not gathered any more is the sender's, and no step may touch it. */
  #checkAlert(row: AlertRow, before: AlertRow | undefined): void {
    if (before && (before.state !== "gathering" || row.count < before.count)) throw new Error(`alert ${row.id} was ${before.state} for ${before.count} and is ${row.state} for ${row.count}`);
  }

  #checkThrottle({ attempts }: Changes): void {
    const starts = attempts.filter((row) => this.#taskOf(row).throttle && this.#queuedAt.get(row.id) !== row.queuedAt);
    for (const { id, queuedAt: at } of starts.sort((a, b) => a.queuedAt - b.queuedAt)) {
      this.#queuedAt.set(id, at);
      if (at < this.#throttledAt + throttleMs) throw new Error(`starts at ${this.#throttledAt} and ${at} are closer than their throttle lets`);
      this.#throttledAt = at;
    }
  }

  #checkAttempt(row: AttemptRow, before: AttemptRow | undefined): void {
    if (!before) return;
    if (attemptOver.has(before.state) && before.state !== row.state) throw new Error(`attempt ${row.id} went from ${before.state} to ${row.state}`);
    if (row.fence < before.fence) throw new Error(`attempt ${row.id}: its fence has gone back`);
  }

  /** Looks at what stands after a commit. */
  checkStore(changes: Changes): void {
    const { runs } = this.rows;
    this.#checkThrottle(changes);
    for (const row of changes.attempts) {
      if (attemptOver.has(row.state) || row.state === "deferred") this.#live.delete(row.id);
      else this.#live.set(row.id, row);
      const place = `${row.run}/${row.task}/${row.index}`;
      if (row.number >= (this.#newest.get(place)?.number ?? 0)) this.#newest.set(place, row);
    }
    const places = new Set<string>();
    const used = new Map<string, number>();
    const keyed = new Map<string, number>();
    for (const row of this.#live.values()) {
      const place = `${row.run}/${row.task}/${row.index}`;
      if (places.has(place)) throw new Error(`two live attempts of ${place}`);
      places.add(place);
      const { pool, slots, concurrency } = this.#taskOf(row);
      used.set(pool, (used.get(pool) ?? 0) + slots);
      if (concurrency) keyed.set(concurrency.key, (keyed.get(concurrency.key) ?? 0) + 1);
    }
    for (const [key, live] of keyed) if (live > keyMax) throw new Error(`key ${key} has ${live} live attempts`);
    for (const [pool, slots] of used) if (slots > (this.poolSlots.get(pool) as number)) throw new Error(`pool ${pool} has ${slots} slots taken`);
    for (const row of changes.instances) this.#checkInstance(row);
    for (const row of changes.runs) if (runs.get(row.id)?.dag !== row.dag) throw new Error("a run has changed its DAG");
  }

  /** One that its run's release has no more is as the other has it. */
  #taskOf({ run, task }: { run: string; task: string }): TaskDecl {
    const row = this.rows.runs.get(run) as RunRow;
    const tasks = [row.release, "r", "later"].flatMap((release) => this.declOf({ dag: row.dag, release }).tasks);
    return tasks.find(({ name }) => name === task) as TaskDecl;
  }

  declOf({ dag, release }: { dag: string; release: string }): DagDecl {
    return (release === "r" ? this.dags : this.later).find(({ name }) => name === dag) as DagDecl;
  }

  #checkInstance(row: InstanceRow): void {
    if (row.state === "success" && this.#taskOf(row).memo && row.note?.startsWith("not run")) return;
    const newest = this.#newest.get(`${row.run}/${row.task}/${row.index}`);
    if (newest && newest.number !== row.attempts) throw new Error(`${row.run}/${row.task}: ${row.attempts} attempts, but the newest is number ${newest.number}`);
    if (row.state === "success" && row.result && "json" in row.result) {
      const { by } = JSON.parse(row.result.json) as { by?: string };
      if (by !== undefined && (by !== `${newest?.id}/${newest?.fence}` || newest?.state !== "success")) throw new Error(`${row.run}/${row.task}: its result is of ${by}, a stale attempt`);
    }
  }

  /** A start that was granted: did the tasks before it stand as its rule asks? */
  checkStart(work: Work): void {
    if (this.cleared.has(work.run.id) || work.task.after.length === 0) return;
    const rows = this.stores[0].instancesOf(work.run.id);
    const tally: Tally = { total: 0, success: 0, failed: 0, skipped: 0, upstreamFailed: 0, removed: 0 };
    for (const name of work.task.after) {
      const up = rows.filter(({ task, index, state }) => task === name && state !== "removed" && (work.task.map === undefined || this.#taskOf({ run: work.run.id, task: name }).map !== work.task.map || index === work.index));
      tally.total += Math.max(up.length, 1);
      for (const { state } of up) {
        if (state === "success") tally.success++;
        else if (state === "skipped") tally.skipped++;
        else if (state === "upstream_failed") tally.upstreamFailed++;
        else if (over.has(state)) tally.failed++;
      }
    }
    if (verdictOf(work.task.trigger, tally) !== "run") throw new Error(`${work.run.id}/${work.task.name} started by ${work.task.trigger} with ${JSON.stringify(tally)} before it`);
  }
}

const news: Pick<DagDecl, "deadlines" | "alerts"> = { deadlines: [{ after: "start", ms: 120_000 }], alerts: [{ on: ["failure", "retry", "success", "deadline"], to: { kind: "webhook", url: "https://example.com/x" } }] };

/** Which tasks of other DAGs have runs made of. */
function childDag(simulation: Simulation): DagDecl {
  return dagDecl("child", [taskDecl("work", { timeoutMs: 600_000, retries: 2 })], { maxActiveRuns: 1 + simulation.pick(20), ...news });
}

/** Which runs when tasks of other DAGs have updated a dataset. */
function listenerDag(simulation: Simulation): DagDecl {
  return dagDecl("listener", [taskDecl("work", { timeoutMs: 600_000, retries: 2 })], { schedule: { kind: "onUpdate", datasets: ["orders"], when: "any", windowMs: simulation.pick(2) * 600_000 }, ...news });
}

const idOf = (dag: string, start: number): string => `${dag}.${new Date(start).toISOString().replaceAll(/[-:]|\.000/g, "")}`;

const rules: TriggerRule[] = ["all_success", "all_success", "all_success", "all_done", "none_failed", "one_success", "one_failed", "all_skipped", "none_failed_min_one_success", "none_skipped", "one_done", "always"];

function randomDag(simulation: Simulation, name: string, from: number, until: number): DagDecl {
  const past = simulation.chance() < 0.3;
  const count = 1 + simulation.pick(7);
  const tasks: TaskDecl[] = [];
  for (let i = 0; i < count; i++) {
    const after = tasks.filter(() => simulation.chance() < 0.4).map((task) => task.name);
    tasks.push(
      taskDecl(`t${i}`, {
        after,
        trigger: past ? "all_done" : rules[simulation.pick(rules.length)],
        // Those that wait for their past must come to a good end, or all after them would wait for ever, and rightly.
        retries: past && i === 0 ? 100 : simulation.pick(4),
        retryDelayMs: simulation.pick(60_000),
        backoff: simulation.chance() < 0.5 ? "fixed" : "exponential",
        timeoutMs: 600_000,
        pool: simulation.chance() < 0.3 ? "narrow" : "default",
        slots: 1 + simulation.pick(2),
        priority: simulation.pick(3),
        memo: simulation.chance() < 0.1 ? { key: "same", forMs: 2 * hourMs } : undefined,
        concurrency: simulation.chance() < 0.2 ? { key: `k${simulation.pick(2)}`, max: keyMax } : undefined,
        throttle: simulation.chance() < 0.1 ? { key: "api", everyMs: throttleMs, burst: 1 } : undefined,
        dependsOnPast: past && i === 0,
        updates: simulation.chance() < 0.1 ? ["orders"] : [],
        sensor: simulation.chance() < 0.1 ? { mode: "reschedule", everyMs: 30_000, timeoutMs: 300_000, soft: true } : undefined,
      }),
    );
  }
  if (!past && simulation.chance() < 0.4) tasks.push(taskDecl("parent", { kind: "dag", code: false, after: ["t0"], trigger: "all_done", settings: { dag: simulation.chance() < 0.9 ? "child" : "nowhere", params: {}, wait: simulation.chance() < 0.7 } }));
  const list = taskDecl("list", { retries: 5, retryDelayMs: 1_000, timeoutMs: 600_000 });
  const mapped = [taskDecl("m.a", { after: ["list"], map: "m", retries: 2, timeoutMs: 600_000 }), taskDecl("m.b", { after: ["m.a"], map: "m", trigger: "all_done", timeoutMs: 600_000 }), taskDecl("reduce", { after: ["m.b"], trigger: "all_done", timeoutMs: 600_000 })];
  const withMap = simulation.chance() < 0.4;
  const looped = [taskDecl("l.work", { map: "l", retries: 1, timeoutMs: 600_000 }), taskDecl("l.until", { after: ["l.work"], map: "l", retries: 5, timeoutMs: 600_000 }), taskDecl("looped", { after: ["l.until"], trigger: "all_done", timeoutMs: 600_000 })];
  const withLoop = simulation.chance() < 0.2;
  const maps: MapDecl[] = [];
  if (withMap) maps.push({ name: "m", over: { task: "list" }, itemsMax: 100 });
  if (withLoop) maps.push({ name: "l", over: { until: "l.until", everyMs: simulation.pick(20_000) }, itemsMax: 4 });
  return dagDecl(name, [...tasks, ...(withMap ? [list, ...mapped] : []), ...(withLoop ? looped : [])], {
    maps,
    schedule: { kind: "every", ms: hourMs, anchor: "1970-01-01T00:00:00Z" },
    catchup: { policy: "all" },
    start: new Date(from - simulation.pick(5) * hourMs).toISOString(),
    end: new Date(until - 2 * hourMs).toISOString(),
    maxActiveRuns: 1 + simulation.pick(4),
    maxActiveTasks: simulation.chance() < 0.3 ? 2 : undefined,
    jitterMs: simulation.pick(60_000),
    ...news,
  });
}

/** One task is gone, one is new, and those between are tried more or less often. What a task takes of its pool stays, or a restart would find the pool too full. */
function laterDag(simulation: Simulation, dag: DagDecl): DagDecl {
  const plain = dag.tasks.filter(({ name, dependsOnPast }) => /^t\d+$/.test(name) && !dependsOnPast);
  const gone = plain[simulation.pick(plain.length + 1)]?.name;
  const tasks = dag.tasks.filter(({ name }) => name !== gone).map((task) => ({ ...task, after: task.after.filter((name) => name !== gone), retries: Math.max(task.retries, simulation.pick(4)) }));
  const added = taskDecl("added", { after: tasks.filter(() => simulation.chance() < 0.3).map(({ name }) => name), trigger: "all_done", timeoutMs: 600_000 });
  return { ...dag, tasks: [...tasks, added] };
}

class SimulatedScheduler {
  readonly #simulation: Simulation;
  readonly #store: MemoryStore;
  readonly #name: string;
  #world: World | undefined;
  #epoch = 0;
  /** Grows with each life, so that timers of an earlier one fall flat. */
  #life = 0;
  #wakesAt = Infinity;
  #frozenUntil = 0;

  constructor(simulation: Simulation, store: MemoryStore, name: string) {
    this.#simulation = simulation;
    this.#store = store;
    this.#name = `${name}${store.shard}`;
  }

  /** Of the other plane. */
  get other(): SimulatedScheduler {
    return this.#simulation.rivalOf(this, this.#store.shard);
  }

  freeze(ms: number): void {
    this.#frozenUntil = this.#simulation.now + ms;
  }

  get isUp(): boolean {
    return this.#world !== undefined;
  }

  knows(run: string): boolean {
    return this.#world?.runs.has(run) ?? false;
  }

  boot(): void {
    const { dags, later, mint } = this.#simulation;
    const { epoch, unfinished } = this.#store.takeNow();
    this.#frozenUntil = 0;
    this.#world = new World(mint, this.#store);
    this.#epoch = epoch;
    this.#life++;
    this.#wakesAt = Infinity;
    this.#simulation.log(`${this.#name} takes the store: ${epoch}`);
    const pinned = dags.flatMap((dag, i) => (unfinished.runs.some((run) => run.dag === dag.name) ? [{ release: "r", dag }, { release: "later", dag: later[i] as DagDecl }] : []));
    this.take({ type: "restore", unfinished, pinned });
    this.take({ type: "register", release: "r", dags, made: new Map(), existing: new Map(), resting: false });
    this.take({ type: "time" });
    this.#lookForMail(this.#life);
  }

  /** Without being told, now and then: what tells it may get lost. */
  #lookForMail(life: number): void {
    if (life !== this.#life) return;
    this.fetchMail();
    this.#simulation.at(5_000, () => this.#lookForMail(life));
  }

  fetchMail(): void {
    if (this.#frozen) return;
    const life = this.#life;
    for (const { id, body } of this.#store.mail) if (life === this.#life) this.take({ type: "message", message: structuredClone(body) as unknown as Message }, undefined, [id]);
  }

  get #frozen(): boolean {
    return this.#simulation.now < this.#frozenUntil;
  }

  takeOver(): void {
    this.#simulation.result.takeovers++;
    this.boot();
  }

  crash(why: string): void {
    if (!this.#world) return;
    this.#world = undefined;
    this.#life++;
    this.#simulation.result.crashes++;
    this.#simulation.log(`${this.#name} crashes ${why}`);
    // Where nobody runs, someone is started.
    this.#simulation.at(1_000 + this.#simulation.pick(20_000), () => {
      if (!this.other.isUp && !this.isUp) this.boot();
    });
  }

  /** Steps, commits, acts; and may crash between any two of these. */
  take(event: Event, answer?: (value: unknown) => void, mail: number[] = []): void {
    const simulation = this.#simulation;
    const world = this.#world;
    if (!world) return;
    if (this.#frozen) return this.#takeLater(event, answer);
    let value: unknown;
    try {
      value = step(world, event, simulation.now);
    } catch (error) {
      if (!(error as { code?: string }).code) throw error;
      simulation.log(`${this.#name} refuses ${event.type}`);
      return;
    }
    if (simulation.fault(0.0005)) return this.crash("before a commit");
    const changes = world.takeChanges(mail);
    if (changes && !this.#commit(changes)) return;
    simulation.log(`${this.#name} ${event.type} ${JSON.stringify(changes ?? null)}`);
    if (simulation.fault(0.0005)) return this.crash("after a commit");
    const effects = world.takeEffects();
    answer?.(value);
    for (const effect of effects) this.#act(effect);
    for (const { to } of changes?.shard?.sent ?? []) simulation.send(() => simulation.schedulerOf(to).fetchMail());
    this.#sleep();
  }

  /** It does so as soon as it wakes, whatever has become of its shard. */
  #takeLater(event: Event, answer?: (value: unknown) => void): void {
    const life = this.#life;
    this.#simulation.at(this.#frozenUntil - this.#simulation.now, () => {
      if (life === this.#life) this.take(event, answer);
    });
  }

  #commit(changes: Changes): boolean {
    const store = this.#store;
    if (this.#epoch === store.epoch) this.#simulation.checkCommit(store.shard, changes);
    try {
      store.commitNow(this.#epoch, changes);
    } catch {
      this.crash("because another has the store");
      return false;
    }
    this.#simulation.checkStore(changes);
    return true;
  }

  #act(effect: Effect): void {
    const simulation = this.#simulation;
    if (effect.type === "offer") simulation.send(() => simulation.worker().hear(effect.hint));
    else if (effect.type === "stop") simulation.send(() => simulation.everyWorker((worker) => worker.stop(effect.attempt)));
    else if (effect.type === "past") {
      const { runs } = simulation.rows;
      const before = [...runs.values()].filter(({ dag, intervalStart, kind }) => dag === effect.dag && intervalStart < effect.start && effect.kinds.includes(kind)).sort((a, b) => a.intervalStart - b.intervalStart).at(-1);
      this.#answer(() => ({ type: "past", run: effect.run, previous: before ? simulation.storedRun(before.id) : null }));
    } else if (effect.type === "memo") {
      const { run, task, index, asked, key } = effect;
      const memo = simulation.rows.memos.get(key) ?? null;
      this.#answer(() => ({ type: "memo", run, task, index, asked, memo }));
    }
  }

  /** Comes a while later, or never when this life has ended by then. */
  #answer(event: () => Event): void {
    const life = this.#life;
    this.#simulation.at(this.#simulation.pick(50), () => {
      if (life === this.#life) this.take(event());
    });
  }

  #sleep(): void {
    const next = this.#world?.timers.key;
    if (next === undefined || next >= this.#wakesAt) return;
    this.#wakesAt = next;
    const life = this.#life;
    const oversleptMs = this.#simulation.fault(0.005) ? this.#simulation.pick(60_000) : 0;
    this.#simulation.at(Math.max(0, next - this.#simulation.now) + oversleptMs, () => {
      if (life !== this.#life || this.#wakesAt !== next) return;
      this.#wakesAt = Infinity;
      this.take({ type: "time" });
    });
  }
}

class SimulatedWorker {
  readonly #simulation: Simulation;
  #name: string;
  #frozenUntil = 0;
  readonly #running = new Map<string, Work>();

  constructor(simulation: Simulation) {
    this.#simulation = simulation;
    this.#name = simulation.mint();
    this.#beat();
  }

  #beat(): void {
    this.#simulation.at(5_000, () => {
      const name = this.#name;
      const attempts = [...this.#running.keys()];
      if (!this.#frozen && attempts.length > 0) this.#simulation.send(() => this.#simulation.everyScheduler((scheduler) => scheduler.take({ type: "alive", worker: name, attempts })));
      this.#beat();
    });
  }

  get #frozen(): boolean {
    return this.#simulation.now < this.#frozenUntil;
  }

  hear(hint: Hint): void {
    if (this.#frozen) return;
    const name = this.#name;
    this.#simulation.send(() =>
      this.#simulation.scheduler(hint.dag).take({ type: "start", attempt: hint.attempt, token: hint.token, worker: name }, (work) => {
        if (!work) return;
        this.#simulation.checkStart(work as Work);
        this.#simulation.send(() => name === this.#name && this.#begin(work as Work));
      }),
    );
  }

  #begin(work: Work): void {
    if (this.#running.has(work.attempt)) return;
    this.#running.set(work.attempt, work);
    const outcome = this.#outcomeOf(work);
    if (outcome !== "hangs") this.#finishIn(this.#simulation.pick(90_000), work, outcome);
  }

  /** Says how it has ended until it is answered. One that woke from a freeze says it too late, and says it all the same. */
  #finishIn(delayMs: number, work: Work, outcome: Outcome): void {
    const name = this.#name;
    this.#simulation.at(delayMs, () => {
      if (this.#name !== name || this.#running.get(work.attempt) !== work) return;
      if (this.#frozen) return this.#finishIn(this.#frozenUntil - this.#simulation.now + 1, work, outcome);
      this.#simulation.send(() => this.#simulation.scheduler(work.run.dag).take({ type: "end", attempt: work.attempt, fence: work.fence, outcome }, () => this.#simulation.send(() => this.stopWork(work))));
      this.#finishIn(10_000, work, outcome);
    });
  }

  stopWork(work: Work): void {
    if (this.#running.get(work.attempt) === work) this.#running.delete(work.attempt);
  }

  stop(attempt: string): void {
    this.#running.delete(attempt);
  }

  /** What the user's code does depends on what is run, and on nothing else. */
  #outcomeOf(work: Work): Outcome | "hangs" {
    const by = `${work.attempt}/${work.fence}`;
    if (work.task.name === "l.until") return { kind: "success", result: { json: String(this.#simulation.chance() < 0.5) } };
    if (work.task.name === "list") return { kind: "success", result: { json: JSON.stringify({ by }), items: this.#simulation.pick(5) } };
    const luck = this.#simulation.chance();
    if (work.task.sensor && work.looks < 3) return { kind: "deferred", ms: work.task.sensor.everyMs };
    if (work.task.dependsOnPast) return { kind: "success", result: { json: JSON.stringify({ by }) } };
    if (luck < 0.02) return "hangs";
    if (luck < 0.2) return { kind: "failed", error: { code: "MR-INTERNAL-001", what: "by chance", where: "here", mend: "none", retryable: false }, final: luck < 0.04 };
    if (luck < 0.25) return { kind: "skipped" };
    return { kind: "success", result: { json: JSON.stringify({ by }) } };
  }

  crash(): void {
    this.#running.clear();
    this.#simulation.log(`worker ${this.#name} crashes`);
    this.#name = this.#simulation.mint();
  }

  freeze(ms: number): void {
    this.#frozenUntil = this.#simulation.now + ms;
  }
}
