import type { Materialization } from "./model-decl.ts";
import { checkOptions, invalid } from "../option-checks.ts";

export interface KeyOptions {
  /** Columns that tell one row from another. */
  key: string | readonly string[];
}

export interface HistoryOptions extends KeyOptions {
  /** The column that says when a row was changed. */
  updatedAt?: string;
  /** Columns whose change makes a new version. Default, without `updatedAt`: all but the key. */
  compare?: readonly string[];
  /** What becomes of rows that the statement gives no more. Default `keep`. */
  deleted?: "keep" | "end" | "mark";
}

/**
 * Rows come by key: one that is there is replaced, another is added. A statement that gives one key twice fails.
 * @example table("sales.customers", { sql: …, materialize: merge({ key: "id" }) })
 */
export function merge(options: KeyOptions): Materialization {
  return { kind: "merge", key: keyOf(options, "merge") };
}

/** All rows whose key is among the new ones go, and the new ones come, as many as there are for a key. */
export function replaceKeys(options: KeyOptions): Materialization {
  return { kind: "replace-keys", key: keyOf(options, "replaceKeys") };
}

/**
 * Keeps every version that a row ever had, from when to when it held, in `valid_from` and `valid_to`: a slowly changing
 * dimension of type 2. The version that holds has a `valid_to` of null.
 */
export function history(options: HistoryOptions): Materialization {
  const key = keyOf(options, "history", ["updatedAt", "compare", "deleted"]);
  const { updatedAt, compare, deleted = "keep" } = options;
  if (updatedAt !== undefined && compare !== undefined) throw invalid("history is given both `updatedAt` and `compare`", "history", "keep one: a time of change, or the columns to look at");
  if (!["keep", "end", "mark"].includes(deleted)) throw invalid(`deleted is ${JSON.stringify(deleted)}`, "history", 'use "keep", "end" or "mark"');
  return { kind: "history", key, ...(updatedAt !== undefined && { updatedAt }), ...(compare !== undefined && { compare: [...compare] }), deleted };
}

function keyOf(options: KeyOptions, what: string, more: readonly string[] = []): string[] {
  checkOptions(options, ["key", ...more], what);
  const key = [options.key].flat() as unknown[];
  if (key.length > 0 && key.every((name) => typeof name === "string" && name !== "")) return key as string[];
  throw invalid(`${what} has no key`, what, 'name the columns that tell rows apart: key: "id" or key: ["order", "line"]');
}
