import type { DagDecl } from "../model/dag-manifest.ts";
import type { Changes } from "../state/run-store.ts";
import { dagDecl, taskDecl } from "./dag-for-tests.ts";
import type { Effect } from "./effects.ts";
import type { Event } from "./events.ts";
import type { Outcome, Work } from "./executor.ts";
import { Heap } from "./heap.ts";
import { MemoryStore } from "./memory-store-for-tests.ts";
import { step } from "./step.ts";
import { World } from "./world.ts";

/*
 * Hourly DAGs over a long time: the real step on a clock of its own, and a store that forgets what has ended. At the end of
 * each day the scheduler and its workers crash, and others go on. The same happens each time.
 */

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
const workerCount = 8;
const beatMs = 5_000;
const over = new Set<string>(["success", "failed", "cancelled"]);

export interface YearResult {
  runs: number;
  attempts: number;
  /** Attempts that have failed, or were lost in a crash. */
  again: number;
  events: number;
  commits: number;
  /** The most that there was of each at the end of a day. */
  most: { runs: number; attempts: number; timers: number; limits: number; storedRows: number };
}

/**
 * @param onDay - told after each simulated day
 * @throws Error at the first thing that must never be
 */
export function simulateYear(dags: number, days: number, onDay?: (day: number, result: Readonly<YearResult>) => void): YearResult {
  const year = new Year(dags, days);
  for (let day = 1; day <= days; day++) {
    year.liveUntil(day * dayMs);
    onDay?.(day, year.result);
    year.crash();
  }
  // What the last day has left, and the runs that fall due as it ends.
  year.liveUntil((days + 1) * dayMs);
  year.checkEnd();
  return year.result;
}

interface Message {
  event: Event;
  answer?(value: unknown): void;
}

interface Worker {
  name: string;
  attempts: Set<string>;
}

class Year {
  readonly result: YearResult = { runs: 0, attempts: 0, again: 0, events: 0, commits: 0, most: { runs: 0, attempts: 0, timers: 0, limits: 0, storedRows: 0 } };
  readonly #start = Date.UTC(2026, 0, 1);
  readonly #days: number;
  readonly #dags: DagDecl[];
  readonly #store = new MemoryStore();
  /** By DAG, where the interval ends that it has run last. */
  readonly #reached = new Map<string, number>();
  #now = this.#start;
  #minted = 0;
  // Of one life of the scheduler and its workers.
  #world = new World(() => "");
  #epoch = 0;
  #coming = new Heap<Message>();
  #workers: Worker[] = [];

  constructor(dags: number, days: number) {
    this.#days = days;
    this.#dags = Array.from({ length: dags }, (_, i) => hourly(`dag${i}`, this.#start, this.#start + days * dayMs));
    this.crash();
  }

