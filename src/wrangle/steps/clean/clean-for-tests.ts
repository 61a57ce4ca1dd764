import fc from "fast-check";
import type { TestEngine } from "../../nested/nested-for-tests.ts";
import type { Cell, Row } from "../cells.ts";
import type { Step } from "../step.ts";
import { bothForms, type Columns, dirtyRows } from "../steps-for-tests.ts";

/** A step for rows of any type. */
export const untyped = (step: unknown): Step<never> => step as Step<never>;

/** What a step makes of a column `text`, which both forms of it say alike: the rows by their place, null for those that it rejects. */
export async function madeRows(engine: TestEngine, step: unknown, texts: readonly Cell[], type: Columns[string] = "VARCHAR"): Promise<(Row | null)[]> {
  const rows: Row[] = texts.map((text, line) => ({ text, line }));
  const done = await bothForms(engine, { text: type, line: "BIGINT" }, rows, [untyped(step)]);
  return texts.map((_, line) => done.rows.find((row) => row.line === line) ?? null);
}

/** The same, of the column alone. */
export async function made(engine: TestEngine, step: unknown, texts: readonly Cell[], type?: Columns[string]): Promise<(Cell | undefined)[]> {
  return (await madeRows(engine, step, texts, type)).map((row) => row?.text ?? null);
}

/** Texts put together of what numbers, dates, amounts and names are made of, rightly and wrongly. */
const pieces = fc.constantFrom(..."$ € kr USD usd m k bn 5 12 007 1,234.50 1.234,50 .5 0 e3 % - − + ( ) [ # ; | { kg g ft in ' \" m/s °C 10:30 10 am PM Z +01:00 Jan january 3rd 3 31 2 99 2020 1999 / . , Dr. van Doe John Jr. Main St IL 62704 é É ß \\ \u00a0 \u2007".split(" "), " ", " ", " ", "\t", "\n");
const piecedText = fc.array(pieces, { maxLength: 8 }).map((list) => list.join(""));

/** Dirty rows, in half of which a column of texts holds such ones. */
export function piecedRows(columns: Columns, column: string): fc.Arbitrary<Row[]> {
  return fc.tuple(dirtyRows(columns), fc.array(piecedText, { maxLength: 12 })).map(([rows, texts]) => rows.map((row, i) => (i < texts.length ? { ...row, [column]: texts[i] } : row)));
}
