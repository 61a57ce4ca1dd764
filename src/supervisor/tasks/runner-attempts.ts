import { randomUUID } from "node:crypto";
import { asMillraceError, MillraceError } from "../../errors.ts";
import { filledSettings } from "../../model/dags/templates.ts";
import type { TaskKind } from "../../model/dag-manifest.ts";
import type { ExecutorPort, Hint, Outcome, Work } from "../../scheduler/executor.ts";
import { Mask } from "../secrets/mask.ts";
import type { SecretVault } from "../secrets/secret-vault.ts";
import { type AttemptLog, openCommandLog } from "./attempt-log.ts";
import { attemptText, placeOf } from "./attempt-place.ts";
import { AttemptOver, type AttemptRunner, type Publication, type RunnerContext } from "./attempt-runner.ts";
import { errorOutcome } from "./error-outcome.ts";
import { reportEnd } from "./report-end.ts";
import type { Rendered } from "./task-protocol.ts";

export interface RunnerAttemptsOptions {
  port: ExecutorPort;
  runners: Partial<Record<TaskKind, AttemptRunner>>;
  codeFolder(release: string): string;
  dataFolder: string;
  secrets: SecretVault;
  /** Runs the user's code for the settings of an attempt. */
  render(work: Work, release: string, signal: AbortSignal): Promise<Rendered>;
  /** Attempts at once. Default 32. */
  atOnce?: number;
  onLine(line: string): void;
}

interface Active {
  attempt: string;
  worker: string;
  stop: AbortController;
  kill: AbortController;
  force?: NodeJS.Timeout;
  done: Promise<void>;
}

/** Half of what a lease may miss. */
const beatMs = 5_000;

/** Attempts that have processes of their own: each is its own worker to the scheduler, alive for as long as it runs. */
export class RunnerAttempts {
  readonly #options: RunnerAttemptsOptions;
  readonly #waiting = new Map<string, Hint>();
  readonly #active = new Set<Active>();
  readonly #closing = new AbortController();
  readonly #beat: NodeJS.Timeout;

  constructor(options: RunnerAttemptsOptions) {
    this.#options = options;
    this.#beat = setInterval(() => {
      for (const { worker } of this.#active) options.port.alive(worker);
    }, beatMs).unref();
  }

  offer(hint: Hint): void {
    if (this.#closing.signal.aborted) return;
    this.#waiting.set(hint.attempt, hint);
    this.#pump();
  }

  stop(attempt: string, why: string, graceMs: number): void {
    if (this.#waiting.delete(attempt)) return;
    for (const active of this.#active) {
      if (active.attempt !== attempt || active.stop.signal.aborted) continue;
      active.stop.abort(new Error(why));
      active.force = setTimeout(() => active.kill.abort(new Error(why)), graceMs);
    }
  }

  /** Resolves when nothing runs any more; what has not ended by then is ended by force. */
  async close(drainMs: number): Promise<void> {
    this.#waiting.clear();
    const all = Promise.all([...this.#active].map(({ done }) => done));
    const force = setTimeout(() => {
      this.#closing.abort();
      for (const { stop, kill } of this.#active) {
        stop.abort(new Error("Millrace ends"));
        kill.abort(new Error("Millrace ends"));
      }
    }, drainMs);
    await all;
    clearTimeout(force);
    clearInterval(this.#beat);
    this.#closing.abort();
  }

  #pump(): void {
    for (const hint of this.#waiting.values()) {
      if (this.#active.size >= (this.#options.atOnce ?? 32)) return;
      this.#waiting.delete(hint.attempt);
      const active: Active = { attempt: hint.attempt, worker: `${hint.task.kind}-${randomUUID()}`, stop: new AbortController(), kill: new AbortController(), done: Promise.resolve() };
      this.#active.add(active);
      active.done = this.#live(hint, active).finally(() => {
        clearTimeout(active.force);
        this.#active.delete(active);
        this.#pump();
      });
    }
  }

  async #live(hint: Hint, { worker, stop, kill }: Active): Promise<void> {
    const { port, onLine } = this.#options;
    const work = await port.start(hint, worker).catch((error: Error) => {
      onLine(JSON.stringify({ level: 40, time: Date.now(), attempt: hint.attempt, msg: `an attempt could not be started: ${error.message}` }));
      return undefined;
    });
    if (!work) return;
    const { secrets, missing } = this.#secretsOf(work);
    const mask = new Mask(secrets);
    const log = openCommandLog(this.#options.dataFolder, placeOf(work), mask);
    try {
      const outcome = stop.signal.aborted ? undefined : (missing ?? (await this.#outcome(hint, work, { secrets, mask, log, signal: stop.signal, killed: kill.signal })));
      // Whoever stopped it knows how it ended, and wants to know that nothing of it is left.
      if (!outcome || stop.signal.aborted) return await port.gone(worker).catch(() => undefined);
      await this.#end(hint, work, log, outcome.kind === "publication" ? outcome : mask.outcome(outcome));
    } finally {
      await log.close();
    }
  }

  #secretsOf(work: Work): { secrets: Record<string, string>; missing?: Outcome } {
    try {
      return { secrets: this.#options.secrets.read(work.task.secrets, attemptText(placeOf(work))) };
    } catch (error) {
      return { secrets: {}, missing: { kind: "failed", error: asMillraceError(error, "the secrets").toJSON() } };
    }
  }

  async #end(hint: Hint, work: Work, log: AttemptLog, outcome: Outcome | Publication): Promise<void> {
    const { port, codeFolder } = this.#options;
    const { attempt, fence } = work;
    const tell = async (told: Outcome): Promise<boolean | "stale"> => {
      // Who hears of the end may read all of the log.
      await log.written();
      return reportEnd(port, { attempt, fence, outcome: told }, this.#closing.signal);
    };
    if (outcome.kind !== "publication") return void (await tell(outcome));
    try {
      await outcome.publish((swaps) => tell({ kind: "success", result: outcome.result, swaps }));
    } catch (error) {
      await tell(errorOutcome(error, { where: attemptText(placeOf(work)), codeFolder: codeFolder(hint.release), log }));
    }
  }

  async #outcome(hint: Hint, work: Work, own: Pick<RunnerContext, "log" | "mask" | "secrets" | "signal" | "killed">): Promise<Outcome | Publication> {
    const { runners, codeFolder, render } = this.#options;
    const where = attemptText(placeOf(work));
    const folder = codeFolder(hint.release);
    const context: RunnerContext = {
      ...own,
      where,
      codeFolder: folder,
      settings: async () => {
        if (!work.task.code) return filledSettings(work.task, { ...work.run, secrets: own.secrets });
        const rendered = await render(work, hint.release, own.signal);
        if (rendered.ok) return rendered.settings;
        throw new AttemptOver(rendered.outcome);
      },
    };
    try {
      const runner = runners[work.task.kind];
      if (!runner) throw new MillraceError("MR-TASK-004", { what: `nothing here runs ${work.task.kind} tasks`, where, mend: "start Millrace with the version that made the manifest" });
      return await runner.run(work, context);
    } catch (error) {
      return error instanceof AttemptOver ? error.outcome : errorOutcome(error, { where, codeFolder: folder, log: own.log });
    }
  }
}
