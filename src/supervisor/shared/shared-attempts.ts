import { asMillraceError } from "../../errors.ts";
import type { SharedFiles } from "../../files/shared-files.ts";
import type { ExecutorPort, Hint, Outcome, Work } from "../../scheduler/executor.ts";
import { type AttemptPlace, attemptText, placeOf } from "../tasks/attempt-place.ts";
import { reportEnd } from "../tasks/report-end.ts";
import { filesOf } from "../workers/work-files.ts";
import type { SharedLogs } from "./shared-logs.ts";

/** For how long a store that takes nothing is told that an attempt could not get its inputs, in milliseconds. */
const toldMs = 600_000;

export interface SharedAttemptsOptions {
  port: ExecutorPort;
  /** Over the folder of results in the data folder, in which executors read and write. */
  results: SharedFiles;
  logs: SharedLogs;
}

/**
 * The scheduler, as executors see it where several control planes share a bucket: what an attempt reads is in the data folder
 * before the executor has it, and what it has made is in the bucket before its end is told.
 */
export class SharedAttempts implements ExecutorPort {
  readonly #options: SharedAttemptsOptions;
  /** Attempts that run here, and on which worker. */
  readonly #running = new Map<string, { worker: string; place: AttemptPlace }>();

  constructor(options: SharedAttemptsOptions) {
    this.#options = options;
  }

  async start(hint: Hint, worker: string): Promise<Work | undefined> {
    const { port, results, logs } = this.#options;
    const work = await port.start(hint, worker);
    if (!work) return undefined;
    const place = placeOf(work);
    try {
      await Promise.all(filesOf(work).map((file) => results.bring(file)));
    } catch (error) {
      // It has started, and its worker lives: nobody else would say that it has ended.
      await reportEnd(port, { attempt: work.attempt, fence: work.fence, outcome: { kind: "failed", error: asMillraceError(error, attemptText(place)).toJSON() } }, AbortSignal.timeout(toldMs));
      return undefined;
    }
    this.#running.set(work.attempt, { worker, place });
    logs.watch(place);
    return work;
  }

  async end(attempt: string, fence: number, outcome: Outcome, dag?: string): Promise<boolean | "stale"> {
    const { port, results, logs } = this.#options;
    if (outcome.kind === "success" && outcome.result && "file" in outcome.result) await results.publish(outcome.result.file);
    const running = this.#running.get(attempt);
    if (running) await logs.settled(running.place);
    const taken = await port.end(attempt, fence, outcome, dag);
    if (taken !== "stale") this.#running.delete(attempt);
    return taken;
  }

  alive(worker: string, attempts?: string[]): void {
    this.#options.port.alive(worker, attempts);
  }

  async gone(worker: string): Promise<void> {
    for (const [attempt, running] of this.#running) {
      if (running.worker !== worker) continue;
      this.#running.delete(attempt);
      await this.#options.logs.settled(running.place);
    }
    await this.#options.port.gone(worker);
  }
}
