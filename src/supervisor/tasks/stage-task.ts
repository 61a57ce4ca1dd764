import type { Outcome, Work } from "../../scheduler/executor.ts";
import type { AttemptRunner, RunnerContext } from "./attempt-runner.ts";

/** Lets a stage do all that its inputs hold now. */
export type RunStageToEnd = (stage: string, signal: AbortSignal) => Promise<{ records: number }>;

/** Runs tasks that are a bounded run of a streaming stage. */
export class StageTasks implements AttemptRunner {
  readonly #runToEnd: RunStageToEnd;

  constructor(runToEnd: RunStageToEnd) {
    this.#runToEnd = runToEnd;
  }

  async run(_work: Work, { settings, signal, log }: RunnerContext): Promise<Outcome> {
    const { stage } = (await settings()) as { stage: string };
    const { records } = await this.#runToEnd(stage, signal);
    log.info("the stage has done all that there was", { stage, records });
    return { kind: "success", result: { json: JSON.stringify({ records }) } };
  }
}
