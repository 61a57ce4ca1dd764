import { MillraceError } from "../../errors.ts";
import type { TaskKind } from "../../model/dag-manifest.ts";
import type { Executor, ExecutorPort, Hint, Outcome, Work } from "../../scheduler/executor.ts";
import type { ToWorkerEvent } from "./worker-protocol.ts";

/** A worker of a pool, as its attempts see it. */
export interface PoolWorker {
  readonly pool: string;
  tell(event: ToWorkerEvent): void;
}

/** Kinds that need nothing but code or a program: all others read the lake or the log where they lie. */
const kindsOfWorkers: ReadonlySet<TaskKind> = new Set(["task", "branch", "shortCircuit", "sensor", "http", "shell", "container"]);

/**
 * Runs attempts of some pools on workers that have joined. An offer goes to all workers of its pool; who has a place first
 * asks to start it, and the start decides. So a worker that dies, comes late or is slow holds up nothing but its own.
 */
export class RemoteTasks implements Executor {
  readonly #port: ExecutorPort;
  readonly #pools: ReadonlySet<string>;
  readonly #workers = new Set<PoolWorker>();
  /** Offers that nobody has started, by attempt. */
  readonly #open = new Map<string, Hint>();

  /** @param pools - those whose tasks of code and commands run on workers alone */
  constructor(port: ExecutorPort, pools: readonly string[]) {
    this.#port = port;
    this.#pools = new Set(pools);
  }

  /** Whether an attempt is for workers. */
  takes({ task }: Hint): boolean {
    return this.#pools.has(task.pool) && kindsOfWorkers.has(task.kind);
  }

  /** @throws MillraceError `MR-WORKER-003` for a pool whose tasks run beside the control plane */
  checkPool(pool: string): void {
    if (this.#pools.has(pool)) return;
    throw new MillraceError("MR-WORKER-003", { what: `tasks of pool "${pool}" run beside the control plane`, where: "the worker's purpose", mend: `name the pool in millrace.config.ts, workers: { pools: ["${pool}"] }, and bring Millrace up again` });
  }

  offer(hint: Hint): void {
    this.#open.set(hint.attempt, hint);
    for (const worker of this.#workers) if (worker.pool === hint.task.pool) worker.tell({ event: "offer", hint });
  }

  stop(attempt: string, why: string, graceMs: number): void {
    this.#open.delete(attempt);
    for (const worker of this.#workers) worker.tell({ event: "stop", attempt, why, graceMs });
  }

  /** A worker gets what is open; again with each connection, for what was said to the last one may not have come. */
  admit(worker: PoolWorker): void {
    this.#workers.add(worker);
    for (const hint of this.#open.values()) if (hint.task.pool === worker.pool) worker.tell({ event: "offer", hint });
  }

  dismiss(worker: PoolWorker): void {
    this.#workers.delete(worker);
  }

  /** @param token - of the offer that the worker saw: an attempt that is queued anew has another */
  async start(attempt: string, token: string, worker: PoolWorker, name: string): Promise<Work | undefined> {
    const hint = this.#open.get(attempt);
    if (!hint || hint.token !== token || hint.task.pool !== worker.pool) return undefined;
    const work = await this.#port.start(hint, name);
    // Started, or not to be started any more; one that came anew in between stays.
    if (this.#open.get(attempt) === hint) this.#open.delete(attempt);
    return work;
  }

  end(attempt: string, fence: number, outcome: Outcome): Promise<boolean | "stale"> {
    return this.#port.end(attempt, fence, outcome);
  }

  alive(name: string, attempts: string[]): void {
    this.#port.alive(name, attempts);
  }

  gone(name: string): Promise<void> {
    return this.#port.gone(name);
  }
}
