import { format } from "node:util";
import type { AttemptLog } from "./attempt-log.ts";

type Level = "debug" | "info" | "warn" | "error";

const consoleLevels = { debug: "debug", log: "info", info: "info", warn: "warn", error: "error" } as const satisfies Record<string, Level>;

/**
 * What the user's code prints goes to the log of its attempt; what is printed outside of any goes where it always went.
 * @param logAtHand - of the attempt whose code runs at the moment
 */
export function captureOutput(logAtHand: () => AttemptLog | undefined): void {
  for (const [name, level] of Object.entries(consoleLevels) as [keyof typeof consoleLevels, Level][]) {
    const print = console[name].bind(console);
    console[name] = (...args: unknown[]) => {
      const log = logAtHand();
      if (log) log[level](format(...args));
      else print(...args);
    };
  }
  capture(process.stdout, "info", logAtHand);
  capture(process.stderr, "warn", logAtHand);
}

/** What does not come by the usual methods of the console: its tables and traces, and code that writes to the stream. */
function capture(stream: NodeJS.WriteStream, level: Level, logAtHand: () => AttemptLog | undefined): void {
  const write = stream.write.bind(stream) as (...args: unknown[]) => boolean;
  stream.write = ((chunk: string | Uint8Array, ...rest: unknown[]) => {
    const log = logAtHand();
    if (!log) return write(chunk, ...rest);
    const text = typeof chunk === "string" ? chunk : Buffer.from(chunk).toString("utf8");
    for (const line of text.split("\n")) if (line !== "") log[level](line);
    const done = rest.findLast((each) => typeof each === "function") as (() => void) | undefined;
    if (done) process.nextTick(done);
    return true;
  }) as typeof stream.write;
}
