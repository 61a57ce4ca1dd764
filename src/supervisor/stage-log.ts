import type { StageLog } from "../model/definition.ts";

const levels = { debug: 20, info: 30, warn: 40, error: 50 };

/** A stage's log: one JSON line each in the form that pino writes, without pino's memory in every process. */
export function stageLog(stage: string, write: (line: string) => void, least: keyof typeof levels = "info"): StageLog {
  const at = (level: keyof typeof levels) => (message: string, fields?: Record<string, unknown>) => {
    if (levels[level] >= levels[least]) write(`${line({ level: levels[level], time: Date.now(), stage, ...fields, msg: message })}\n`);
  };
  return { debug: at("debug"), info: at("info"), warn: at("warn"), error: at("error") };
}

/** Fields of the user may be anything, a circle too. */
function line(entry: Record<string, unknown>): string {
  try {
    return JSON.stringify(entry, (_, value: unknown) => (typeof value === "bigint" ? String(value) : value instanceof Error ? { name: value.name, message: value.message, stack: value.stack } : value));
  } catch {
    return JSON.stringify({ level: entry.level, time: entry.time, stage: entry.stage, msg: String(entry.msg), unprintable: true });
  }
}
