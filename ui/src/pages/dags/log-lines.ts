export interface LogLine {
  /** Place in the log, from 0. */
  at: number;
  /** Milliseconds since 1970; null where the line does not say. */
  time: number | null;
  level: "debug" | "info" | "warn" | "error";
  text: string;
}

/** The levels, each with those above it. */
const levels = ["debug", "info", "warn", "error"] as const;

const levelOf = (level: unknown): LogLine["level"] => (typeof level !== "number" ? "info" : level >= 50 ? "error" : level >= 40 ? "warn" : level >= 30 ? "info" : "debug");

/** A line of JSON as tasks write them; what is none is a text. Fields beside the message stand behind it. */
export function parseLine(line: string, at: number): LogLine {
  const entry = objectOf(line);
  if (!entry) return { at, time: null, level: "info", text: line };
  const { level, time, msg, ...fields } = entry;
  const more = Object.entries(fields).map(([name, value]) => `${name}=${typeof value === "string" ? value : JSON.stringify(value)}`);
  return { at, time: typeof time === "number" ? time : null, level: levelOf(level), text: [typeof msg === "string" ? msg : msg === undefined ? "" : JSON.stringify(msg), ...more].filter(Boolean).join("  ") };
}

function objectOf(line: string): { [key: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as { [key: string]: unknown }) : undefined;
  } catch {
    return undefined;
  }
}

/** Lines of a level and above with the text in them, whatever its case. */
export function foundLines(lines: readonly LogLine[], { level, find = "" }: { level?: string; find?: string }): readonly LogLine[] {
  const least = levels.indexOf((level ?? "debug") as LogLine["level"]);
  const text = find.toLowerCase();
  if (least <= 0 && text === "") return lines;
  return lines.filter((line) => levels.indexOf(line.level) >= least && (text === "" || line.text.toLowerCase().includes(text)));
}
