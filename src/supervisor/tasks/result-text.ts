import { MillraceError } from "../../errors.ts";

const resultBytesMax = 64 * 1024 * 1024;

/**
 * A task's result as JSON; undefined for none. What JSON would drop or alter without a word (functions, maps, sets) is an
 * error in place of a surprise in the next task. As everywhere in JSON, dates become texts and NaN becomes null.
 *
 * @throws MillraceError `MR-TASK-002`, `MR-TASK-003`
 */
export function resultText(value: unknown, where: string): string | undefined {
  if (value === undefined) return undefined;
  let length = 0;
  const text = stringify(value, where, (key, entry) => {
    const what = unfit(entry);
    if (what) throw notJson(`the result holds ${what}${at(value)}`, where);
    // Counted while it grows: text of gigabytes would end the process and not only the task.
    length += key.length + (typeof entry === "string" ? entry.length : 1);
    if (length > resultBytesMax) throw tooLarge(where);
    return entry;
  });
  if (text.length > resultBytesMax || Buffer.byteLength(text) > resultBytesMax) throw tooLarge(where);
  return text;
}

function stringify(value: unknown, where: string, replacer: (key: string, value: unknown) => unknown): string {
  // The common case, and the only one in which nothing can be hidden inside.
  if (typeof value === "number" || typeof value === "boolean" || value === null) return JSON.stringify(value);
  try {
    return JSON.stringify(value, replacer);
  } catch (error) {
    if (error instanceof MillraceError) throw error;
    if (error instanceof RangeError) throw tooLarge(where);
    const message = error instanceof Error ? error.message.split("\n")[0] : String(error);
    throw notJson(`the result cannot be written as JSON: ${message}`, where);
  }
}

function unfit(value: unknown): string | undefined {
  if (typeof value === "function") return "a function";
  if (typeof value === "symbol") return "a symbol";
  if (typeof value === "bigint") return "a bigint";
  if (value instanceof Map) return "a map";
  if (value instanceof Set) return "a set";
  if (value instanceof Promise) return "a promise, which nobody waited for";
  return undefined;
}

/** ` at "rows[3].total"`: where in the result the first unfit value stands. */
function at(value: unknown): string {
  const path = pathToUnfit(value, "", new Set());
  return path ? ` at ${JSON.stringify(path)}` : "";
}

function pathToUnfit(value: unknown, path: string, seen: Set<unknown>): string | undefined {
  if (unfit(value)) return path;
  if (typeof value !== "object" || value === null || seen.has(value)) return undefined;
  seen.add(value);
  for (const [key, entry] of Object.entries(value)) {
    const found = pathToUnfit(entry, Array.isArray(value) ? `${path}[${key}]` : path === "" ? key : `${path}.${key}`, seen);
    if (found !== undefined) return found;
  }
  return undefined;
}

function notJson(what: string, where: string): MillraceError {
  return new MillraceError("MR-TASK-002", { what, where, mend: "return plain data: objects, lists, texts, numbers, booleans, null; a bigint as a text" });
}

function tooLarge(where: string): MillraceError {
  return new MillraceError("MR-TASK-003", {
    what: `the result has more than ${resultBytesMax / 1024 / 1024} MiB as JSON`,
    where,
    mend: "write the data to a table, a topic or a file, and return its name in place of what is in it",
  });
}
