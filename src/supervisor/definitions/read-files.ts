import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { MillraceError } from "../../errors.ts";
import { childExecArgv, entryFile } from "../../model/child-process.ts";
import type { Problem } from "../../model/manifest.ts";
import { messageFd, type ReadMessage, type ReadMode } from "./read-protocol.ts";

export interface ReadFilesOptions {
  /** Longest time for the import of one file, in milliseconds. Default 10,000. */
  fileMs?: number;
  /** Where Node keeps what it has compiled, for the processes that will import the same files again. Default: nowhere. */
  compileCache?: string;
}

type Answer = Extract<ReadMessage, { file: string; type: "module" | "config" | "problem" }>;

/**
 * Has the files read in a process of their own, which is started again after a file that ends or blocks it.
 * The user's code never runs here.
 *
 * @param files - relative to `folder`
 * @returns one answer for each file, in the order given
 */
export async function readFiles(mode: ReadMode, folder: string, files: readonly string[], { fileMs = 10_000, compileCache }: ReadFilesOptions = {}): Promise<Answer[]> {
  const answers: Answer[] = [];
  while (answers.length < files.length) {
    const rest = files.slice(answers.length);
    const run = await runChild(mode, folder, rest, fileMs, compileCache);
    answers.push(...run.answers);
    if (run.answers.length < rest.length) {
      // The last answer may be a problem that ended the process, or an earlier file may have; else the open file did.
      const open = rest[run.answers.length];
      if (!run.blamedEarlier && (run.begun.has(open) || run.begun.size === 0)) answers.push({ type: "problem", file: open, problem: endProblem(open, run, fileMs) });
    }
  }
  return answers;
}

interface ChildRun {
  answers: Answer[];
  begun: Set<string>;
  timedOut: boolean;
  /** A file that was read before ended the process, while another was under way: that one gets another try. */
  blamedEarlier: boolean;
  code: number | null;
  signal: NodeJS.Signals | null;
  /** The end of what the process wrote to its error output. */
  errorTail: string;
}

/** Those of a stage's process: Node keeps what it has compiled under a name that holds them. */
const readFlags = ["--max-old-space-size=512", "--max-semi-space-size=8", "--initial-old-space-size=96"];

async function runChild(mode: ReadMode, folder: string, files: readonly string[], fileMs: number, compileCache: string | undefined): Promise<ChildRun> {
  const child = spawn(process.execPath, [...childExecArgv(), ...readFlags, entryFile(import.meta.url, "read-child"), mode, folder, ...files], {
    cwd: folder,
    env: { ...childEnvironment(), ...(compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache }) },
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  const run: ChildRun = { answers: [], begun: new Set(), timedOut: false, blamedEarlier: false, code: null, signal: null, errorTail: "" };
  const kill = () => {
    run.timedOut = true;
    child.kill("SIGKILL");
  };
  let timer = setTimeout(kill, fileMs);
  (child.stderr as Readable).setEncoding("utf8").on("data", (text: string) => (run.errorTail = (run.errorTail + text).slice(-2_000)));
  const lines = createInterface({ input: child.stdio[messageFd] as Readable });
  lines.on("line", (line) => {
    clearTimeout(timer);
    timer = setTimeout(kill, fileMs);
    take(line, run);
  });
  try {
    [run.code, run.signal] = await ended(child, lines);
  } finally {
    clearTimeout(timer);
  }
  return run;
}

/**
 * Resolves when the process has ended and its messages are read. A process that the user's code left behind may hold the
 * pipe open for ever, so the messages get a second after the end.
 */
async function ended(child: ChildProcess, lines: NodeJS.EventEmitter & { close(): void }): Promise<[number | null, NodeJS.Signals | null]> {
  const drained = once(lines, "close");
  const exit = (await once(child, "exit")) as [number | null, NodeJS.Signals | null];
  const patience = setTimeout(() => lines.close(), 1_000);
  await drained;
  clearTimeout(patience);
  return exit;
}

function take(line: string, run: ChildRun): void {
  let message: ReadMessage;
  try {
    message = JSON.parse(line) as ReadMessage;
  } catch {
    return; // The user's code wrote to the descriptor itself.
  }
  if (message.type === "begin") {
    run.begun.add(message.file);
    return;
  }
  const earlier = run.answers.find((answer) => answer.file === message.file);
  if (earlier === undefined) {
    if (run.begun.has(message.file)) run.answers.push(message);
  } else if (earlier.type === "module" && message.type === "problem") {
    earlier.module.problems.push(message.problem);
    run.blamedEarlier = true;
  }
}

function endProblem(file: string, run: ChildRun, fileMs: number): Problem {
  if (run.timedOut) {
    const error = new MillraceError("MR-MODEL-007", { what: `${file} did not finish loading within ${fileMs / 1_000} s`, where: file, mend: "look for an endless loop or a wait outside of functions, and move long work into a stage" });
    return { ...error.toJSON(), file };
  }
  const how = run.signal ? `was ended by ${run.signal}` : `ended with code ${run.code}`;
  const unsettled = run.code === 13;
  const error = new MillraceError("MR-MODEL-006", {
    what: unsettled ? `${file} cannot be loaded: it awaits something that never comes` : `${file} cannot be loaded: the process that read it ${how}${tail(run.errorTail)}`,
    where: file,
    mend: unsettled ? "look at the `await` outside of functions" : "look at the code outside of functions: it must not end the process, nor use more than 512 MiB",
  });
  return { ...error.toJSON(), file };
}

function tail(text: string): string {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.length === 0 ? "" : `: ${lines.find((line) => /error|fatal/i.test(line)) ?? lines[lines.length - 1]}`;
}

/** A project reads the same on every machine, and no secret of the caller reaches it. */
function childEnvironment(): NodeJS.ProcessEnv {
  const kept = /^(PATH|HOME|USERPROFILE|TMPDIR|TEMP|TMP|SystemRoot|NODE_.*)$/i;
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => kept.test(name)));
}
