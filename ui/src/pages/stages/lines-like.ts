import type { LogLine } from "./use-log-lines.ts";

interface Wanted {
  words: string;
  level?: string;
  /** Id of a process. */
  process?: string;
}

/** Lines that have all that is wanted. */
export function linesLike(lines: readonly LogLine[], { words, level, process }: Wanted): readonly LogLine[] {
  const sought = words.toLowerCase();
  return lines.filter((line) => (level === undefined || line.level === level) && (process === undefined || String(line.pid) === process) && `${line.level} ${line.text} ${line.fields ?? ""}`.toLowerCase().includes(sought));
}

/** Ids of all processes that are there or have said something, in their order. */
export function processesOf(lines: readonly Pick<LogLine, "pid">[], { instances }: { instances: readonly { pid: number; machine?: string }[] }): string[] {
  const here = instances.filter(({ machine }) => machine === undefined).map(({ pid }) => pid);
  return [...new Set([...lines.flatMap(({ pid }) => pid ?? []), ...here])].sort((a, b) => a - b).map(String);
}
