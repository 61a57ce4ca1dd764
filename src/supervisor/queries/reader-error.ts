import { asMillraceError, type ErrorCode, MillraceError } from "../../errors.ts";

/**
 * How far a statement has come: `stated`: what it names is being looked for; `opening`: what that stands on is; `running`: all is
 * open, and the engine is at work.
 */
export type QueryPhase = "stated" | "opening" | "running";

/** Of the statement's own text and of what it may name. */
const ofStatement: ReadonlySet<ErrorCode> = new Set(["MR-SQL-001", "MR-SQL-002", "MR-SQL-003", "MR-WRANGLE-001", "MR-WRANGLE-002"]);

/**
 * An error as the holder of a reader's token is told of it: nothing in it comes from what the mart stands on, neither names nor
 * values. Of a value that a view stumbles over it is not known whose it is.
 *
 * @param throughViews - the statement reads views, whose rows come from elsewhere
 */
export function errorForReader(thrown: unknown, { phase, throughViews }: { phase: QueryPhase; throughViews: boolean }): MillraceError {
  const error = asMillraceError(thrown, "the statement");
  const { code, parts } = error;
  if (code === "MR-SQL-004") return new MillraceError(code, { ...parts, where: "the statement", cause: error });
  if (code === "MR-SQL-006" || code === "MR-HTTP-008") return error;
  if (phase === "stated" && (ofStatement.has(code) || code === "MR-LAKE-001")) return error;
  if (phase === "running" && (ofStatement.has(code) || (code === "MR-SQL-005" && !throughViews))) return error;
  if (phase === "running" && code === "MR-SQL-005") return new MillraceError(code, { what: "the statement fails on a value that it reads", where: "the statement", mend: "look at its casts and divisions: try_cast, nullif and coalesce help with single bad values", cause: error });
  return new MillraceError("MR-SQL-007", { what: "a table that the statement names cannot be read now", where: "the statement", mend: "tell whoever looks after the project, whose log says more", retryable: parts.retryable, cause: error });
}
