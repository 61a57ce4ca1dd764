import { type ChildProcess, spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { onEnd } from "../child-end.ts";
import { keepLines } from "../keep-lines.ts";
import { diesWithParent } from "../parent-guard.ts";
import type { AttemptLog } from "./attempt-log.ts";
import { guardGroup, releaseGroup } from "./group-guard.ts";
import { pidsCgroup, type PidsCgroup } from "./pids-cgroup.ts";
import { CommandProcesses, threadsOfUser } from "./process-table.ts";
import { signalProcess } from "./signal-process.ts";

export interface CommandSpec {
  argv: string[];
  /** Its whole environment. */
  env: Record<string, string>;
  cwd: string;
  /** In the environment of this command alone: how its processes are found again wherever they hide. */
  mark: { name: string; value: string };
  /** A name for its control group, which no other has. Absent: it gets none. */
  group?: string;
  /** Processes at once; where there are control groups, threads count too. */
  processesMax: number;
  /** Of each process, in bytes. */
  memoryMax?: number;
  /** What it reads on its standard input. Absent: nothing. */
  input?: string;
  log: AttemptLog;
  signal: AbortSignal;
  killed: AbortSignal;
}

export interface CommandEnd {
  code: number | null;
  signal: NodeJS.Signals | null;
  lastWords: string;
  /** Of standard output. */
  lastLine?: { text: string; whole: boolean };
  /** It was ended because it had too many processes. */
  tooMany: boolean;
  /** It could not be started at all. */
  error?: NodeJS.ErrnoException;
}

const watchMs = 500;
const killMsMax = 10_000;

/**
 * Runs a command in a session of its own, and resolves when it and all that it has started are gone. Its output goes to the
 * log. Ends with this process.
 */
export async function runCommand(spec: CommandSpec): Promise<CommandEnd> {
  const { mark, log, signal, killed, processesMax } = spec;
  const cgroup = spec.group === undefined ? undefined : pidsCgroup(spec.group, processesMax);
  const child = spawnOrError(spec, cgroup);
  if (child instanceof Error) {
    cgroup?.remove();
    return notStarted(child);
  }
  // A command need not read what it is given.
  child.stdin?.on("error", () => undefined).end(spec.input);
  const output = keepLines(child, {
    onLine: (line, stream) => log[stream === "stdout" ? "info" : "warn"](line, { stream }),
    onLeftOut: (lines) => log.warn("more is said than is kept", { linesLeftOut: lines }),
  });
  const { pid } = child;
  if (pid === undefined) {
    cgroup?.remove();
    return notStarted(await new Promise<NodeJS.ErrnoException>((resolve) => child.once("error", resolve)));
  }
  guardGroup(pid);
  const processes = new CommandProcesses(pid, `${mark.name}=${mark.value}`);
  const tree: Tree = { leader: pid, find: () => [...new Set([...(cgroup?.members() ?? []), ...processes.find()])] };
  let tooMany = false;
  const ended = new Promise<Pick<CommandEnd, "code" | "signal">>((resolve) => onEnd(child, (code, by) => resolve({ code, signal: by })));
  // A process that it leaves behind holds its output open: it is ended first, or the end of the output would not come.
  child.once("exit", () => void endLeftovers(tree, killed.aborted || tooMany ? undefined : log));
  const terminate = (): void => signalProcess(-pid, "SIGTERM");
  const kill = (): void => void killTree(tree);
  signal.addEventListener("abort", terminate, { once: true });
  killed.addEventListener("abort", kill, { once: true });
  if (signal.aborted) terminate();
  if (killed.aborted) kill();
  const watch = setInterval(() => {
    tooMany ||= cgroup ? cgroup.exceeded() : processes.find().length > processesMax;
    if (tooMany) kill();
  }, watchMs).unref();
  const end = await ended;
  clearInterval(watch);
  tooMany ||= cgroup?.exceeded() === true;
  signal.removeEventListener("abort", terminate);
  killed.removeEventListener("abort", kill);
  const left = await killTree(tree);
  if (left > 0) log.error(`${left} processes of the command could not be ended`);
  output.end();
  releaseGroup(pid);
  cgroup?.remove();
  return { ...end, lastWords: output.lastWords(), lastLine: output.lastLine(), tooMany };
}

const notStarted = (error: NodeJS.ErrnoException): CommandEnd => ({ code: null, signal: null, lastWords: "", tooMany: false, error });

/** Some reasons why a program cannot be started are told by its process, others, such as too many words, at once. */
function spawnOrError(spec: CommandSpec, cgroup: PidsCgroup | undefined): ChildProcess | NodeJS.ErrnoException {
  try {
    return spawnLimited(spec, cgroup);
  } catch (error) {
    return error as NodeJS.ErrnoException;
  }
}

/** The shell that sets the limits becomes the command. What a shell does not know, or a system does not have, it leaves out. */
const limits = `{
  ulimit -c 0
  [ -z "$1" ] || echo $$ > "$1/cgroup.procs"
  [ -z "$2" ] || ulimit -d "$2"
  [ -z "$3" ] || ulimit -u "$3" || ulimit -p "$3"
} 2>/dev/null
shift 3
exec "$@"`;

function spawnLimited({ argv, env, input, cwd, mark, memoryMax, processesMax }: CommandSpec, cgroup: PidsCgroup | undefined): ChildProcess {
  const kibibytes = memoryMax === undefined ? "" : String(Math.ceil(memoryMax / 1024));
  // It counts whatever the user runs, so that it leaves room for the rest; the watch below is stricter. It does not bind root.
  const ofUser = cgroup ? undefined : threadsOfUser();
  const threads = ofUser === undefined ? "" : String(ofUser + 2 * processesMax);
  const [program, ...args] = diesWithParent(["/bin/sh", "-c", limits, "sh", cgroup?.folder ?? "", kibibytes, threads, ...argv]);
  return spawn(program, args, { cwd, env: { ...env, [mark.name]: mark.value }, stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"], detached: true });
}

interface Tree {
  leader: number;
  find(): number[];
}

async function endLeftovers(tree: Tree, log: AttemptLog | undefined): Promise<void> {
  const left = tree.find().length;
  if (left === 0) return;
  log?.warn("the command has ended and left processes behind, which were ended too", { processes: left });
  await killTree(tree);
}

/**
 * Ends all processes of the tree: they are stopped first, so that none makes another meanwhile, and then killed, until
 * none is found. Resolves with how many would not end.
 */
async function killTree(tree: Tree): Promise<number> {
  for (const end = performance.now() + killMsMax; ; ) {
    signalProcess(-tree.leader, "SIGKILL");
    const found = stopAll(tree);
    if (found.length === 0) return 0;
    for (const pid of found) signalProcess(pid, "SIGKILL");
    if (performance.now() > end) return found.length;
    await sleep(10);
  }
}

function stopAll(tree: Tree): number[] {
  const stopped = new Set<number>();
  for (let times = 0; ; times++) {
    const fresh = tree.find().filter((pid) => !stopped.has(pid));
    if (fresh.length === 0 || times === 20) return [...stopped];
    for (const pid of fresh) {
      stopped.add(pid);
      signalProcess(pid, "SIGSTOP");
    }
  }
}
