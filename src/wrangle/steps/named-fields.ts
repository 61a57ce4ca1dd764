import { nearest } from "../../model/names.ts";
import type { Field } from "../nested/nested-type.ts";
import { unfit } from "../nested/wrangle-error.ts";
import type { Row } from "./cells.ts";

/**
 * The columns of these names, in the order in which they are named, each exactly as it is written: the engine does not tell
 * case apart, but rows in memory do, and a step is to find the same column in both.
 * @throws MillraceError `MR-WRANGLE-001` for one that is not there
 */
export function namedFields(fields: readonly Field[], names: readonly string[], where: string): Field[] {
  return names.map((name) => {
    const field = fields.find((each) => each.name === name);
    if (field !== undefined) return field;
    const all = fields.map((each) => each.name);
    throw noColumn(name, inOtherCase(name, all) ?? nearest(name, all), where);
  });
}

/**
 * Rows in memory may lack a column, which is null then. One that they have in another case is a mistake.
 * @throws MillraceError `MR-WRANGLE-001`
 */
export function checkCase(names: readonly string[], row: Row, where: string): void {
  for (const name of names) {
    const near = Object.hasOwn(row, name) ? undefined : inOtherCase(name, Object.keys(row));
    if (near !== undefined) throw noColumn(name, near, where);
  }
}

const inOtherCase = (name: string, all: readonly string[]): string | undefined => all.find((each) => each.toLowerCase() === name.toLowerCase());

const noColumn = (name: string, near: string | undefined, where: string): Error => unfit(`there is no column ${JSON.stringify(name)}`, where, near === undefined ? "DESCRIBE shows the columns" : `correct the name, in which case counts (nearest: ${JSON.stringify(near)})`);
