import { type ChildProcess, fork } from "node:child_process";
import type { ErrorJson } from "../errors.ts";
import { childExecArgv, entryFile } from "../model/child-process.ts";
import type { StageDecl, StageKind } from "../model/manifest.ts";
import { onEnd } from "./child-end.ts";
import { codeEnvironment } from "./code-environment.ts";
import { keepLines } from "./keep-lines.ts";
import { forkDiesWithParent } from "./parent-guard.ts";
import { Mask } from "./secrets/mask.ts";
import type { FromStage, StageReport, StageSettings, ToStage } from "./stage-protocol.ts";
import { watchSilence } from "./watch-silence.ts";

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
  /** Hands it a newer token for the log. Absent for lives that need none. */
  renew?(token: string): void;
  readonly ended: Promise<StageEnd>;
}

export interface SpawnOptions {
  /** Called with each line of the process's standard output and error. */
  onLine: (line: string) => void;
  /** Most memory for JavaScript objects, in MiB. */
  heapMiB: number;
  compileCache: string;
}

/** It says something every five seconds, unless code of the user's blocks it. */
const patience = { frozenSeconds: 20, hungSeconds: 300 };

/** Starts a process for the stage. Its environment holds nothing of ours: what it may do is in its token. */
export function spawnStage(settings: StageSettings, { onLine, heapMiB, compileCache }: SpawnOptions): StageLife {
  const child = fork(entryFile(import.meta.url, "stage-main"), [], {
    ...forkDiesWithParent([...childExecArgv(), `--max-old-space-size=${heapMiB}`, "--max-semi-space-size=8", ...roomForBatches(settings, heapMiB)]),
    // Two arenas: the allocator of glibc otherwise keeps freed memory for each thread of a native library.
    env: codeEnvironment({ NODE_COMPILE_CACHE: compileCache, MALLOC_ARENA_MAX: "2" }),
    cwd: settings.projectFolder,
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    serialization: "json",
  });
  const mask = new Mask(settings.secrets);
  const output = keepLines(child, {
    onLine: (line) => onLine(mask.text(line)),
    onLeftOut: (lines) => onLine(JSON.stringify({ level: 40, msg: "the stage says more than is kept", pid: child.pid, linesLeftOut: lines })),
  });
  let said: StageEnd | undefined;
  let why: string | undefined;
  let stopping = false;
  let force: NodeJS.Timeout | undefined;
  const watch = watchSilence(child, patience, (silent) => {
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
    renew: (token) => tell(child, { type: "token", token }),
    ended: new Promise((resolve) => {
      onEnd(child, (code, signal) => {
        clearTimeout(force);
        watch.end();
        output.end();
        if (said) resolve(said);
        else if (stopping) resolve({ how: "stopped" });
        else resolve({ how: "died", code, signal, lastWords: mask.text(output.lastWords()), why });
      });
    }),
  };
  child.on("message", (message: FromStage | null) => {
    watch.heard();
    // Code of the user's runs there too, and may send anything.
    if (message?.type === "report" && message.report?.counts) life.report = message.report;
    else if (message?.type === "stopped" || message?.type === "drained") said = { how: message.type };
    else if ((message?.type === "paused" || message?.type === "failed") && message.error?.code) said = { how: message.type, error: mask.error(message.error) };
  });
  child.on("error", () => child.kill("SIGKILL"));
  tell(child, { type: "start", settings });
  return life;
}

/** Most memory for JavaScript objects of a process of the stage, in MiB. */
export const heapMiBOf = ({ place }: StageDecl): number => Math.max(64, Math.floor((place.memoryBytes ?? 512 * 1024 * 1024) / 1024 / 1024));

const ownsBatches: ReadonlySet<StageKind> = new Set(["record", "batch", "keyed", "aggregate", "validate", "profile", "sink"]);

/**
 * V8 counts the bytes of batches against the limit at which it collects the whole heap, and sets that limit by the heap,
 * which is small: every epoch would be followed by a full collection, half of all processor time. Where the memory is
 * DuckDB's, there are few batches, and the process has none to spare.
 */
function roomForBatches({ plan }: StageSettings, heapMiB: number): string[] {
  return ownsBatches.has(plan.stage.kind) ? [`--initial-old-space-size=${Math.min(96, Math.floor(heapMiB / 2))}`] : [];
}

function tell(child: ChildProcess, message: ToStage): void {
  if (child.connected) child.send(message, () => undefined);
}
