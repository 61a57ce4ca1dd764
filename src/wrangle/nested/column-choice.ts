import { nearest } from "../../model/names.ts";
import { findField } from "./cast.ts";
import type { Field } from "./nested-type.ts";
import { unfit } from "./wrangle-error.ts";

/**
 * The columns of these names, in the order in which they are named.
 * @throws MillraceError `MR-WRANGLE-001` for one that is not there
 */
export function namedFields(fields: readonly Field[], names: readonly string[], where: string): Field[] {
  return names.map((name) => {
    const field = findField(fields, name);
    if (field !== undefined) return field;
    const near = nearest(name, fields.map((each) => each.name));
    throw unfit(`there is no column ${JSON.stringify(name)}`, where, near === undefined ? "DESCRIBE shows the columns" : `correct the name (nearest: ${JSON.stringify(near)})`);
  });
}
