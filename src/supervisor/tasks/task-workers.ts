import { randomUUID } from "node:crypto";
import { availableParallelism } from "node:os";
import { asMillraceError, type ErrorJson, MillraceError } from "../../errors.ts";
import type { SecretVault } from "../secrets/secret-vault.ts";
import type { ExecutorPort, Hint, Outcome, Work } from "../../scheduler/executor.ts";
import { attemptText, placeOf } from "./attempt-place.ts";
import { reportEnd } from "./report-end.ts";
import { TaskProcess } from "./task-process.ts";
import type { Rendered, WorkMessage } from "./task-protocol.ts";
import { messageOf } from "./work-message.ts";

export interface TaskWorkersOptions {
  port: ExecutorPort;
  /** The folder of a release's code, absolute. */
  codeFolder(release: string): string;
  dataFolder: string;
  compileCache: string;
  secrets: SecretVault;
  /** Processes at once whose event loop turns. Default: the machine's cores, 2 at least. */
  processes?: number;
  /** Attempts at once in a process. Default 16: with 8, half as many short tasks go through the commits of the store. */
  places?: number;
  /** Most memory for JavaScript objects of a process, in MiB. Default 1,024. */
  heapMiB?: number;
  /** A process that had no work for so long ends, in milliseconds. Default 60,000. */
  idleMs?: number;
  /** Longest time for importing a DAG's module, in milliseconds. Default 60,000. */
  importMs?: number;
  /** Lines that a process says outside of any attempt. */
  onLine(line: string): void;
}

/** Something that waits for a place in a process. */
interface Waiting {
  id: string;
  /** An attempt that has yet to be started. */
  hint?: true;
  release: string;
  /** It needs a process to itself: it asks for one, or one that it ran in has died. */
  alone: boolean;
  /** That process, once it has been asked for. */
  own?: TaskProcess;
  begin(process: TaskProcess): void;
  /** No process can be had. */
  refuse(error: ErrorJson): void;
}

/** Starts in a row that failed, after which those that wait are told. */
const fruitlessMax = 3;
const backoffMsMax = 5_000;
/** Waiting ones that may be passed over in a search for one that can be placed. */
const passedMax = 64;
/** Processes in all, those that stand still or hold an old release included, per process wanted; as many again may run one attempt each. */
const beyondFactor = 4;

/**
 * Runs attempts in warm processes, several in each. Hints without a free place wait in order, and are started only when
 * there is one. A release that has work gets a process, whatever the others have.
 */
export class TaskWorkers {
  readonly #options: TaskWorkersOptions;
  readonly #processesMax: number;
  readonly #places: number;
  readonly #processes = new Set<TaskProcess>();
  /** By attempt, in the order of coming. */
  readonly #waiting = new Map<string, Waiting>();
  /** Attempts between their place and their process. */
  readonly #starting = new Map<TaskProcess, Map<Hint, Promise<void>>>();
  readonly #calledOff = new WeakSet<Hint>();
  readonly #fruitless = new Map<string, { count: number; until: number }>();
  readonly #closing = new AbortController();
  readonly #idleTimer: NodeJS.Timeout;
  #warm: readonly string[] = [];
  #held = false;
  #onEmpty: (() => void) | undefined;

  constructor(options: TaskWorkersOptions) {
    this.#options = options;
    this.#processesMax = options.processes ?? Math.max(2, availableParallelism());
    this.#places = options.places ?? 16;
    const idleMs = options.idleMs ?? 60_000;
    this.#idleTimer = setInterval(() => this.#endIdle(idleMs), Math.min(idleMs, 5_000)).unref();
  }

  /** Keeps a process of each of these releases ready, though there is nothing to do. */
  keepWarm(releases: readonly string[]): void {
    this.#warm = releases;
    this.#heat();
  }

  /** From now on nothing is started; what makes the settings of others still is. */
  hold(): void {
    this.#held = true;
    for (const [attempt, { hint }] of this.#waiting) if (hint) this.#waiting.delete(attempt);
  }

  offer(hint: Hint): void {
    if (this.#held) return;
    this.#wait({
      id: hint.attempt,
      hint: true,
      release: hint.release,
      alone: hint.lost > 0 || hint.task.isolated === true,
      begin: (process) => this.#begin(process, hint),
      refuse: (error) => void this.#fail(hint, error),
    });
  }

