import { spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import { type ErrorJson, MillraceError } from "../../errors.ts";
import { childExecArgv, entryFile } from "../../model/child-process.ts";
import { codeEnvironment } from "../code-environment.ts";
import { diesWithParent } from "../parent-guard.ts";
import { replyFd, type TicksReply, type TicksRequest } from "./ticks-request.ts";

export interface AskOptions {
  /** Longest time for import and answers together, in milliseconds. Default 10,000. */
  ms?: number;
  compileCache?: string;
}

const heapMiB = 256;
/** What is kept of its error output. */
const wordsMax = 2_000;

/** Asks a timetable in the user's code, in a process that ends with the answer. Never rejects: whatever goes wrong is an answer. */
export async function askTicks(request: TicksRequest, { ms = 10_000, compileCache }: AskOptions = {}): Promise<TicksReply> {
  const [command, ...args] = diesWithParent([process.execPath, ...childExecArgv(), `--max-old-space-size=${heapMiB}`, entryFile(import.meta.url, "main"), JSON.stringify(request)]);
  const child = spawn(command, args, {
    cwd: request.codeFolder,
    env: codeEnvironment(compileCache === undefined ? {} : { NODE_COMPILE_CACHE: compileCache }),
    stdio: ["ignore", "ignore", "pipe", "pipe"],
  });
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, ms);
  let words = "";
  (child.stderr as Readable).setEncoding("utf8").on("data", (more: string) => (words = (words + more).slice(-wordsMax)));
  try {
    const pipe = child.stdio[replyFd] as Readable;
    // A process that the code has left behind may hold the pipe open for ever.
    child.once("exit", () => setTimeout(() => pipe.destroy(), 1_000).unref());
    const [answer] = await Promise.all([text(pipe).catch(() => ""), once(child, "exit")]);
    return parsed(answer) ?? { problem: noAnswer(request, late ? `it did not answer within ${ms / 1_000} s` : `its process ended without an answer${lastWords(words)}`) };
  } catch (error) {
    return { problem: noAnswer(request, `its process could not be started: ${(error as Error).message}`) };
  } finally {
    clearTimeout(timer);
  }
}

function parsed(answer: string): TicksReply | undefined {
  try {
    return JSON.parse(answer) as TicksReply;
  } catch {
    return undefined;
  }
}

function noAnswer({ dag, module }: TicksRequest, what: string): ErrorJson {
  return new MillraceError("MR-SCHED-009", { what: `the timetable gives no ticks: ${what}`, where: `DAG "${dag}", timetable, ${module}`, mend: "look for an endless loop, or for a wait outside of functions; the functions answer from what they are given, at once" }).toJSON();
}

function lastWords(words: string): string {
  const lines = words.split("\n").filter((line) => line.trim() !== "");
  return lines.length === 0 ? "" : `: ${lines.find((line) => /error|fatal/i.test(line)) ?? lines[lines.length - 1]}`;
}
