import type { LogLine } from "../server/log-line.ts";

/** A line that a child process has said. */
export interface ParsedLine {
  level: LogLine["level"];
  message: string;
  fields: Record<string, unknown>;
}

const levels: Record<number, LogLine["level"]> = { 10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal" };

/** JSON of ours with what it says; anything else as text, with `output`. */
export function parsedLine(line: string): ParsedLine {
  try {
    const { level, time: _, msg, ...fields } = JSON.parse(line) as { level: number; time: number; msg: unknown };
    if (typeof msg !== "string") throw new TypeError("no line of ours");
    return { level: levels[level] ?? "info", message: msg, fields };
  } catch {
    return { level: "info", message: line, fields: { output: true } };
  }
}
