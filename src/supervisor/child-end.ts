import type { ChildProcess } from "node:child_process";

/**
 * Calls once when the process is gone. Its output may stay open for longer, in the hands of a process that the user's code
 * has started: what was said last is waited for, but not for ever.
 */
export function onEnd(child: ChildProcess, ended: (code: number | null, signal: NodeJS.Signals | null) => void): void {
  let done = false;
  const end = (code: number | null, signal: NodeJS.Signals | null): void => {
    if (!done) ended(code, signal);
    done = true;
  };
  child.once("exit", (code, signal) => setTimeout(end, lastWordsMs, code, signal));
  child.once("close", end);
}

const lastWordsMs = 500;
