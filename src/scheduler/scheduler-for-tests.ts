import type { DagDecl } from "../model/dag-manifest.ts";
import type { AttemptState, InstanceState, RunRow } from "../state/run-store.ts";
import type { Executor, Hint, Outcome, Work } from "./executor.ts";
import { explain, type WaitReason } from "./explain.ts";
import { MemoryStore } from "./memory-store-for-tests.ts";
import { Scheduler } from "./scheduler.ts";

type Behaviour = (work: Work) => Outcome | Promise<Outcome>;

export const ok: Outcome = { kind: "success" };
export const failed: Extract<Outcome, { kind: "failed" }> = { kind: "failed", error: { code: "MR-SCHED-006", what: "it failed", where: "here", mend: "none", retryable: false } };

/** `task`, and in a map `task.index`. */
const nameOf = ({ task, index }: { task: string; index: number }): string => (index < 0 ? task : `${task}.${index}`);

/** Longest step of a clock that is moved by hand while something runs: shorter than a lease, so that who speaks at each step keeps it. */
const strideMs = 10_000;

/** Runs attempts in this process, each by what the test says of its task. */
class HereExecutor implements Executor {
  scheduler!: Scheduler;
  /** In the order of their starts. */
  readonly ran: string[] = [];
  readonly works: Work[] = [];
  readonly stopped: string[] = [];
  /** While true nothing is taken up, as where every worker is busy. */
  deaf = false;
  readonly #behave: Behaviour;

  constructor(behave: Behaviour) {
    this.#behave = behave;
  }

  offer(hint: Hint): void {
    if (!this.deaf) void this.#run(hint);
  }

  stop(attempt: string): void {
    this.stopped.push(attempt);
  }

  async #run(hint: Hint): Promise<void> {
    const work = await this.scheduler.start(hint, "here");
    if (!work) return;
    this.works.push(work);
    this.ran.push(nameOf({ task: work.task.name, index: work.index }));
    await this.scheduler.end(work.attempt, work.fence, await this.#behave(work));
  }
}

/** Tasks that are held until the test lets them go, by name. */
export class Gates {
  readonly #waiting = new Map<string, ((outcome: Outcome) => void)[]>();

  /** For a behaviour: ends when the test opens the gate of that name. */
  hold(name: string): Promise<Outcome> {
    return new Promise((resolve) => this.#waiting.set(name, [...(this.#waiting.get(name) ?? []), resolve]));
  }

  held(name: string): number {
    return this.#waiting.get(name)?.length ?? 0;
  }

  /** Lets the one go that has waited longest. */
  open(name: string, outcome: Outcome = ok): void {
    const first = this.#waiting.get(name)?.shift();
    if (!first) throw new Error(`nothing waits at ${name}`);
    first(outcome);
  }
}

export interface BedOptions {
  /** Where the clock stands, which then moves only by `pass`. Absent: the real time. */
  now?: number;
  store?: MemoryStore;
  release?: string;
  /** Nothing is taken up from the beginning. */
  deaf?: boolean;
}

/** A scheduler over a store in memory, whose tasks do in this process what the test says. */
export async function schedulerBed(dags: DagDecl[], behave: Behaviour = () => ok, { now, store = new MemoryStore(), release = "r1", deaf = false }: BedOptions = {}) {
  const executor = new HereExecutor(behave);
  executor.deaf = deaf;
  let at = now ?? 0;
  const clock = now === undefined ? Date.now : (): number => at;
  let minted = store.rows.attempts.size * 1_000;
  const ended = new Map<string, () => void>();
  const troubles: object[] = [];
  const logger = { warn: (fields: object) => void troubles.push(fields), error: (fields: object) => void troubles.push(fields) };
  const scheduler = await Scheduler.open({ store, holder: "test", clock, mint: () => `m${++minted}`, logger, declarationOf: (_, dag) => dags.find(({ name }) => name === dag), onRunEnded: ({ id }) => ended.get(id)?.() });
  executor.scheduler = scheduler;
  scheduler.attach(executor);
  await scheduler.register(release, dags);

  const bed = {
    store,
    executor,
    scheduler,
    /** Whatever the scheduler complained of. */
    troubles,
    now: clock,
    /** All that was asked so far is on disk. */
    settled: (): Promise<void> => scheduler.gone("nobody"),
    /** Moves the clock on, timer by timer; the worker speaks all the time, unless it is `silent`. */
    async pass(ms: number, { silent = false }: { silent?: boolean } = {}): Promise<void> {
      await bed.quiet();
      for (const end = at + ms; at < end; ) {
        const { timers, attempts } = scheduler.world;
        const busy = [...attempts.values()].some(({ row }) => row.state === "running");
        at = Math.min(end, Math.max(at, timers.key ?? end), busy ? at + strideMs : end);
        if (!silent && busy) scheduler.alive("here");
        await bed.quiet();
      }
    },
    /** Nobody is there for a while: the machine sleeps. */
    async sleep(ms: number): Promise<void> {
      await bed.quiet();
      at += ms;
      await bed.quiet();
    },
    /** What can happen by itself at this time has happened. */
    async quiet(): Promise<void> {
      const { timers, attempts } = scheduler.world;
      do {
        await bed.settled();
        await new Promise((done) => setImmediate(done));
      } while ((timers.key ?? Infinity) <= at || (!executor.deaf && [...attempts.values()].some(({ row }) => row.state === "queued")));
    },
    /** The state of each task in a run, those too that only wait. */
    states(run: string): Record<string, InstanceState> {
      const live = scheduler.world.runs.get(run)?.cells.flat().map(({ row }) => row);
      return Object.fromEntries((live?.length ? live : store.instancesOf(run)).map((row) => [nameOf(row), row.state]));
    },
    row: (run: string): RunRow => store.rows.runs.get(run) as RunRow,
    async trigger(dag: string, interval?: { start: number; end: number }): Promise<string> {
      return (await scheduler.trigger({ dag, kind: "manual", params: {}, interval })).id;
    },
    async end(id: string): Promise<{ id: string; state: RunRow["state"]; tasks: Record<string, InstanceState> }> {
      if (scheduler.world.runs.has(id)) await new Promise<void>((done) => ended.set(id, done));
      return { id, state: bed.row(id).state, tasks: bed.states(id) };
    },
    async run(dag: string): Promise<{ id: string; state: RunRow["state"]; tasks: Record<string, InstanceState> }> {
      return bed.end(await bed.trigger(dag));
    },
    async attempts(run: string, task: string, index?: number): Promise<[number, AttemptState][]> {
      return (await store.attempts(run, task, index)).map(({ number, state }) => [number, state]);
    },
    explain(run: string, task: string, index = -1): WaitReason[] {
      const found = scheduler.world.runs.get(run);
      return found ? explain(scheduler.world, found, task, index) : [];
    },
    runsOf: (dag: string): RunRow[] => [...store.rows.runs.values()].filter((row) => row.dag === dag).sort((a, b) => a.intervalStart - b.intervalStart || a.createdAt - b.createdAt),
  };
  return bed;
}
