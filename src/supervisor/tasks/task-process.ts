import { type ChildProcess, fork } from "node:child_process";
import { randomUUID } from "node:crypto";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import type { ErrorJson } from "../../errors.ts";
import { childExecArgv, entryFile } from "../../model/child-process.ts";
import type { Outcome } from "../../scheduler/executor.ts";
import { onEnd } from "../child-end.ts";
import { codeEnvironment } from "../code-environment.ts";
import { keepLines } from "../keep-lines.ts";
import { forkDiesWithParent } from "../parent-guard.ts";
import { watchSilence } from "../watch-silence.ts";
import { blame, type ProcessDeath } from "./blame.ts";
import { Outbox } from "./outbox.ts";
import { ownerName, ownerOf } from "./owner-mark.ts";
import { beatDescriptor, blockedMs, type FromWorker, type Rendered, type ToWorker, type WorkerBeat, type WorkerSettings, type WorkMessage } from "./task-protocol.ts";

export interface TaskProcessOptions {
  settings: WorkerSettings;
  /** Attempts at once. */
  places: number;
  /** It serves one attempt, and ends with it. */
  exclusive: boolean;
  /** Most memory for JavaScript objects, in MiB. */
  heapMiB: number;
  compileCache: string;
  /** Longest time for importing a module of the user's. */
  importMs: number;
  onLine: (line: string) => void;
  onReady(): void;
  /** A place is free again, or the event loop turns again. */
  onRoom(): void;
  /** From a thread of the process, whatever its event loop does. */
  onBeat(): void;
  /** The process is gone, and whoever had an attempt in it has been told. */
  onEnd(lastWords: string): Promise<void> | void;
}

/** What becomes of an attempt in a process: one of these is called, once; none when it was asked to stop. */
export interface AttemptEvents {
  ended?(outcome: Outcome): void;
  rendered?(rendered: Rendered): void;
  /** The process has ended under it; `error` when the fault is its own. */
  died(error?: ErrorJson): Promise<void> | void;
}

/** It says something every five seconds, whatever the user's code does. */
const patience = { frozenSeconds: 15, hungSeconds: 45 };
const silentMs = 15_000;
/** Time for the others in a process that must be killed for one of them, in milliseconds. */
const othersMs = 10_000;

/** One warm worker process, as the control plane sees it. */
export class TaskProcess {
  /** Its name with the scheduler. */
  readonly worker = `worker-${randomUUID()}`;
  readonly release: string;
  readonly exclusive: boolean;
  ready = false;
  /** Gets no new work, and ends when it has none. */
  leaving = false;
  gone = false;
  lagMs = 0;
  idleSince = performance.now();
  readonly #options: TaskProcessOptions;
  readonly #child: ChildProcess;
  readonly #outbox: Outbox<ToWorker>;
  readonly #running = new Map<string, { work: WorkMessage; events: AttemptEvents }>();
  readonly #stopped = new Set<string>();
  readonly #timers = new Set<NodeJS.Timeout>();
  readonly #imports = new Map<string, NodeJS.Timeout>();
  #taken = 0;
  #lastBeatAt = performance.now();
  #why: ProcessDeath["why"];
  #culprit: ProcessDeath["culprit"];
  #overdue = false;

