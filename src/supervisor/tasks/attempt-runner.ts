import type { Json } from "../../model/manifest.ts";
import type { Outcome, Work } from "../../scheduler/executor.ts";
import type { AttemptLog } from "./attempt-log.ts";

/** What an attempt that does not run in a warm worker is given. */
export interface RunnerContext {
  /** Aborted when the attempt should stop. */
  signal: AbortSignal;
  /** Aborted when its grace is over: what still runs of it must be ended by force. */
  killed: AbortSignal;
  log: AttemptLog;
  /** The attempt, for messages. */
  where: string;
  /** The folder of the release's code. */
  codeFolder: string;
  /**
   * What it is to run: `settings` of the declaration, or what the user's code makes of the run and its inputs.
   * @throws AttemptOver when that code has failed, or skipped the task
   */
  settings(): Promise<Json | undefined>;
}

/**
 * Runs attempts of one kind, each in processes of its own. Resolves when nothing of the attempt runs any more, and rejects
 * with an error for what went wrong. Called anew when the swaps of a success could not be made, for others came first.
 */
export interface AttemptRunner {
  run(work: Work, context: RunnerContext): Promise<Outcome>;
}

/** Carries an outcome past the code between. */
export class AttemptOver extends Error {
  readonly outcome: Outcome;

  constructor(outcome: Outcome) {
    super(`the attempt is over: ${outcome.kind}`);
    this.outcome = outcome;
  }
}
