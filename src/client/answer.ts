import { type ErrorJson, errorCodes, MillraceError } from "../errors.ts";
import type { ResultRows } from "./row-objects.ts";
import type { Page, QueryState } from "./service.ts";

/* What the service answers, looked at before it is worked with: the address may be that of something else, or of a proxy that says what it likes. */

type Json = { readonly [field: string]: unknown };

/** @param where - the call, for messages */
export function rowsIn(value: unknown, where: string): ResultRows & { truncated: boolean } {
  const answer = objectIn(value, where);
  checkRows(answer, where);
  return { ...answer, truncated: answer.truncated === true } as ResultRows & { truncated: boolean };
}

/** @param page - that was asked for: the next one comes behind it */
export function pageIn(value: unknown, page: string, where: string): Page {
  const answer = objectIn(value, where);
  checkRows(answer, where);
  const { next } = answer;
  // Else the pages would never come to an end.
  if (next !== null && !(typeof next === "string" && /^\d{1,15}$/.test(next) && Number(next) > Number(page))) throw notOurs("its pages do not follow one another", where);
  return answer as unknown as Page;
}

export function stateIn(value: unknown, where: string): QueryState {
  const { id, endedAt, error } = objectIn(value, where);
  const isState = typeof id === "string" && (endedAt === null || typeof endedAt === "string") && (error === null || isError(error));
  if (!isState) throw notOurs("it says nothing of a query", where);
  return { id, endedAt, error };
}

/** The error that the service sent with a status that is no success. */
export function errorIn(value: unknown): MillraceError | undefined {
  const error = typeof value === "object" && value !== null ? (value as Json).error : undefined;
  return isError(error) ? MillraceError.fromJSON(error) : undefined;
}

export function notOurs(what: string, where: string, cause?: unknown): MillraceError {
  return new MillraceError("MR-INTERNAL-001", { what: `the answer is none of Millrace's: ${what}`, where, mend: "see whether the address is that of Millrace, and of the version of this client", cause });
}

function objectIn(value: unknown, where: string): Json {
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return value as Json;
  throw notOurs("it is no object", where);
}

function checkRows({ columns, rows }: Json, where: string): void {
  const isColumn = (column: unknown): boolean => typeof column === "object" && column !== null && typeof (column as Json).name === "string";
  if (!Array.isArray(columns) || !columns.every(isColumn) || !Array.isArray(rows)) throw notOurs("it has no columns or no rows", where);
  if (!rows.every((row) => Array.isArray(row) && row.length === columns.length)) throw notOurs("its rows are not of its columns", where);
}

function isError(value: unknown): value is ErrorJson {
  if (typeof value !== "object" || value === null) return false;
  const { code, what, where, mend } = value as Json;
  return Object.hasOwn(errorCodes, String(code)) && [what, where, mend].every((text) => typeof text === "string");
}
