import type { Json } from "../../model/manifest.ts";
import type { Outcome, Work } from "../../scheduler/executor.ts";
import type { StoredResult, Swap } from "../../state/run-store.ts";
import type { Mask } from "../secrets/mask.ts";
import type { AttemptLog } from "./attempt-log.ts";

/** What an attempt that does not run in a warm worker is given. */
export interface RunnerContext {
  /** Aborted when the attempt should stop. */
  signal: AbortSignal;
  /** Aborted when its grace is over: what still runs of it must be ended by force. */
  killed: AbortSignal;
  log: AttemptLog;
  /** Takes the secrets of the attempt out of what it prints. */
  mask: Mask;
  /** Those that the task names, by name. */
  secrets: Readonly<Record<string, string>>;
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

/** A success whose output becomes visible in the very commit that records it. */
export interface Publication {
  kind: "publication";
  result?: StoredResult;
  /**
   * Prepares the output and calls `end` with what makes it visible; again, with what was prepared anew, as long as the answer
   * is "stale".
   */
  publish(end: (swaps: Swap[]) => Promise<boolean | "stale">): Promise<void>;
}

/**
 * Runs attempts of one kind, each in processes of its own. Resolves when nothing of the attempt runs any more, and rejects
 * with an error for what went wrong.
 */
export interface AttemptRunner {
  run(work: Work, context: RunnerContext): Promise<Outcome | Publication>;
}

/** Carries an outcome past the code between. */
export class AttemptOver extends Error {
  readonly outcome: Outcome;

  constructor(outcome: Outcome) {
    super(`the attempt is over: ${outcome.kind}`);
    this.outcome = outcome;
  }
}
