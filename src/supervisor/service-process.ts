import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { setTimeout as wait } from "node:timers/promises";
import { type ErrorJson, MillraceError } from "../errors.ts";
import type { ServiceStatus } from "../server/control-plane.ts";
import { childExecArgv } from "../model/child-process.ts";

export interface ServiceProcessOptions {
  name: ServiceStatus["name"];
  /** The file that it starts with. */
  entry: string;
  /** Given to it as one line of JSON on its standard input. */
  settings: object;
  /** What it serves, for errors. */
  where: string;
  onLine: (line: string) => void;
  /** The service ended and is started again; `how` says what happened. */
  onRestart: (how: string) => void;
}

/** As for a stage that owns batches: what comes and goes outside the heap must not start a collection of all of it each time. */
const heapFlags = ["--max-old-space-size=1024", "--initial-old-space-size=96"];
const readyMs = 30_000;
const backoffMsMax = 5_000;

/** A service of ours as a process of its own, which says on its standard output whether it serves: started, watched, and started again when it dies. */
export class ServiceProcess {
  readonly #options: ServiceProcessOptions;
  #child: ChildProcess | undefined;
  #serving: Promise<void> | undefined;
  #stopping = false;
  /** It has served once: from then on it is started again whenever it ends. */
  #served = false;
  #deaths = 0;
  #restarts = 0;

  constructor(options: ServiceProcessOptions) {
    this.#options = options;
  }

  get status(): ServiceStatus {
    const running = this.#child?.exitCode === null && this.#child.signalCode === null;
    return { name: this.#options.name, pid: running ? (this.#child?.pid ?? null) : null, restarts: this.#restarts };
  }

  /** Starts it, where it is not running yet, and resolves when it answers; rejects with its own words when it cannot start. */
  async serving(): Promise<void> {
    this.#serving ??= this.#spawn();
    const serving = this.#serving;
    await serving.catch((error: unknown) => {
      if (this.#serving === serving && !this.#served) this.#serving = undefined;
      throw error;
    });
  }

  #spawn(): Promise<void> {
    const { entry, settings, onLine, onRestart } = this.#options;
    const child = spawn(process.execPath, [...childExecArgv(), ...heapFlags, entry], { stdio: ["pipe", "pipe", "pipe"] });
    this.#child = child;
    child.stdin.on("error", () => undefined);
    child.stdin.write(`${JSON.stringify(settings)}\n`);
    const words: string[] = [];
    createInterface({ input: child.stderr }).on("line", (line) => {
      words.push(line);
      if (words.length > 20) words.shift();
      onLine(line);
    });
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => child.kill("SIGKILL"), readyMs);
      let ready = false;
      createInterface({ input: child.stdout }).on("line", (line) => {
        const said = parse(line);
        if (said?.ready === false && said.error) reject(MillraceError.fromJSON(said.error));
        if (said?.ready !== true) return;
        ready = true;
        this.#served = true;
        clearTimeout(timer);
        resolve();
        setTimeout(() => {
          if (this.#child === child) this.#deaths = 0;
        }, backoffMsMax).unref();
      });
      child.once("error", reject);
      child.once("close", (code, signal) => {
        clearTimeout(timer);
        if (!ready) reject(this.#couldNotStart(words));
        if (this.#stopping || !this.#served) return;
        onRestart(`${signal ?? `exit code ${code}`}`);
        this.#again();
      });
    });
  }

  #again(): void {
    const waitMs = this.#deaths === 0 ? 0 : Math.min(backoffMsMax, 50 * 2 ** this.#deaths);
    this.#deaths++;
    this.#restarts++;
    this.#serving = wait(waitMs, undefined, { ref: false }).then(() => (this.#stopping ? undefined : this.#spawn()));
    this.#serving.catch(() => undefined);
  }

  #couldNotStart(words: string[]): MillraceError {
    const { name, where } = this.#options;
    return new MillraceError("MR-LOG-009", { what: `the ${name} service did not start: ${words.at(-1) ?? "it said nothing"}`, where, mend: "look at its log above", retryable: true });
  }

  /** Ends the service after what it has under way. */
  async stop(): Promise<void> {
    this.#stopping = true;
    const child = this.#child;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const ended = new Promise((resolve) => child.once("close", resolve));
    child.kill("SIGTERM");
    const force = setTimeout(() => child.kill("SIGKILL"), 10_000);
    await ended;
    clearTimeout(force);
  }
}

function parse(line: string): { ready?: boolean; error?: ErrorJson } | undefined {
  try {
    return JSON.parse(line) as { ready?: boolean; error?: ErrorJson };
  } catch {
    return undefined;
  }
}
