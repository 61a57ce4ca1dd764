import type { CliContext } from "../context.ts";
import { plainJson, plainLines, plainText } from "./plain-text.ts";
import type { Style } from "./style.ts";

/**
 * A line of a task's log: JSON for programs; for people its time (UTC), level and text, and what else it holds.
 *
 * @param line - a JSON object with `time` (ISO 8601, or milliseconds since 1970), `level` (a name, or a number as pino has it)
 * and `msg`; what is none is shown as it is
 */
export function logLine(line: string, { options, style }: Pick<CliContext, "options" | "style">): string {
  const entry = parsed(line);
  if (options.json) return `${plainJson(entry ?? { msg: line })}\n`;
  if (!entry) return `${plainText(line)}\n`;
  const { time, level: given, msg, ...rest } = entry;
  const level = levelNames[String(given)] ?? plainText(String(given ?? ""));
  const more = Object.entries(rest).map(([name, value]) => ` ${style.dim(`${plainText(name)}=`)}${typeof value === "string" ? fieldText(value) : plainJson(value)}`);
  return `${style.dim(timeText(time))} ${paintLevel(level, style)(level.padEnd(5))} ${plainText(String(msg ?? ""))}${more.join("")}\n`;
}

/** A text of several lines, such as a stack, on lines of its own; its indent tells it from lines of the log. */
function fieldText(text: string): string {
  return text.includes("\n") ? `\n    ${plainLines(text.replaceAll("\n", "\n    "))}` : plainText(text);
}

const levelNames: Record<string, string> = { 10: "trace", 20: "debug", 30: "info", 40: "warn", 50: "error", 60: "fatal" };

function timeText(time: unknown): string {
  return typeof time === "number" && Math.abs(time) <= 8.64e15 ? new Date(time).toISOString() : plainText(String(time ?? ""));
}

function parsed(line: string): Record<string, unknown> | undefined {
  try {
    const value = JSON.parse(line) as unknown;
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function paintLevel(level: string, style: Style): (text: string) => string {
  if (level === "error" || level === "fatal") return style.bad;
  if (level === "warn") return style.warn;
  return level === "info" ? style.good : style.dim;
}
