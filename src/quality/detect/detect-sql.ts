import { sqlName } from "../../lake/duckdb.ts";
import type { DetectSpec } from "./detect.ts";

/**
 * The statement that gives what a detector looks at: the numeric columns as doubles, then those of the group and those that
 * tell which row it is, as text. Rows of a group stand together, and in it in the order of time.
 *
 * @param from - what stands behind FROM
 * @param order - the column of the time, for series
 */
export function detectSql({ columns, by, label }: Pick<DetectSpec, "columns" | "by" | "label">, from: string, order?: string): string {
  const numbers = columns.map((name) => `try_cast(${sqlName(name)} as double)`);
  const texts = [...by, ...label].map((name) => `cast(${sqlName(name)} as varchar)`);
  const ordered = [...by, ...(order === undefined ? [] : [order])].map(sqlName);
  return `select ${[...numbers, ...texts].join(", ")} from ${from}${ordered.length === 0 ? "" : ` order by ${ordered.join(", ")}`}`;
}
