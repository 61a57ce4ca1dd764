import type { Executor, ExecutorPort, Hint, Outcome, Work } from "../../src/scheduler/executor.ts";

/** Ends each attempt as soon as it has started, by what is said of its task; there is no worker. */
export class InstantExecutor implements Executor {
  readonly #port: ExecutorPort;
  readonly #outcome: (work: Work) => Outcome;

  constructor(port: ExecutorPort, outcome: (work: Work) => Outcome = () => ({ kind: "success" })) {
    this.#port = port;
    this.#outcome = outcome;
  }

  offer(hint: Hint): void {
    void this.#run(hint);
  }

  stop(): void {}

  async #run(hint: Hint): Promise<void> {
    const work = await this.#port.start(hint, "bench");
    if (work) await this.#port.end(work.attempt, work.fence, this.#outcome(work));
  }
}
