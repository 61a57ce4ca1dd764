import { type ChildProcess, fork } from "node:child_process";
import type { ErrorJson } from "../errors.ts";
import { childExecArgv, entryFile } from "../model/child-process.ts";
import type { FromStage, StageReport, StageSettings, ToStage } from "./stage-protocol.ts";

/** How a stage's process ended. */
export type StageEnd =
  | { how: "stopped" }
  | { how: "drained" }
  | { how: "paused"; error: ErrorJson }
  | { how: "failed"; error: ErrorJson }
  /** Without a word: killed, out of memory, or a native crash. */
  | { how: "died"; code: number | null; signal: NodeJS.Signals | null; lastWords: string };

/** One life of a stage, in a process of its own or in this one. */
export interface StageLife {
  readonly pid: number;
  readonly startedAt: Date;
  report: StageReport | undefined;
  /** Finishes the epoch under way; what takes longer than `drainMs` is ended by force. */
  stop(drainMs: number): void;
  readonly ended: Promise<StageEnd>;
}

export interface SpawnOptions {
  /** Called with each line of the process's standard output and error. */
  onLine: (line: string) => void;
  /** Most memory for JavaScript objects, in MiB. */
  heapMiB: number;
  compileCache: string;
}

/** Starts a process for the stage. Its environment holds nothing of ours: what it may do is in its token. */
export function spawnStage(settings: StageSettings, { onLine, heapMiB, compileCache }: SpawnOptions): StageLife {
  const child = fork(entryFile(import.meta.url, "stage-main"), [], {
    execArgv: [...childExecArgv(), `--max-old-space-size=${heapMiB}`, "--max-semi-space-size=8", ...roomForBatches(settings, heapMiB)],
    // Two arenas: the allocator of glibc otherwise keeps freed memory for each thread of a native library.
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache, MALLOC_ARENA_MAX: "2" },
    cwd: settings.projectFolder,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    serialization: "json",
  });
  const lastWords = keepLines(child, onLine);
  let said: StageEnd | undefined;
  let stopping = false;
  let force: NodeJS.Timeout | undefined;
  const life: StageLife = {
    pid: child.pid ?? -1,
    startedAt: new Date(),
    report: undefined,
    stop: (drainMs) => {
      if (stopping) return;
      stopping = true;
      tell(child, { type: "stop" });
      force = setTimeout(() => child.kill("SIGKILL"), drainMs);
    },
    ended: new Promise((resolve) => {
      child.once("close", (code, signal) => {
        clearTimeout(force);
        if (said && said.how !== "stopped") resolve(said);
        else if (stopping || code === 0) resolve({ how: "stopped" });
        else resolve({ how: "died", code, signal, lastWords: lastWords() });
      });
    }),
  };
  child.on("message", (message: FromStage) => {
    if (message.type === "report") life.report = message.report;
    else if (message.type === "drained") said = { how: "drained" };
    else if (message.type === "paused" || message.type === "failed") said = { how: message.type, error: message.error };
  });
  child.on("error", () => child.kill("SIGKILL"));
  tell(child, { type: "start", settings });
  return life;
}

/**
 * V8 counts the bytes of batches against the limit at which it collects the whole heap, and sets that limit by the heap,
 * which is small: every epoch would be followed by a full collection, half of all processor time. Where the memory is
 * DuckDB's, there are few batches, and the process has none to spare.
 */
function roomForBatches({ plan }: StageSettings, heapMiB: number): string[] {
  const ownsBatches = plan.stage.kind === "record" || plan.stage.kind === "batch" || plan.stage.kind === "aggregate" || plan.stage.kind === "sink";
  return ownsBatches ? [`--initial-old-space-size=${Math.min(96, Math.floor(heapMiB / 2))}`] : [];
}

function tell(child: ChildProcess, message: ToStage): void {
  if (child.connected) child.send(message, () => undefined);
}

/** Hands on whole lines; gives the last of them when the process has died and someone asks why. */
function keepLines(child: ChildProcess, onLine: (line: string) => void): () => string {
  const last: string[] = [];
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = (lines.pop() ?? "").slice(-lineMax);
      for (const line of lines) {
        if (line === "") continue;
        onLine(line.slice(0, lineMax));
        last.push(line.slice(0, 400));
        if (last.length > 20) last.shift();
      }
    });
  }
  return () => last.join("\n");
}

const lineMax = 64 * 1024;
