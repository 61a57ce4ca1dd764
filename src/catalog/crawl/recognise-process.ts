import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Duplex } from "node:stream";
import { tmpdir } from "node:os";
import { fileURLToPath } from "node:url";
import { asMillraceError, MillraceError } from "../../errors.ts";
import type { FileSource } from "../../formats/file-source.ts";
import { limitedCommand, limitProcess, type MemoryLimiter } from "../../sql/memory-limit.ts";
import { MessageChannel } from "../../sql/message-channel.ts";
import type { RecogniseReply, RecogniseRequest, ToRecogniser } from "./recognise-messages.ts";

export interface RecogniseLimits {
  /** Of one file. */
  timeoutMs: number;
  /** Of the process, beyond what it takes to start. */
  memoryBytes: number;
}

/** Makes of a command one that the system ends with this process. */
export type GuardCommand = (command: string[]) => string[];

const inSource = import.meta.url.endsWith(".ts");
const childModule = fileURLToPath(new URL(inSource ? "./recognise-child.ts" : "./recognise-child.js", import.meta.url));
/** A process that nobody is there to end any more still ends. */
const cpuSecondsMax = 2 * 3_600;

/** A process that recognises files. */
export class RecogniseProcess {
  readonly #child: ChildProcess;
  readonly #channel: MessageChannel<RecogniseReply, ToRecogniser>;
  readonly #exited: Promise<unknown>;
  #stderr = "";
  #timedOut = false;

  private constructor(child: ChildProcess) {
    this.#child = child;
    this.#channel = new MessageChannel(child.stdio[3] as Duplex);
    this.#exited = once(child, "exit").catch(() => undefined);
    child.stderr?.setEncoding("utf8").on("data", (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-8_192);
    });
  }

  static async start(limiter: MemoryLimiter, { memoryBytes }: RecogniseLimits, guard: GuardCommand = (command) => command): Promise<RecogniseProcess> {
    const heapMiB = Math.max(64, Math.floor(memoryBytes / 2 ** 20 / 2));
    const node = [process.execPath, `--max-old-space-size=${heapMiB}`, "--disable-wasm-trap-handler", "--disable-warning=ExperimentalWarning", childModule];
    const [command, ...args] = guard(limitedCommand(limiter, memoryBytes, node));
    const child = spawn(command, args, { cwd: tmpdir(), env: environment(), stdio: ["ignore", "ignore", "pipe", "pipe"], windowsHide: true });
    const started = new RecogniseProcess(child);
    const ready = await started.#channel.receive().catch(() => undefined);
    if (ready?.message.type !== "ready") throw await started.#failure("before its first file");
    await limitProcess(limiter, child.pid as number, memoryBytes, cpuSecondsMax);
    return started;
  }

  /** Files to be recognised: paths, and what lies elsewhere. */
  async give(files: readonly (string | FileSource)[], options: RecogniseRequest["options"]): Promise<void> {
    await this.#channel.send({ type: "files", files: files.map((file) => (typeof file === "string" ? file : { name: file.name, version: file.version, size: file.size })), options });
  }

  /**
   * What came of the next file.
   * @throws MillraceError `MR-CRAWL-002` when the process has ended over it, or had to be ended; `MR-CONNECT-…` when nothing that lies where the file does can be read
   */
  async next(file: string | FileSource, timeoutMs: number): Promise<Exclude<RecogniseReply, { type: "read" }>> {
    const timer = setTimeout(() => {
      this.#timedOut = true;
      this.kill();
    }, timeoutMs);
    try {
      for (;;) {
        const received = await this.#channel.receive().catch(() => undefined);
        if (!received) throw await this.#failure(typeof file === "string" ? file : file.name);
        if (received.message.type !== "read") return received.message;
        await this.#answer(file as FileSource, received.message);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async #answer(source: FileSource, { start, end }: Extract<RecogniseReply, { type: "read" }>): Promise<void> {
    const read = await source.read(start, end).catch((error: unknown) => asMillraceError(error, source.name));
    if (!(read instanceof MillraceError)) return this.#channel.send({ type: "bytes" }, read);
    if (isOutage(read)) throw read;
    await this.#channel.send({ type: "refused", error: read.toJSON() });
  }

  kill(): void {
    this.#child.kill("SIGKILL");
    (this.#child.stdio[3] as Duplex).destroy();
  }

  async #failure(where: string): Promise<MillraceError> {
    await this.#exited;
    const { signalCode, exitCode } = this.#child;
    const outOfMemory = /out of memory|heap limit|bad_alloc|allocation failed|cannot allocate memory|enomem/i.test(this.#stderr);
    const how = this.#timedOut ? "it takes too long" : outOfMemory ? "it takes more memory than a file may" : `the process that read it ended by ${signalCode ?? `exit code ${exitCode}`}`;
    // Time depends on what else the machine does: another crawl tries again.
    return new MillraceError("MR-CRAWL-002", { what: `the file cannot be recognised: ${how}`, where, mend: "look at the file; leave it out with `exclude`, or give a classifier that says what it is", retryable: this.#timedOut });
  }

  async end(): Promise<void> {
    this.kill();
    await this.#exited;
  }
}

/** Of other files there is nothing to be had either. */
export const isOutage = (error: unknown): boolean => error instanceof MillraceError && error.code.startsWith("MR-CONNECT");

/** Nothing of ours passes on: no tokens, no proxies. */
function environment(): NodeJS.ProcessEnv {
  const { SystemRoot, NODE_COMPILE_CACHE } = process.env;
  return { HOME: tmpdir(), TZ: "UTC", LC_ALL: "C.UTF-8", MALLOC_ARENA_MAX: "4", ...(SystemRoot && { SystemRoot }), ...(NODE_COMPILE_CACHE && { NODE_COMPILE_CACHE }) };
}
