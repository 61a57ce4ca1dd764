import type { ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";

/** Seconds of silence after which a process counts as gone wrong. */
export interface Patience {
  /** For one that the system has stopped. */
  frozenSeconds: number;
  /** For any: code of the user's may block it for a while. */
  hungSeconds: number;
}

/** Notices a process that says nothing any more. Counts its own ticks: a machine that slept has not waited. */
export function watchSilence(child: ChildProcess, { frozenSeconds, hungSeconds }: Patience, onSilence: (why: string) => void): { heard(): void; end(): void } {
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
