import { type ErrorCode, type ErrorJson, MillraceError } from "../errors.ts";
import { refusalIn } from "../wrangle/refusal.ts";
import { placeInSql } from "./sql-text.ts";

/** Before an error of ours, as JSON, that passes through the engine. */
export const errorMark = "millrace-error:";

/** What the engine says of an error when `errors_as_json` is set. */
interface EngineMessage {
  exception_type: string;
  exception_message: string;
  /** In bytes of the statement. */
  position?: string;
  candidates?: string;
}

export interface EngineContext {
  /** Why we interrupted the engine; absent when we did not. */
  stopped?: MillraceError;
  /** What stands before the statement in the text that the engine ran. */
  bytesBefore: number;
  /** The engine ran a text of ours that means the same: a place in it is none in the statement. */
  rewritten?: boolean;
}

/** An error of the engine under a code of ours, without paths of this machine. */
export function engineError(error: unknown, sql: string, { stopped, bytesBefore, rewritten }: EngineContext): MillraceError {
  if (error instanceof MillraceError) return error;
  const message = parseMessage(error instanceof Error ? error.message : String(error));
  const ours = passedThrough(message.exception_message);
  if (ours) return ours;
  if (stopped) return stopped;
  const refusal = refusalIn(message.exception_message);
  if (refusal !== undefined) return refused(refusal);
  if (/no space left|disk quota/i.test(message.exception_message)) return diskFull();
  if (/out of memory|bad_alloc|allocation failure|failed to allocate|array buffer allocation failed|invalid string length|cannot create a string longer|max_temp_directory_size/i.test(`${message.exception_type} ${message.exception_message}`)) return outOfMemory();
  if (/max expression depth/i.test(message.exception_message)) return tooDeep();
  const where = message.position === undefined || rewritten ? "the statement" : placeInSql(sql, Number(message.position) - bytesBefore, message.exception_type === "Parser" ? "characters" : "bytes");
  const what = withoutPaths(message.exception_message);
  const code = codeOf(message);
  return new MillraceError(code, { what, where, mend: mendOf(code, message) });
}

/** An error of ours in the engine's text; undefined where there is none, or where a value only looks like the beginning of one. */
function passedThrough(text: string): MillraceError | undefined {
  const at = text.indexOf(errorMark);
  if (at < 0) return undefined;
  try {
    const error = JSON.parse(text.slice(at + errorMark.length)) as ErrorJson;
    return new MillraceError(error.code, { ...error, what: withoutPaths(error.what), where: withoutPaths(error.where) });
  } catch {
    return undefined;
  }
}

/** A statement that compares rows has counted its pairs. */
function refused(what: string): MillraceError {
  return new MillraceError("MR-WRANGLE-003", { what, where: "the rows that are compared", mend: "make blocking rules stricter by one more column, make values that stand for none null, or raise pairsMax; a key must name one row" });
}

function diskFull(): MillraceError {
  return new MillraceError("MR-FILES-002", { what: "the disk is full", where: "what the statement writes", mend: "free some space; nothing that was acknowledged is lost", retryable: true });
}

function tooDeep(): MillraceError {
  return new MillraceError("MR-SQL-002", { what: "expressions stand too deep inside one another", where: "the statement", mend: "split the statement with common table expressions" });
}

function parseMessage(text: string): EngineMessage {
  const json = text.indexOf("{");
  if (json >= 0) {
    try {
      const parsed = JSON.parse(text.slice(json)) as EngineMessage;
      if (typeof parsed.exception_message === "string") return parsed;
    } catch {
      // It is text after all.
    }
  }
  const [, kind, rest] = /^([A-Z][A-Za-z ]*?) Error: ([\s\S]*)$/.exec(text) ?? [];
  return { exception_type: kind ?? "", exception_message: rest ?? text };
}

function codeOf({ exception_type, exception_message }: EngineMessage): ErrorCode {
  if (exception_type === "Parser" || exception_type === "Syntax") return "MR-SQL-001";
  if (exception_type === "Permission" || exception_type === "Invalid Configuration") return "MR-SQL-002";
  if (exception_type === "Catalog") return "MR-SQL-003";
  if (exception_type === "Binder") return /not found|does not exist|does not have a column|no matching columns/i.test(exception_message) ? "MR-SQL-003" : "MR-SQL-001";
  return "MR-SQL-005";
}

function mendOf(code: ErrorCode, { candidates }: EngineMessage): string {
  if (code === "MR-SQL-003") return candidates ? `correct the name (nearest: ${candidates.split(",").join(", ")})` : "correct the name; DESCRIBE shows the columns of a table";
  if (code === "MR-SQL-001") return "correct the statement there";
  if (code === "MR-SQL-002") return "read tables and topics by their names alone";
  return "look at the values that the statement reads there; try_cast, nullif and coalesce help with single bad ones";
}

/** Paths say how this machine is laid out, which is nobody's business who only reads tables. */
function withoutPaths(text: string): string {
  return text.replaceAll(/(?:file:\/\/)?(?:[A-Za-z]:)?(?:[\\/][^\s'"`:;,()[\]{}<>\\/]+){2,}/g, "(a file)");
}

export function outOfTime(): MillraceError {
  return new MillraceError("MR-SQL-004", { what: "the statement did not end in its time", where: "the statement", mend: "read fewer rows (a narrower WHERE), or allow it more time" });
}

const tooLarge = "the statement needs more memory than it is allowed";

/** Over fewer columns or rows it may end well: what ran out was memory, and no time. */
export const isOutOfMemory = (error: unknown): boolean => error instanceof MillraceError && error.code === "MR-SQL-004" && error.parts.what === tooLarge;

export function outOfMemory(): MillraceError {
  return new MillraceError("MR-SQL-004", { what: tooLarge, where: "the statement", mend: "read fewer rows or columns, aggregate earlier, or allow it more memory" });
}