  /** Nothing is left but the store. */
  crash(): void {
    const { epoch, unfinished } = this.#store.takeNow();
    const running = new Set(unfinished.runs.map(({ dag }) => dag));
    this.#epoch = epoch;
    this.#world = new World(() => `m${++this.#minted}`);
    this.#coming = new Heap();
    this.#workers = Array.from({ length: workerCount }, (_, i) => ({ name: `w${epoch}.${i}`, attempts: new Set() }));
    this.#take([
      { event: { type: "restore", unfinished, pinned: this.#dags.filter(({ name }) => running.has(name)).map((dag) => ({ release: "r", dag })) } },
      { event: { type: "register", release: "r", dags: this.#dags, made: new Map(), existing: new Map(), resting: false } },
    ]);
  }

  liveUntil(ms: number): void {
    const end = this.#start + ms;
    for (let next = this.#next(); next <= end; next = this.#next()) {
      this.#now = next;
      const messages: Message[] = (this.#world.timers.key ?? Infinity) <= next ? [{ event: { type: "time" } }] : [];
      while (this.#coming.key === next) messages.push(this.#coming.pop() as Message);
      this.#take(messages);
    }
    this.#now = end;
    this.#measure();
  }

  #next(): number {
    return Math.max(this.#now, Math.min(this.#coming.key ?? Infinity, this.#world.timers.key ?? Infinity));
  }

  /** What comes at the same time is one commit, as with the real scheduler; only then is it acted on. */
  #take(messages: Message[]): void {
    const answers = messages.map(({ event, answer }) => {
      const value = step(this.#world, event, this.#now);
      return () => answer?.(value);
    });
    this.result.events += messages.length;
    const changes = this.#world.takeChanges();
    if (changes) this.#commit(changes);
    for (const effect of this.#world.takeEffects()) this.#act(effect);
    for (const answer of answers) answer();
  }

  #commit(changes: Changes): void {
    this.result.commits++;
    for (const run of changes.runs) if (!this.#store.rows.runs.has(run.id)) this.#checkNew(run.dag, run.intervalStart, run.intervalEnd);
    for (const attempt of changes.attempts) {
      if (attempt.state === "running") this.result.attempts++;
      if (attempt.state === "failed" || attempt.state === "lost") this.result.again++;
    }
    this.#store.commitNow(this.#epoch, changes);
    for (const run of changes.runs) {
      if (!over.has(run.state)) continue;
      if (run.state !== "success") throw new Error(`run ${run.id} is ${run.state}`);
      this.result.runs++;
      this.#store.forget(run.id);
    }
  }

  /** Each hour has one run, and the hours come in order. */
  #checkNew(dag: string, start: number, end: number): void {
    const due = this.#reached.get(dag) ?? this.#start;
    if (start !== due || end !== due + hourMs) throw new Error(`${dag} has a run for ${new Date(start).toISOString()}, and the next was that of ${new Date(due).toISOString()}`);
    if (end > this.#now) throw new Error(`${dag} has a run for ${new Date(start).toISOString()} at ${new Date(this.#now).toISOString()}`);
    this.#reached.set(dag, end);
  }

  #act(effect: Effect): void {
    if (effect.type !== "offer") return;
    const { attempt, token } = effect.hint;
    const worker = this.#workers[numberOf(attempt) % workerCount];
    this.#send(numberOf(token) % 50, { event: { type: "start", attempt, token, worker: worker.name }, answer: (work) => work && this.#run(worker, work as Work) });
  }

  #run(worker: Worker, work: Work): void {
    const { attempt, fence, number } = work;
    if (worker.attempts.add(attempt).size === 1) this.#beat(worker);
    const outcome: Outcome = fence % 100 === 0 && number === 1 ? { kind: "failed", error: { code: "MR-TASK-001", what: "by plan", where: "here", mend: "none", retryable: true } } : { kind: "success" };
    this.#send(((fence * 7_919) % 250) * 100, { event: { type: "end", attempt, fence, outcome }, answer: () => worker.attempts.delete(attempt) });
  }

  /** Workers speak for as long as they have work. */
  #beat(worker: Worker): void {
    this.#send(beatMs, { event: { type: "alive", worker: worker.name, attempts: [...worker.attempts] }, answer: () => worker.attempts.size > 0 && this.#beat(worker) });
  }

  #send(inMs: number, message: Message): void {
    this.#coming.push(this.#now + inMs, message);
  }

  #measure(): void {
    const { runs, attempts, timers, limits } = this.#world;
    const { rows } = this.#store;
    const found = { runs: runs.size, attempts: attempts.size, timers: timers.size, limits: limits.size, storedRows: rows.runs.size + rows.instances.size + rows.attempts.size };
    for (const key of Object.keys(found) as (keyof typeof found)[]) this.result.most[key] = Math.max(this.result.most[key], found[key]);
  }

  checkEnd(): void {
    const { rows } = this.#store;
    if (rows.runs.size > 0) throw new Error(`${rows.runs.size} runs have not ended, as ${JSON.stringify(rows.runs.values().next().value)}`);
    const expected = this.#dags.length * this.#days * 24;
    if (this.result.runs !== expected) throw new Error(`${this.result.runs} runs have ended, and there were to be ${expected}`);
    for (const { name } of this.#dags) if (this.#reached.get(name) !== this.#start + this.#days * dayMs) throw new Error(`${name} has not come to its end`);
  }
}

const numberOf = (minted: string): number => Number(minted.slice(1));

function hourly(name: string, start: number, end: number): DagDecl {
  return dagDecl(name, [taskDecl("work", { retries: 2, retryDelayMs: 60_000, timeoutMs: 600_000 })], {
    schedule: { kind: "cron", expression: "0 * * * *", timezone: "UTC", gap: "shift", fold: "second" },
    start: new Date(start).toISOString(),
    end: new Date(end - hourMs).toISOString(),
    catchup: { policy: "all" },
  });
}
