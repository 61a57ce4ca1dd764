import { createHash } from "node:crypto";
import { volatileFunctions } from "./allowed-functions.ts";
import { plainTree } from "./inner-statement.ts";
import type { SerializedSql } from "./statement-gate.ts";

/** Of a longer statement the tree is so large that to print it takes longer than most results are worth. */
const sqlCharsMax = 8_192;

/**
 * The same text for statements that the engine reads as the same, whatever their spaces and comments are. Undefined for one
 * whose result is not decided by what it reads, and for one of more than 8,192 characters.
 *
 * @param tree - of `sql`, which has passed the gate
 */
export function fingerprintOf(sql: string, { statements }: SerializedSql): string | undefined {
  const node = statements?.[0]?.node;
  if (sql.length > sqlCharsMax) return undefined;
  if (isVolatile(node)) return undefined;
  return createHash("sha256").update(plainTree(node) as string).digest("hex");
}

const volatileWords = new RegExp(`\\b(${[...volatileFunctions, "setseed", "sample", "tablesample"].join("|")})\\b`, "i");

/** Whether a statement whose tree is not at hand may give something else each time. A word in a name or a text counts as well: it costs no more than a run. */
export function mayVary(sql: string): boolean {
  return volatileWords.test(sql);
}

function isVolatile(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(isVolatile);
  const node = value as Record<string, unknown>;
  if (typeof node.function_name === "string" && volatileFunctions.has(node.function_name.toLowerCase())) return true;
  // `current_date` is a name until it is found to be none of a column.
  if (node.class === "COLUMN_REF" && volatileFunctions.has(String((node.column_names as string[]).at(-1)).toLowerCase())) return true;
  return Boolean(node.sample) || Object.values(node).some(isVolatile);
}
