import { sqlName } from "../../lake/duckdb.ts";
import { type DetectSpec, textCharacters } from "./detect.ts";

/**
 * The statement that gives what a detector looks at: the numeric columns as doubles, then those of the group and those that
 * tell which row it is, as text. Rows of a group stand together, and in it in the order of time; those of one time in the order of their values, so that
 * they are judged alike each time. A row without a time has no place in a series: its values count as missing.
 *
 * @param from - what stands behind FROM
 * @param order - the column of the time, for series
 */
export function detectSql({ columns, by, label }: Pick<DetectSpec, "columns" | "by" | "label">, from: string, order?: string): string {
  const placed = (number: string): string => (order === undefined ? number : `case when ${sqlName(order)} is not null then ${number} end`);
  const numbers = columns.map((name) => placed(`try_cast(${sqlName(name)} as double)`));
  // Of groups the whole text: two may begin alike.
  const texts = [...by.map((name) => `cast(${sqlName(name)} as varchar)`), ...label.map((name) => `left(cast(${sqlName(name)} as varchar), ${textCharacters})`)];
  const ordered = [...by, ...(order === undefined ? [] : [order, ...columns])].map(sqlName);
  return `select ${[...numbers, ...texts].join(", ")} from ${from}${ordered.length === 0 ? "" : ` order by ${ordered.join(", ")}`}`;
}
