import type { CliContext } from "../context.ts";
import { plainJson, plainText } from "./plain-text.ts";
import type { Style } from "./style.ts";

/**
 * A line of a task's log: JSON for programs; for people its time, level and text, and what else it holds.
 *
 * @param line - a JSON object with `time`, `level` and `msg`; what is none is shown as it is
 */
export function logLine(line: string, { options, style }: Pick<CliContext, "options" | "style">): string {
  const entry = parsed(line);
  if (options.json) return `${plainJson(entry ?? { msg: line })}\n`;
  if (!entry) return `${plainText(line)}\n`;
  const { time, level, msg, ...rest } = entry;
  const more = Object.entries(rest).map(([name, value]) => ` ${style.dim(`${plainText(name)}=`)}${typeof value === "string" ? plainText(value) : plainJson(value)}`);
  return `${style.dim(plainText(String(time ?? "")))} ${paintLevel(String(level), style)(plainText(String(level ?? "")).padEnd(5))} ${plainText(String(msg ?? ""))}${more.join("")}\n`;
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
