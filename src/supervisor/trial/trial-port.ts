import { type ErrorJson, MillraceError } from "../../errors.ts";
import type { ExecutorPort, Hint, Outcome, Work } from "../../scheduler/executor.ts";
import type { Swap } from "../../state/run-store.ts";
import { attemptText, placeOf } from "../tasks/attempt-place.ts";

export interface TrialPortOptions {
  work: Work;
  /** Makes visible what the attempt has written, where a trial keeps it; false when it must be prepared anew. */
  swap(swaps: readonly Swap[]): Promise<boolean>;
  /** Called when the attempt has used up its time. */
  onLate(why: string): void;
}

/** A timer of Node takes no longer time. */
const timerMsMax = 2 ** 31 - 1;

/** What an executor tells a scheduler, for one attempt that no scheduler knows of. */
export class TrialPort implements ExecutorPort {
  readonly #options: TrialPortOptions;
  readonly #ended = Promise.withResolvers<Outcome>();
  #worker: string | undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: TrialPortOptions) {
    this.#options = options;
  }

  /** How it has ended, whoever says so first. */
  get ended(): Promise<Outcome> {
    return this.#ended.promise;
  }

  async start(_hint: Hint, worker: string): Promise<Work> {
    const { work } = this.#options;
    const { timeoutMs = Infinity, totalTimeoutMs = Infinity } = work.task;
    const limitMs = Math.min(timeoutMs, totalTimeoutMs);
    this.#worker = worker;
    if (limitMs <= timerMsMax) this.#timer = setTimeout(() => this.#late(limitMs), limitMs);
    return work;
  }

  async end(_attempt: string, _fence: number, outcome: Outcome): Promise<boolean | "stale"> {
    if (outcome.kind === "success" && outcome.swaps && !(await this.#options.swap(outcome.swaps))) return "stale";
    this.#settle(outcome);
    return true;
  }

  alive(): void {
    // Nobody else waits for this attempt: it has no lease that could run out.
  }

  async gone(worker: string): Promise<void> {
    if (worker !== this.#worker) return;
    this.#settle({ kind: "failed", error: this.#error("MR-SCHED-005", "its worker process has ended before it", "look at what it logged last, and at the machine's memory") });
  }

  #late(limitMs: number): void {
    const what = `it has taken too long: ${limitMs / 1_000} s`;
    this.#settle({ kind: "failed", error: this.#error("MR-SCHED-006", what, "look at its log for what it waited on, or give it more time") });
    this.#options.onLate(what);
  }

  #settle(outcome: Outcome): void {
    clearTimeout(this.#timer);
    this.#ended.resolve(outcome);
  }

  #error(code: ErrorJson["code"], what: string, mend: string): ErrorJson {
    return new MillraceError(code, { what, where: attemptText(placeOf(this.#options.work)), mend }).toJSON();
  }
}
