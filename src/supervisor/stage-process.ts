import { type ChildProcess, fork, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import type { ErrorJson } from "../errors.ts";
import { childExecArgv, entryFile } from "../model/child-process.ts";
import type { FromStage, StageReport, StageSettings, ToStage } from "./stage-protocol.ts";

/** How a stage's process ended. */
export type StageEnd =
  | { how: "stopped" }
  | { how: "drained" }
  | { how: "paused"; error: ErrorJson }
  | { how: "failed"; error: ErrorJson }
  /** Without a word: killed, out of memory, a native crash, or code of the user's that ended it. `why`: we killed it. */
  | { how: "died"; code: number | null; signal: NodeJS.Signals | null; lastWords: string; why?: string };

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

let parentGuard: boolean | undefined;

/**
 * How to start Node so that the system itself kills the process when this one is gone. A process notices a closed channel,
 * but not while the user's code keeps it busy. Where the system has no such tool, noticing must do.
 */
function diesWithParent(execArgv: string[]): { execPath?: string; execArgv: string[] } {
  parentGuard ??= process.platform === "linux" && spawnSync("setpriv", ["--pdeathsig", "KILL", "true"], { stdio: "ignore" }).status === 0;
  return parentGuard ? { execPath: "setpriv", execArgv: ["--pdeathsig", "KILL", process.execPath, ...execArgv] } : { execArgv };
}

/** Starts a process for the stage. Its environment holds nothing of ours: what it may do is in its token. */
export function spawnStage(settings: StageSettings, { onLine, heapMiB, compileCache }: SpawnOptions): StageLife {
  const child = fork(entryFile(import.meta.url, "stage-main"), [], {
    ...diesWithParent([...childExecArgv(), `--max-old-space-size=${heapMiB}`, "--max-semi-space-size=8", ...roomForBatches(settings, heapMiB)]),
    // Two arenas: the allocator of glibc otherwise keeps freed memory for each thread of a native library.
    env: { ...process.env, NODE_COMPILE_CACHE: compileCache, MALLOC_ARENA_MAX: "2" },
    cwd: settings.projectFolder,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    serialization: "json",
  });
  const output = keepLines(child, onLine);
  let said: StageEnd | undefined;
  let why: string | undefined;
  let stopping = false;
  let force: NodeJS.Timeout | undefined;
  const watch = watchSilence(child, (silent) => {
    why = silent;
    child.kill("SIGKILL");
  });
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
      onEnd(child, (code, signal) => {
        clearTimeout(force);
        watch.end();
        output.end();
        if (said) resolve(said);
        else if (stopping) resolve({ how: "stopped" });
        else resolve({ how: "died", code, signal, lastWords: output.lastWords(), why });
      });
    }),
  };
  child.on("message", (message: FromStage | null) => {
    watch.heard();
    // Code of the user's runs there too, and may send anything.
    if (message?.type === "report" && message.report?.counts) life.report = message.report;
    else if (message?.type === "stopped" || message?.type === "drained") said = { how: message.type };
    else if ((message?.type === "paused" || message?.type === "failed") && message.error?.code) said = { how: message.type, error: message.error };
  });
  child.on("error", () => child.kill("SIGKILL"));
  tell(child, { type: "start", settings });
  return life;
}

/**
 * Calls once when the process is gone. Its output may stay open for longer, in the hands of a process that the user's code
 * has started: what was said last is waited for, but not for ever.
 */
function onEnd(child: ChildProcess, ended: (code: number | null, signal: NodeJS.Signals | null) => void): void {
  let done = false;
  const end = (code: number | null, signal: NodeJS.Signals | null): void => {
    if (!done) ended(code, signal);
    done = true;
  };
  child.once("exit", (code, signal) => setTimeout(end, lastWordsMs, code, signal));
  child.once("close", end);
}

const lastWordsMs = 500;

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

interface Output {
  lastWords(): string;
  /** Says what was left out. */
  end(): void;
}

/**
 * Hands on whole lines, and keeps the last of them for when the process has died and someone asks why. A stage that says
 * too much is cut short, or it would fill the disk and keep the control plane busy with nothing else.
 */
function keepLines(child: ChildProcess, onLine: (line: string) => void): Output {
  const last: string[] = [];
  let fatal: string | undefined;
  let second = { since: performance.now(), lines: 0, bytes: 0, dropped: 0 };
  let telling: NodeJS.Timeout | undefined;
  const turn = (): void => {
    clearTimeout(telling);
    telling = undefined;
    if (second.dropped > 0) onLine(JSON.stringify({ level: 40, msg: "the stage says more than is kept", pid: child.pid, linesLeftOut: second.dropped }));
    second = { since: performance.now(), lines: 0, bytes: 0, dropped: 0 };
  };
  const take = (line: string): void => {
    if (performance.now() - second.since >= 1_000) turn();
    second.lines++;
    second.bytes += line.length;
    if (second.lines > linesMax || second.bytes > lineBytesMax) {
      second.dropped++;
      telling ??= setTimeout(turn, 1_000).unref();
    } else onLine(line);
    // V8 prints a long stack after it, which would push the reason out.
    if (fatal === undefined && fatalWords.test(line)) fatal = line.slice(0, 400);
    last.push(line.slice(0, 400));
    if (last.length > 20) last.shift();
  };
  for (const stream of [child.stdout, child.stderr]) {
    let rest = "";
    stream?.setEncoding("utf8").on("data", (text: string) => {
      const lines = (rest + text).split("\n");
      rest = (lines.pop() ?? "").slice(-lineMax);
      for (const line of lines) if (line !== "") take(line.slice(0, lineMax));
    });
  }
  return { lastWords: () => [...(fatal !== undefined && !last.includes(fatal) ? [fatal] : []), ...last].join("\n"), end: turn };
}

const fatalWords = /^FATAL ERROR:|heap out of memory/;
const lineMax = 64 * 1024;
/** Lines, and characters in them, that a process may say in one second. */
const linesMax = 1_000;
const lineBytesMax = 1024 * 1024;

/** Seconds of silence after which a process that the system has stopped counts as frozen; it says something every five. */
const frozenSeconds = 20;
/** Seconds of silence after which any process counts as hung: code of the user's may block it for a while. */
const hungSeconds = 300;

/** Notices a process that says nothing any more. Counts its own ticks: a machine that slept has not waited. */
function watchSilence(child: ChildProcess, onSilence: (why: string) => void): { heard(): void; end(): void } {
  let silent = 0;
  const timer = setInterval(() => {
    silent++;
    if (silent === hungSeconds) onSilence(`it was killed: it has not answered for ${hungSeconds} s`);
    else if (silent % frozenSeconds === 0 && isStopped(child.pid)) onSilence(`it was killed: it was frozen, and has not answered for ${silent} s`);
  }, 1_000).unref();
  const heard = (): void => {
    silent = 0;
  };
  return { heard, end: () => clearInterval(timer) };
}

/** Whether a signal has stopped the process. False where the system does not say. */
function isStopped(pid: number | undefined): boolean {
  try {
    return readFileSync(`/proc/${pid}/stat`, "utf8").split(") ").at(-1)?.startsWith("T") === true;
  } catch {
    return false;
  }
}
