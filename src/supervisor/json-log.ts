import type { StageLog } from "../model/definition.ts";

const levels = { debug: 20, info: 30, warn: 40, error: 50 };

export type LogLevel = keyof typeof levels;

/**
 * A log of one JSON line each in the form that pino writes, without pino's memory in every process.
 * @param fixed - stands in every line
 */
export function jsonLog(fixed: Record<string, unknown>, write: (line: string) => void, least: LogLevel = "info"): StageLog {
  const at = (level: LogLevel) => (message: string, fields?: Record<string, unknown>) => {
    if (levels[level] >= levels[least]) write(`${line({ level: levels[level], time: Date.now(), ...fixed, ...fields, msg: message }, fixed)}\n`);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** Fields of the user may be anything, a circle too. */
function line(entry: Record<string, unknown>, fixed: Record<string, unknown>): string {
  try {
    return JSON.stringify(entry, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value));
  } catch {
    return JSON.stringify({ level: entry.level, time: entry.time, ...fixed, msg: String(entry.msg), unprintable: true });
  }
}
