import { AsyncLocalStorage } from "node:async_hooks";
import { writeSync } from "node:fs";
import { type ErrorJson, MillraceError } from "../../errors.ts";
import type { Outcome } from "../../scheduler/executor.ts";
import { Mask } from "../secrets/mask.ts";
import { type AttemptLog, openWorkerLog } from "./attempt-log.ts";
import { attemptText, placeOf } from "./attempt-place.ts";
import { errorOutcome } from "./error-outcome.ts";
import type { CodeLoader } from "./load-code.ts";
import type { ResultStore } from "./result-store.ts";
import { renderAttempt, runAttempt } from "./run-attempt.ts";
import { beatDescriptor, type FromWorker, type WorkerBeat, type WorkMessage } from "./task-protocol.ts";
import { userError, wordsOf } from "./user-error.ts";

export interface WorkerAttemptsOptions {
  codeFolder: string;
  dataFolder: string;
  code: CodeLoader;
  results: ResultStore;
  tell(message: FromWorker): void;
  /** Called with the number of attempts at work whenever it changes. */
  onChange(count: number): void;
}

interface Running {
  work: WorkMessage;
  mask: Mask;
  log: AttemptLog;
  stop: AbortController;
  /** It was told how the attempt has ended. */
  over: boolean;
}

/** The attempts at work in this process. Knows at each moment whose code it is that runs. */
export class WorkerAttempts {
  readonly #options: WorkerAttemptsOptions;
  readonly #running = new Map<string, Running>();
  readonly #atHand = new AsyncLocalStorage<Running>();

  constructor(options: WorkerAttemptsOptions) {
    this.#options = options;
  }

  /** Undefined for code that goes on though its attempt has ended. */
  logAtHand(): AttemptLog | undefined {
    const running = this.#atHand.getStore();
    return running?.over ? undefined : running?.log;
  }

  run(work: WorkMessage): void {
    const mask = new Mask(work.secrets);
    const running: Running = { work, mask, log: openWorkerLog(this.#options.dataFolder, placeOf(work), mask), stop: new AbortController(), over: false };
    this.#running.set(work.attempt, running);
    this.#options.onChange(this.#running.size);
    void this.#atHand.run(running, () => this.#live(running));
  }

  stop(attempt: string, why: string): void {
    this.#running.get(attempt)?.stop.abort(new Error(why));
  }

  async #live(running: Running): Promise<void> {
    const { work, log, stop } = running;
    if (work.renders) {
      const rendered = await renderAttempt(this.#options, work, log, stop.signal);
      await this.#leave(running, { type: "rendered", attempt: work.attempt, rendered: rendered.ok ? rendered : { ok: false, outcome: running.mask.outcome(rendered.outcome) } });
    } else await this.#end(running, await runAttempt(this.#options, work, log, stop.signal));
  }

  #end(running: Running, outcome: Outcome): Promise<void> {
    const { attempt, fence, renders } = running.work;
    const told = running.mask.outcome(outcome);
    return this.#leave(running, renders ? { type: "rendered", attempt, rendered: { ok: false, outcome: told } } : { type: "end", attempt, fence, outcome: told });
  }

  /** The first word about an attempt's end is the one that counts. */
  async #leave(running: Running, message: FromWorker): Promise<void> {
    if (running.over) return;
    running.over = true;
    await running.log.close();
    this.#running.delete(running.work.attempt);
    this.#options.onChange(this.#running.size);
    this.#options.tell(message);
  }

  /** Finds whose code it was when something goes wrong that nobody waits for, or ends the process. */
  guard(): void {
    process.on("unhandledRejection", (error) => this.#astray("a promise was rejected and nobody waited for it", error));
    process.on("uncaughtException", (error) => {
      // What was under way in this code has been cut off in its middle: the process is not to be trusted with new work.
      this.#options.tell({ type: "leaving" });
      this.#astray("an error was thrown where nobody could catch it", error);
    });
    const exit = process.exit.bind(process);
    process.exit = ((code?: number) => {
      this.#note(code);
      return exit(code);
    }) as typeof process.exit;
  }

  #astray(what: string, error: unknown): void {
    const running = this.#atHand.getStore();
    if (running && !running.over) {
      const { work, log, stop } = running;
      const { codeFolder } = this.#options;
      const outcome = errorOutcome(error, { where: `${attemptText(placeOf(work))}; ${what}`, codeFolder, log });
      stop.abort(error);
      void this.#end(running, outcome);
      return;
    }
    const task = running && attemptText(placeOf(running.work));
    process.stderr.write(`${JSON.stringify({ level: 50, time: Date.now(), task, msg: `${what}: ${wordsOf(error)}`, stack: error instanceof Error ? error.stack : undefined })}\n`);
    this.#options.tell({ type: "leaving" });
  }

  /** Says at once, before the process is gone, which attempt it is that ends it. */
  #note(code: number | undefined): void {
    const running = this.#atHand.getStore();
    if (!running || running.over) return;
    const exit = new MillraceError("MR-TASK-005", { what: `the code ended its process with process.exit(${code ?? ""})`, where: "", mend: "return from the function, or throw, in place of ending the process: other tasks run in it too" });
    const error: ErrorJson = { ...exit.toJSON(), where: attemptText(placeOf(running.work)) };
    const stack = userError(new Error("process.exit"), error.where, this.#options.codeFolder).where;
    const beat: WorkerBeat = { culprit: running.work.attempt, error: { ...error, where: stack } };
    running.log.error(error.what);
    try {
      writeSync(beatDescriptor, `${JSON.stringify(beat)}\n`);
    } catch {
      // The control plane is gone, and so is the attempt.
    }
  }
}