  constructor(options: TaskProcessOptions) {
    this.#options = options;
    this.release = options.settings.release;
    this.exclusive = options.exclusive;
    const child = fork(entryFile(import.meta.url, "task-main"), [], {
      ...forkDiesWithParent([...childExecArgv(), `--max-old-space-size=${options.heapMiB}`]),
      env: codeEnvironment({ NODE_COMPILE_CACHE: options.compileCache, MALLOC_ARENA_MAX: "2", [ownerName]: ownerOf(options.settings.dataFolder) }),
      cwd: options.settings.codeFolder,
      stdio: ["ignore", "pipe", "pipe", "ipc", "pipe"],
      serialization: "json",
    });
    this.#child = child;
    this.#outbox = new Outbox((messages) => {
      if (child.connected) child.send(messages, () => undefined);
    });
    const output = keepLines(child, { onLine: options.onLine, onLeftOut: (lines) => options.onLine(JSON.stringify({ level: 40, msg: "a worker says more than is kept", pid: child.pid, linesLeftOut: lines })) });
    const watch = watchSilence(child, patience, () => this.#kill("silent"));
    createInterface({ input: child.stdio[beatDescriptor] as Readable }).on("line", (line) => {
      watch.heard();
      this.#heard(line);
    });
    child.on("message", (messages: FromWorker[] | null) => {
      // Code of the user's runs there too, and may send anything.
      if (Array.isArray(messages)) for (const message of messages) this.#take(message);
    });
    let ended = false;
    const end = (code: number | null, signal: NodeJS.Signals | null, words: string): void => {
      if (ended) return;
      ended = true;
      watch.end();
      output.end();
      void this.#end({ code, signal, lastWords: words });
    };
    // It could not be started at all.
    child.on("error", (error) => {
      if (child.pid === undefined) end(null, null, error.message);
      else child.kill("SIGKILL");
    });
    onEnd(child, (code, signal) => end(code, signal, output.lastWords()));
    this.#outbox.now({ type: "start", settings: options.settings });
  }

  get pid(): number | undefined {
    return this.#child.pid;
  }

  /** Attempts that it has, those on their way included. */
  get taken(): number {
    return this.#taken;
  }

  /** Attempts that it may be given now. */
  get room(): number {
    if (!this.ready || this.leaving || this.gone || this.blocked) return 0;
    return this.#options.places - this.#taken;
  }

  get blocked(): boolean {
    return this.lagMs > blockedMs;
  }

  /** Keeps a place for an attempt that has yet to be started. */
  take(): void {
    this.#taken++;
    if (this.exclusive) this.leaving = true;
  }

  /** Gives back a place that was not used. */
  giveBack(): void {
    this.#taken--;
    if (this.#taken === 0) this.idleSince = performance.now();
    this.#settle();
    this.#options.onRoom();
  }

  /** Runs an attempt in the place that was taken for it. */
  run(work: WorkMessage, events: AttemptEvents): void {
    if (this.gone) {
      void events.died();
      return;
    }
    this.#running.set(work.attempt, { work, events });
    this.#outbox.add({ type: "run", work });
  }

  has(attempt: string): boolean {
    return this.#running.has(attempt);
  }

  /** Asks an attempt to stop, and kills the process when it does not. */
  stop(attempt: string, why: string, graceMs: number): void {
    if (!this.#running.has(attempt) || this.#stopped.has(attempt)) return;
    this.#stopped.add(attempt);
    if (performance.now() - this.#lastBeatAt > silentMs) {
      this.#kill("silent");
      return;
    }
    this.#outbox.add({ type: "stop", attempt, why });
    this.#after(graceMs, () => {
      if (this.#running.has(attempt)) this.#endForOverdue();
    });
  }

  leave(): void {
    this.leaving = true;
    this.#settle();
  }

  kill(): void {
    this.#kill("stopped");
  }

  /** One attempt does not heed its signal: the others in the process are given some time to end in order. */
  #endForOverdue(): void {
    this.#overdue = true;
    this.leaving = true;
    this.#after(othersMs, () => this.#kill("stopped"));
    this.#settle();
  }

  /** Ends the process when it has been asked to leave and nothing of use goes on in it. */
  #settle(): void {
    if (!this.leaving || this.gone) return;
    const waited = [...this.#running.keys()].filter((attempt) => !(this.#overdue && this.#stopped.has(attempt)));
    if (waited.length === 0 && this.#taken === this.#running.size) this.#kill("stopped");
  }

  #kill(why: ProcessDeath["why"]): void {
    this.#why ??= why;
    this.leaving = true;
    this.#child.kill("SIGKILL");
  }

  #heard(line: string): void {
    const beat = parseBeat(line);
    if (!beat) return;
    if ("culprit" in beat) {
      if (this.#running.has(beat.culprit)) this.#culprit ??= { attempt: beat.culprit, error: beat.error };
      return;
    }
    this.#lastBeatAt = performance.now();
    const wasBlocked = this.blocked;
    this.lagMs = beat.lagMs;
    this.#options.onBeat();
    if (wasBlocked !== this.blocked) this.#options.onRoom();
  }

  #take(message: FromWorker): void {
    const { importMs } = this.#options;
    switch (message?.type) {
      case "ready":
        this.ready = true;
        this.#options.onReady();
        return;
      case "end":
        this.#over(message.attempt, (events) => events.ended?.(message.outcome));
        return;
      case "rendered":
        this.#over(message.attempt, (events) => events.rendered?.(message.rendered));
        return;
      case "importing":
        this.#imports.set(message.module, this.#after(importMs, () => this.#kill({ hangs: message.module, ms: importMs })));
        return;
      case "imported":
        clearTimeout(this.#imports.get(message.module));
        return;
      case "leaving":
        this.leave();
        this.#options.onRoom();
        return;
    }
  }

  #over(attempt: string, tell: (events: AttemptEvents) => void): void {
    const running = this.#running.get(attempt);
    if (!running) return;
    this.#running.delete(attempt);
    // Whoever has asked it to stop knows already how it ended.
    if (!this.#stopped.delete(attempt)) tell(running.events);
    this.giveBack();
  }

  #after(ms: number, then: () => void): NodeJS.Timeout {
    const timer = setTimeout(() => {
      this.#timers.delete(timer);
      then();
    }, ms);
    this.#timers.add(timer);
    return timer;
  }

  async #end(end: Pick<ProcessDeath, "code" | "signal" | "lastWords">): Promise<void> {
    this.gone = true;
    for (const timer of this.#timers) clearTimeout(timer);
    const left = [...this.#running.values()];
    const death: ProcessDeath = { ...end, why: this.#why, culprit: this.#culprit, exclusive: this.exclusive, alone: left.length === 1 };
    const told = left.filter(({ work }) => !this.#stopped.has(work.attempt)).map(({ work, events }) => events.died(blame(death, work)));
    await Promise.all(told);
    await this.#options.onEnd(end.lastWords);
  }
}

function parseBeat(line: string): WorkerBeat | undefined {
  try {
    const beat = JSON.parse(line) as WorkerBeat;
    return "culprit" in beat || typeof beat.lagMs === "number" ? beat : undefined;
  } catch {
    return undefined;
  }
}
