import { invalid } from "../option-checks.ts";
import { isSql, type Sql, sql } from "../sql-tag.ts";
import { type Check, type CheckOptions, madeCheck, type RecordTest } from "./check-definition.ts";

/** Stands for the dataset in the statement of a `check`. */
export const rows: Sql = sql.raw("{{ this }}");

/**
 * Holds in every row. Where it is null, as a comparison with null is, it is not broken, as in a constraint of SQL.
 * @example rowCondition("ordered", sql`departed <= arrived`)
 */
export function rowCondition(name: string, condition: Sql, options: Omit<CheckOptions, "name"> = {}): Check {
  if (!isSql(condition)) throw invalid("the condition is no SQL of the tag's", `rowCondition("${name}")`, "write sql`departed <= arrived`");
  return madeCheck([], { kind: "row", condition: condition.text }, { ...options, name }, name, condition.reads);
}

/**
 * A statement that gives the rows that are wrong.
 * @example check("no_negative_totals", sql`select * from ${rows} where total < 0`)
 */
export function check(name: string, statement: Sql, options: Omit<CheckOptions, "name" | "where"> = {}): Check {
  if (!isSql(statement)) throw invalid("the check's statement is no SQL of the tag's", `check("${name}")`, "write sql`select * from ${rows} where …`");
  return madeCheck([], { kind: "sql", sql: statement.text }, { ...options, name }, name, statement.reads);
}

/**
 * A function of yours over each record of a topic, or each row of a table of the lake: true, or a text that says what is wrong. It
 * runs in the process of the stage that reads the topic; of a table in a process of its own, which reads all rows: a condition
 * in SQL costs far less. It must not throw, wait, or change the record.
 * @example recordCheck("balanced", (order) => order.total === order.net + order.tax || "total is not net + tax")
 */
export function recordCheck<T = any>(name: string, holds: RecordTest<T>, options: Omit<CheckOptions, "name" | "where" | "tolerance"> = {}): Check {
  if (typeof holds !== "function") throw invalid("the check has no function", `recordCheck("${name}")`, "give one that returns true, or why not");
  return { ...madeCheck([], { kind: "record" }, { ...options, name }, name), holds };
}
