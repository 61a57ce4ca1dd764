import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Duplex } from "node:stream";
import { fileURLToPath } from "node:url";
import { MillraceError } from "../errors.ts";
import { outOfMemory } from "./engine-error.ts";
import { limitedCommand, limitProcess, type MemoryLimiter } from "./memory-limit.ts";
import { MessageChannel } from "./message-channel.ts";
import type { FromChild, ToChild } from "./messages.ts";

const stderrCharsMax = 8_192;

/** Signals by which the system ends a program that has gone wrong in itself. */
const crashSignals: ReadonlySet<string> = new Set(["SIGSEGV", "SIGBUS", "SIGABRT", "SIGILL", "SIGTRAP", "SIGFPE"]);

/** The engine has crashed, or was gone before it knew of the statement. That is not the statement's fault, and a second time is rare. */
export class EngineCrash extends MillraceError {}

/** A process that runs a statement, and others after it only where its runner says so. */
export class SqlProcess {
  readonly folder: string;
  readonly memoryBytes: number;
  readonly channel: MessageChannel<FromChild, ToChild>;
  readonly #process: ChildProcess;
  readonly #limiter: MemoryLimiter;
  readonly #exited: Promise<unknown>;
  #stderr = "";
  /** Why we killed it; absent when it ended by itself or by another's hand. */
  #killedFor: unknown;

  private constructor(child: ChildProcess, folder: string, limiter: MemoryLimiter, memoryBytes: number) {
    this.#process = child;
    this.folder = folder;
    this.memoryBytes = memoryBytes;
    this.#limiter = limiter;
    this.channel = new MessageChannel(child.stdio[3] as Duplex);
    this.#exited = once(child, "exit").catch(() => undefined);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-stderrCharsMax);
    });
    void this.#exited.then(() => rm(folder, { recursive: true, force: true }).catch(() => undefined));
  }

  /** Statements that it has been given. */
  used = 0;
  #limits = "";

  /** Resolves when the engine is loaded and a statement can be given. */
  static async start(limiter: MemoryLimiter, memoryBytes: number): Promise<SqlProcess> {
    const folder = await mkdtemp(join(tmpdir(), "millrace-sql-"));
    const [command, ...args] = limitedCommand(limiter, memoryBytes, [process.execPath, ...nodeOptions, childModule, folder]);
    const child = spawn(command, args, { cwd: folder, env: environment(folder), stdio: ["ignore", "ignore", "pipe", "pipe"], windowsHide: true });
    const started = new SqlProcess(child, folder, limiter, memoryBytes);
    return started.#ready();
  }

  /** Resolves when the process has a new engine and can be given another statement. */
  async again(): Promise<SqlProcess> {
    await this.channel.send({ type: "again" });
    return this.#ready();
  }

  async #ready(): Promise<SqlProcess> {
    for (;;) {
      const received = await this.channel.receive().catch(() => undefined);
      if (received?.message.type === "ready") return this;
      // What a statement before it still had to say of its progress.
      if (received?.message.type === "progress") continue;
      if (received) this.kill(new MillraceError("MR-INTERNAL-001", { what: `the SQL process said "${received.message.type}" out of turn`, where: "the SQL process", mend: "report this with the statements before it" }));
      throw await this.failure();
    }
  }

  /** Whether a statement may be given that has these limits: those of the system are set once and stay. */
  suits(memoryBytes: number, timeoutMs: number): boolean {
    return this.#limits === "" || this.#limits === `${memoryBytes} ${timeClass(timeoutMs)}`;
  }

  get pid(): number | undefined {
    return this.#process.pid;
  }

  get running(): boolean {
    return this.#process.exitCode === null && this.#process.signalCode === null;
  }

  /** Puts the operating system's limits on the process, before it sees its first statement. */
  async limit(memoryBytes: number, timeoutMs: number): Promise<void> {
    if (this.#limits !== "") return;
    const time = timeClass(timeoutMs);
    this.#limits = `${memoryBytes} ${time}`;
    const cpuSeconds = Math.ceil((time / 1000 + 5) * 4);
    await limitProcess(this.#limiter, this.pid as number, memoryBytes, cpuSeconds);
  }

  /** @param reason - what `failure` then answers */
  kill(reason: unknown): void {
    this.#killedFor ??= reason;
    this.#process.kill("SIGKILL");
    (this.#process.stdio[3] as Duplex).destroy();
  }

  /** Why the process ended before its work did. Waits until it has. */
  async failure(): Promise<unknown> {
    await this.#exited;
    if (this.#killedFor !== undefined) return this.#killedFor;
    const { signalCode, exitCode } = this.#process;
    if (/out of memory|bad_alloc|allocation failed|cannot allocate memory|enomem/i.test(this.#stderr)) return outOfMemory();
    if (signalCode === "SIGXCPU") return cpuTimeUp();
    const Failure = crashSignals.has(signalCode ?? "") ? EngineCrash : MillraceError;
    return new Failure("MR-SQL-005", {
      what: `the process that ran the statement ended by ${signalCode ?? `exit code ${exitCode}`}`,
      where: "the SQL process",
      mend: signalCode === "SIGKILL" ? "look whether the system ran out of memory, then run the statement again" : "write the statement in another way; no other query was affected",
      retryable: signalCode === "SIGKILL" || signalCode === "SIGTERM",
    });
  }

  /** Resolves when the process has ended and its folder is gone. */
  async end(): Promise<void> {
    this.kill(new Error("the work is done"));
    await this.#exited;
    await rm(this.folder, { recursive: true, force: true }).catch(() => undefined);
  }
}

const inSource = import.meta.url.endsWith(".ts");
const childModule = fileURLToPath(new URL(inSource ? "./child.ts" : "./child.js", import.meta.url));

/** With its trap handler WebAssembly, which strips types, reserves 8 GiB of address space, or fails under a limit. */
const nodeOptions = ["--max-old-space-size=256", "--disable-wasm-trap-handler", "--disable-warning=ExperimentalWarning"];

/**
 * The time that the system's limit is made for. It is for a process that is out of our hands alone: coarse, it lets a process
 * that is ready have its limits before a statement comes.
 */
const timeClass = (timeoutMs: number): number => (timeoutMs <= 600_000 ? 600_000 : 24 * 3_600_000);

/** Nothing of ours passes on: no tokens, no proxies, no home folder with the engine's extensions and secrets. */
function environment(folder: string): NodeJS.ProcessEnv {
  const { SystemRoot, NODE_COMPILE_CACHE } = process.env;
  return { HOME: folder, TMPDIR: folder, TZ: "UTC", LC_ALL: "C.UTF-8", MALLOC_ARENA_MAX: "4", ...(SystemRoot && { SystemRoot }), ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }) };
}

function cpuTimeUp(): MillraceError {
  return new MillraceError("MR-SQL-004", { what: "the statement used more processor time than it is allowed", where: "the statement", mend: "read fewer rows, or allow it more time" });
}
