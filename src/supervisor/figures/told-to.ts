import type { LastLines } from "./last-lines.ts";

interface Log {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

/** A log that also stands among the lines of a stage: what is said about it. */
export function toldTo(lines: LastLines, log: Log): Log {
  const both = (level: "info" | "warn" | "error") => (fields: object, message: string): void => {
    log[level](fields, message);
    const { stage: _, ...rest } = fields as { stage?: unknown };
    lines.add(new Date(), level, message, rest);
  };
  return { info: both("info"), warn: both("warn"), error: both("error") };
}
