import type { TestEngine } from "../../nested/nested-for-tests.ts";
import type { Cell, Row } from "../cells.ts";
import type { Step } from "../step.ts";
import { bothForms, type Columns } from "../steps-for-tests.ts";

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
