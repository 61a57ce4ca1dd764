import { definitionKind, type TableDefinition } from "../definition.ts";
import { invalid } from "../option-checks.ts";
import { isSql, type Sql, sql } from "../sql-tag.ts";
import type { Check } from "./model-definition.ts";

export interface CheckOptions {
  /** Default: made of what is checked. */
  name?: string;
  /** `error`, the default: a version that fails is not published. `warn`: it is, and the failure is told. */
  severity?: "error" | "warn";
  /** Only rows for which this holds are looked at: sql`status <> 'draft'`. */
  where?: Sql;
}

/** No row has a null there. */
export function notNull(column: string, options: CheckOptions = {}): Check {
  return made("notNull", [column], {}, options, `not_null_${column}`);
}

/** No two rows have the same values there. Rows with a null among them do not count, as in SQL. */
export function unique(columns: string | readonly string[], options: CheckOptions = {}): Check {
  const list = [columns].flat() as string[];
  return made("unique", list, {}, options, `unique_${list.join("_")}`);
}

/** Every value is one of these. Nulls do not count. */
export function accepted(column: string, values: readonly (string | number | boolean)[], options: CheckOptions = {}): Check {
  if (!Array.isArray(values) || values.length === 0) throw invalid("there are no values to accept", `accepted("${column}")`, 'list them: accepted("status", ["new", "paid"])');
  return made("accepted", [column], { values: [...values] }, options, `accepted_${column}`);
}

/** Every value is in the other table's column. Nulls do not count. */
export function relationship(column: string, table: TableDefinition, to: string, options: CheckOptions = {}): Check {
  if (definitionKind(table) !== "table") throw invalid("the other side is no table", `relationship("${column}")`, "give what table(…) returned");
  return made("relationship", [column], { to: { table, column: to } }, options, `relationship_${column}`);
}

/** Stands for the table in the statement of a `check`. */
export const rows: Sql = sql.raw("{{ this }}");

/**
 * A statement that gives the rows that are wrong.
 * @example check("no_negative_totals", sql`select * from ${rows} where total < 0`)
 */
export function check(name: string, statement: Sql, options: Omit<CheckOptions, "name" | "where"> = {}): Check {
  if (!isSql(statement)) throw invalid("the check's statement is no SQL of the tag's", `check("${name}")`, "write sql`select * from ${rows} where …`");
  return made("sql", [], { sql: statement.text, reads: statement.reads }, { ...options, name }, name);
}

function made(kind: Check["kind"], columns: string[], parts: Partial<Check>, { name, severity = "error", where }: CheckOptions, fallback: string): Check {
  const at = `${kind}(${columns.map((column) => JSON.stringify(column)).join(", ")})`;
  if (kind !== "sql" && (columns.length === 0 || columns.some((column) => typeof column !== "string" || column === ""))) throw invalid("the check names no column", at, 'name one: notNull("id")');
  if (severity !== "error" && severity !== "warn") throw invalid(`severity is ${JSON.stringify(severity)}`, at, 'use "error" or "warn"');
  if (where !== undefined && !isSql(where)) throw invalid("`where` is no SQL of the tag's", at, "write where: sql`status <> 'draft'`");
  return { kind, columns, ...parts, name: name ?? fallback, severity, ...(where && { where: where.text }) };
}
