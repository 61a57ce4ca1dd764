import { MillraceError } from "../errors.ts";
import type { SerializedSql } from "./statement-gate.ts";

/** Semicolons at the end of a statement, and in comments behind it, that are tried as its end. */
const endsMax = 100;

/**
 * A statement as it can stand in brackets behind FROM. What is run is what was let through: the text in its brackets is
 * parsed again, and taken only when the same tree as before is in them. That also finds where a semicolon ends it.
 *
 * @param sql - a statement that has passed the gate
 * @param gated - its tree, as the gate saw it
 * @param around - puts a text between a SELECT of ours and the rest of it
 * @param parse - the engine's parser
 * @returns what `around` gives
 * @throws MillraceError `MR-SQL-002` when the statement cannot stand there
 */
export async function innerStatement(sql: string, gated: SerializedSql, around: (text: string) => string, parse: (sql: string) => Promise<SerializedSql>): Promise<string> {
  const expected = plainTree(gated.statements?.[0]?.node);
  for (const text of possibleTexts(sql)) {
    const whole = around(text);
    const { error, statements } = await parse(whole);
    if (!error && statements?.length === 1 && plainTree(innerNode(statements[0].node)) === expected) return whole;
  }
  throw new MillraceError("MR-SQL-002", {
    what: "the statement cannot stand inside another one",
    where: "the statement",
    mend: "write one SELECT without semicolons",
  });
}

/** The whole text, then what stands before each of its semicolons, from the last one. */
function* possibleTexts(sql: string): Generator<string> {
  yield sql;
  let end = sql.length;
  for (let n = 0; n < endsMax && (end = sql.lastIndexOf(";", end - 1)) >= 0; n++) {
    yield sql.slice(0, end);
    if (end === 0) return;
  }
}

function innerNode(node: Record<string, unknown>): unknown {
  const from = node.from_table as { type?: unknown; subquery?: { node?: unknown } } | undefined;
  return from?.type === "SUBQUERY" ? from.subquery?.node : undefined;
}

/** A tree as text, without the places in the statement, which shift. */
export function plainTree(node: unknown): string | undefined {
  return JSON.stringify(node, (key, value) => (key === "query_location" ? undefined : typeof value === "bigint" ? `${value}n` : value));
}
