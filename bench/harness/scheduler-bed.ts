import { randomUUID } from "node:crypto";
import { join } from "node:path";
import type { DagDecl } from "../../src/model/dag-manifest.ts";
import type { Outcome, Work } from "../../src/scheduler/executor.ts";
import { Scheduler } from "../../src/scheduler/scheduler.ts";
import { sqliteRuns } from "../../src/state/sqlite-runs.ts";
import { type Counted, countTransitions } from "./count-transitions.ts";
import { InstantExecutor } from "./instant-executor.ts";

/** The scheduler over its SQLite store, as the control plane has them, and nothing else. */
export class SchedulerBed {
  /** From opening the store until runs could be triggered. */
  readonly openSeconds: number;
  readonly #store: Counted;
  readonly #scheduler: Scheduler;
  readonly #waiting: Map<string, () => void>;

  private constructor(store: Counted, scheduler: Scheduler, waiting: Map<string, () => void>, openSeconds: number) {
    this.#store = store;
    this.#scheduler = scheduler;
    this.#waiting = waiting;
    this.openSeconds = openSeconds;
  }

  static async open(folder: string, dags: DagDecl[], outcome: (work: Work) => Outcome = () => ({ kind: "success" })): Promise<SchedulerBed> {
    const startMs = performance.now();
    const store = countTransitions(await sqliteRuns(join(folder, "state.db")));
    const waiting = new Map<string, () => void>();
    const ended = ({ id }: { id: string }): void => waiting.get(id)?.();
    const logger = { warn: console.error, error: console.error };
    const scheduler = await Scheduler.open({ store: store.store, holder: "bench", clock: Date.now, mint: randomUUID, logger, declarationOf: () => undefined, onRunEnded: ended });
    scheduler.attach(new InstantExecutor(scheduler, outcome));
    await scheduler.register("bench", dags);
    return new SchedulerBed(store, scheduler, waiting, (performance.now() - startMs) / 1000);
  }

  /** Seconds until a run of each of these DAGs, all triggered at once, has ended and is on disk. */
  async through(dags: readonly string[]): Promise<number> {
    const startMs = performance.now();
    const ends = dags.map(async (dag) => {
      const { id } = await this.#scheduler.trigger({ dag, kind: "manual", params: {} });
      if (this.#scheduler.world.runs.has(id)) await new Promise<void>((resolve) => this.#waiting.set(id, resolve));
      this.#waiting.delete(id);
    });
    await Promise.all(ends);
    return (performance.now() - startMs) / 1000;
  }

  /** States of runs, tasks and attempts that commits have changed so far. */
  get transitions(): number {
    return this.#store.transitions;
  }

  async close(): Promise<void> {
    await this.#scheduler.close();
    await this.#store.store.close();
  }
}
