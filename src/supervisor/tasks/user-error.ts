import { fileURLToPath } from "node:url";
import { type ErrorJson, MillraceError } from "../../errors.ts";

const framesMax = 10;
const wordsMax = 2_000;
/** Frames in here are ours: `src` in a checkout, `dist` in a build. */
const ourFolder = fileURLToPath(new URL("../../", import.meta.url));

/**
 * What is told of an error that the user's code threw: its words, and the places in the user's own code.
 * @param where - the attempt
 */
export function userError(error: unknown, where: string, codeFolder: string): ErrorJson {
  if (error instanceof MillraceError) return { ...error.toJSON(), where: error.parts.where.startsWith(where) ? error.parts.where : `${where}; ${error.parts.where}` };
  const frames = userFrames(error, codeFolder).map((frame) => `\n    at ${frame}`);
  return {
    code: "MR-TASK-001",
    what: wordsOf(error),
    where: where + frames.join(""),
    mend: "mend the code at the first of these places, then clear the task; its log has the whole stack",
    retryable: true,
  };
}

/** `TypeError: x is not a function (caused by Error: …)`. */
export function wordsOf(error: unknown): string {
  if (!(error instanceof Error)) return cut(`a value was thrown that is no error: ${printed(error)}`);
  const own = error.message === "" ? error.name : `${error.name}: ${error.message}`;
  const cause = error.cause instanceof Error ? ` (caused by ${error.cause.name}: ${error.cause.message})` : "";
  return cut(own + cause);
}

function userFrames(error: unknown, codeFolder: string): string[] {
  if (!(error instanceof Error) || typeof error.stack !== "string") return [];
  const frames = error.stack.split("\n").flatMap((line) => /^\s+at (.+)$/.exec(line)?.[1] ?? []);
  return frames
    .map((frame) => frame.replaceAll("file://", "").replaceAll(/\?[^:)]*(?=:\d+:\d+)/g, ""))
    .filter((frame) => !frame.includes("node:") && !frame.includes(ourFolder) && frame !== "<anonymous>" && !frame.endsWith("(<anonymous>)"))
    .map((frame) => frame.replaceAll(`${codeFolder}/`, ""))
    .slice(0, framesMax);
}

function printed(value: unknown): string {
  try {
    return typeof value === "object" ? JSON.stringify(value) : String(value);
  } catch {
    return "one that cannot be printed";
  }
}

const cut = (text: string): string => (text.length > wordsMax ? `${text.slice(0, wordsMax)}…` : text);
