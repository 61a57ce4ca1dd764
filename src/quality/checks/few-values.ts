import { sqlName } from "../../lake/duckdb.ts";
import { type CheckedColumn, type CheckedDataset, isText, relationOf } from "./checked-dataset.ts";

/*
 * Most columns of text hold few values, each many times. To bring their rows together by value once, before the scan, costs less
 * than to look at each text as often as there are checks of it; where that is guessed wrong, it costs time and nothing else.
 */

/** Bytes of a text in its file below which most are there many times: a dictionary of some thousands has them. */
const bytesOfFewMax = 2;
const rowsOfFewMin = 10_000;

export function hasFewValues({ name, type }: CheckedColumn, { facts }: CheckedDataset): boolean {
  if (facts === undefined || facts.rows < rowsOfFewMin || !isText(type)) return false;
  return (facts.columns.get(name)?.bytes ?? Infinity) < bytesOfFewMax * facts.rows;
}

/** Each value of a column once, with the number of its rows, as a relation of the statement. */
export const valuesOf = (column: string): string => sqlName(`values of ${column}`);
/** The column of `valuesOf` with the number of rows. */
export const rowsOfValue = '"rows of value"';

/** What stands before a statement that names the values of columns. */
export function valuesSql(columns: readonly string[], dataset: Pick<CheckedDataset, "name">): string {
  const relations = columns.map((column) => `${valuesOf(column)} as (select ${sqlName(column)}, count(*) as ${rowsOfValue} from ${relationOf(dataset)} group by ${sqlName(column)})`);
  return relations.length === 0 ? "" : `with ${relations.join("\n, ")}\n`;
}
