import { execFile } from "node:child_process";
import { accessSync, constants, readFileSync } from "node:fs";
import { delimiter, join } from "node:path";
import { promisify } from "node:util";

/**
 * How the operating system bounds the memory of a process that runs SQL.
 * - `prlimit` (util-linux): set on the running process, on top of what it already has.
 * - `ulimit` (any Linux shell): set when it starts, on top of what such a process usually has.
 * - `none`: macOS does not enforce limits of address space, Windows has job objects, which Node cannot make. The engine's
 *   own limit and the kill timer still hold, but a statement that goes around the engine's accounting can fill memory.
 */
export type MemoryLimiter = "prlimit" | "ulimit" | "none";

/** Address space beside the statement's: thread arenas and the heap of JavaScript grow while it runs. */
const slackBytes = 256 * 1024 * 1024;
/**
 * Address space of a process that has loaded the engine: V8 alone reserves over 1 GiB. What strips types where TypeScript
 * runs as it is reserves 4 GiB more, and keeps them.
 */
const baseBytes = (import.meta.url.endsWith(".ts") ? 5.75 : 1.75) * 1024 * 1024 * 1024;

export function memoryLimiter(): MemoryLimiter {
  if (process.platform !== "linux") return "none";
  found ??= onPath("prlimit") ? "prlimit" : "ulimit";
  return found;
}

let found: MemoryLimiter | undefined;

function onPath(command: string): boolean {
  return (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, command), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** The command that starts a program under the limit, where it must be set at the start. */
export function limitedCommand(limiter: MemoryLimiter, memoryBytes: number, command: string[]): string[] {
  if (limiter !== "ulimit") return command;
  const kibibytes = Math.ceil((baseBytes + slackBytes + memoryBytes) / 1024);
  return ["/bin/sh", "-c", `ulimit -c 0; ulimit -v ${kibibytes} && exec "$0" "$@"`, ...command];
}

/**
 * Bounds a process that is ready to run.
 *
 * @param cpuSeconds - of all its threads together; ends a process whose parent is gone
 */
export async function limitProcess(limiter: MemoryLimiter, pid: number, memoryBytes: number, cpuSeconds: number): Promise<void> {
  if (limiter !== "prlimit") return;
  const size = /^VmSize:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
  if (!size) throw new Error(`the size of process ${pid} is not known`);
  const bytes = Number(size[1]) * 1024 + slackBytes + memoryBytes;
  await promisify(execFile)("prlimit", ["--pid", String(pid), `--as=${bytes}`, "--core=0", `--cpu=${cpuSeconds}`]);
}