  stop(attempt: string, why: string, graceMs: number): void {
    const waiting = this.#waiting.get(attempt);
    if (waiting) {
      this.#waiting.delete(attempt);
      waiting.own?.leave();
      return;
    }
    for (const process of this.#processes) {
      if (process.has(attempt)) {
        process.stop(attempt, why, graceMs);
        return;
      }
      for (const hint of this.#starting.get(process)?.keys() ?? []) if (hint.attempt === attempt) this.#calledOff.add(hint);
    }
  }

  /**
   * Runs what makes the settings of an attempt that is carried out elsewhere.
   * @param signal - ends the wait and the code; what the promise then says does not matter
   */
  async render(work: Work, release: string, signal: AbortSignal): Promise<Rendered> {
    const first = await this.#renderIn(work, release, signal, false);
    // Others were in the process that died: whose fault it was shows when it runs alone.
    return first === "lost" ? ((await this.#renderIn(work, release, signal, true)) as Rendered) : first;
  }

  #renderIn(work: Work, release: string, signal: AbortSignal, alone: boolean): Promise<Rendered | "lost"> {
    const message = { ...messageOf(work), secrets: this.#options.secrets.read(work.task.secrets, attemptText(placeOf(work))) };
    return new Promise((resolve) => {
      const stop = (): void => {
        this.stop(work.attempt, String(signal.reason), work.task.graceMs);
        failed(new MillraceError("MR-TASK-005", { what: "the attempt was stopped", where: attemptText(placeOf(work)), mend: "run the task again" }).toJSON());
      };
      signal.addEventListener("abort", stop, { once: true });
      const failed = (error: ErrorJson): void => resolve({ ok: false, outcome: { kind: "failed", error } });
      this.#wait({
        id: work.attempt,
        release,
        alone,
        begin: (process) => process.run({ ...message, renders: true }, { rendered: resolve, died: (error) => (error ? failed(error) : resolve("lost")) }),
        refuse: failed,
      });
    });
  }

  /** Ends when nothing runs any more, or by force. What waits is left to whoever comes next. */
  async close(drainMs: number): Promise<void> {
    this.#waiting.clear();
    this.#warm = [];
    clearInterval(this.#idleTimer);
    const empty = new Promise<void>((resolve) => {
      this.#onEmpty = resolve;
    });
    for (const process of this.#processes) process.leave();
    const force = setTimeout(() => {
      for (const process of this.#processes) process.kill();
    }, drainMs);
    if (this.#processes.size > 0) await empty;
    clearTimeout(force);
    this.#closing.abort();
  }

  get processes(): { worker: string; pid: number | undefined; release: string; attempts: number; lagMs: number }[] {
    return [...this.#processes].map(({ worker, pid, release, taken, lagMs }) => ({ worker, pid, release, attempts: taken, lagMs }));
  }

  #wait(waiting: Waiting): void {
    if (this.#onEmpty) return;
    // A hint may come again, and with another token.
    this.#waiting.set(waiting.id, { ...waiting, own: this.#waiting.get(waiting.id)?.own });
    this.#pump();
  }

  /** Gives out what places there are, in order; some that cannot be placed do not hold up those behind them. */
  #pump(): void {
    let passed = 0;
    for (const waiting of this.#waiting.values()) {
      const process = waiting.alone ? this.#ownProcess(waiting) : this.#sharedProcess(waiting.release);
      if (process) {
        this.#waiting.delete(waiting.id);
        process.take();
        waiting.begin(process);
      } else if (++passed === passedMax) return;
    }
  }

  #ownProcess(waiting: Waiting): TaskProcess | undefined {
    if (waiting.own?.gone) waiting.own = undefined;
    const exclusive = [...this.#processes].filter((process) => process.exclusive).length;
    if (!waiting.own && exclusive < this.#processesMax * beyondFactor && this.#mayStart(waiting.release)) waiting.own = this.#spawn(waiting.release, true);
    return waiting.own && waiting.own.room > 0 ? waiting.own : undefined;
  }

  /** The one with the least to do. While all have something, another one is made beside them. */
  #sharedProcess(release: string): TaskProcess | undefined {
    let best: TaskProcess | undefined;
    for (const process of this.#processes) {
      if (process.release === release && !process.exclusive && process.room > 0 && process.taken < (best?.taken ?? Number.POSITIVE_INFINITY)) best = process;
    }
    if (!best || best.taken > 0) this.#grow(release);
    return best;
  }

  /** Those that stand still count for nothing: work that blocks its process must not keep all the rest from running. */
  #grow(release: string): void {
    const shared = [...this.#processes].filter(({ exclusive, leaving, blocked }) => !exclusive && !leaving && !blocked);
    const own = shared.filter((process) => process.release === release);
    if (own.some(({ ready }) => !ready) || !this.#mayStart(release)) return;
    const full = [...this.#processes].filter(({ exclusive }) => !exclusive).length >= this.#processesMax * beyondFactor;
    if (!full && (own.length === 0 || shared.length < this.#processesMax)) this.#spawn(release, false);
    else shared.find((process) => process.release !== release && process.ready && process.taken === 0)?.leave();
  }

  #mayStart(release: string): boolean {
    return !this.#onEmpty && performance.now() >= (this.#fruitless.get(release)?.until ?? 0);
  }

  #spawn(release: string, exclusive: boolean): TaskProcess {
    const { codeFolder, dataFolder, compileCache, heapMiB = 1_024, importMs = 60_000, onLine, port } = this.#options;
    const process: TaskProcess = new TaskProcess({
      settings: { release, codeFolder: codeFolder(release), dataFolder },
      places: exclusive ? 1 : this.#places,
      exclusive,
      heapMiB,
      compileCache,
      importMs,
      onLine,
      onReady: () => {
        this.#fruitless.delete(release);
        this.#pump();
      },
      onRoom: () => this.#pump(),
      onBeat: () => port.alive(process.worker),
      onEnd: (lastWords) => this.#ended(process, lastWords),
    });
    this.#processes.add(process);
    return process;
  }

  #begin(process: TaskProcess, hint: Hint): void {
    let starting = this.#starting.get(process);
    if (!starting) this.#starting.set(process, (starting = new Map()));
    starting.set(hint, this.#start(process, hint).finally(() => starting.delete(hint)));
  }

  async #start(process: TaskProcess, hint: Hint): Promise<void> {
    const work = await this.#startWork(hint, process.worker);
    if (!work || this.#calledOff.has(hint) || process.gone) {
      process.giveBack();
      return;
    }
    const message = this.#messageTo(work, process);
    if (message) process.run(message, {
      ended: (outcome) => void this.#end(work, outcome),
      died: (error) => error && this.#end(work, { kind: "failed", error }),
    });
  }

  /** What the process gets; undefined when the attempt lacks a secret, and is told so. */
  #messageTo(work: Work, process: TaskProcess): WorkMessage | undefined {
    try {
      return { ...messageOf(work), secrets: this.#options.secrets.read(work.task.secrets, attemptText(placeOf(work))) };
    } catch (error) {
      process.giveBack();
      void this.#end(work, { kind: "failed", error: asMillraceError(error, "the secrets").toJSON() });
      return undefined;
    }
  }

  /** A store that refuses has started nothing: the scheduler still has the attempt, and offers it again. */
  async #startWork(hint: Hint, worker: string): Promise<Work | undefined> {
    try {
      return await this.#options.port.start(hint, worker);
    } catch (error) {
      this.#options.onLine(JSON.stringify({ level: 40, time: Date.now(), attempt: hint.attempt, msg: `an attempt could not be started: ${(error as Error).message}` }));
      return undefined;
    }
  }

  async #end({ attempt, fence }: Work, outcome: Outcome): Promise<void> {
    await reportEnd(this.#options.port, { attempt, fence, outcome }, this.#closing.signal);
  }

  async #fail(hint: Hint, error: ErrorJson): Promise<void> {
    const work = await this.#startWork(hint, `worker-${randomUUID()}`);
    if (work) await this.#end(work, { kind: "failed", error });
  }

  async #ended(process: TaskProcess, lastWords: string): Promise<void> {
    await Promise.all(this.#starting.get(process)?.values() ?? []);
    this.#starting.delete(process);
    // When the store takes nothing at the moment, the leases run out by themselves.
    await this.#options.port.gone(process.worker).catch(() => undefined);
    this.#processes.delete(process);
    if (this.#onEmpty) {
      if (this.#processes.size === 0) this.#onEmpty();
      return;
    }
    if (!process.ready && !process.leaving) this.#noteFruitless(process.release, lastWords);
    this.#heat();
    this.#pump();
  }

  #noteFruitless(release: string, lastWords: string): void {
    const count = (this.#fruitless.get(release)?.count ?? 0) + 1;
    const waitMs = Math.min(backoffMsMax, 50 * 2 ** count);
    this.#fruitless.set(release, { count, until: performance.now() + waitMs });
    setTimeout(() => {
      this.#heat();
      this.#pump();
    }, waitMs + 1).unref();
    if (count < fruitlessMax) return;
    const { what, where, mend } = { what: `no worker process could be started: ${lastWords === "" ? "it said nothing" : lastWords}`, where: `release ${release}`, mend: "look at the log of Millrace, and whether the folder of the release is there" };
    const error = new MillraceError("MR-TASK-005", { what, where, mend, retryable: true }).toJSON();
    for (const waiting of [...this.#waiting.values()].filter((each) => each.release === release)) {
      this.#waiting.delete(waiting.id);
      waiting.refuse(error);
    }
  }

  #heat(): void {
    for (const release of this.#warm) {
      if (![...this.#processes].some((process) => process.release === release && !process.exclusive && !process.leaving)) this.#grow(release);
    }
  }

  #endIdle(idleMs: number): void {
    const idle = [...this.#processes].filter(({ exclusive, ready, taken, idleSince }) => !exclusive && ready && taken === 0 && performance.now() - idleSince >= idleMs);
    for (const process of idle) {
      const others = [...this.#processes].some((other) => other !== process && other.release === process.release && other.room > 0);
      if (others || !this.#warm.includes(process.release)) process.leave();
    }
  }
}
