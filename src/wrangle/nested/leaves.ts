import { distinctNames } from "./column-names.ts";
import { fieldValue, isStruct, type Value } from "./value.ts";
import { beyondBounds } from "./wrangle-error.ts";

/** Of one struct. The engine's planning takes a second for these, and grows with their square. */
const openedMax = 2_000;

/** A value at the end of a path through structs. */
export interface Leaf {
  /** From the column down. */
  path: readonly string[];
  value: Value;
}

/**
 * The values inside of a value, opened through structs: in the order of the fields, the inner ones where their struct stood.
 *
 * @param depth - how many structs inside one another are opened; 0: none
 */
export function* leavesOf(value: Value, path: readonly string[], depth = Number.POSITIVE_INFINITY): Generator<Leaf> {
  if (depth < 1 || !isStruct(value)) {
    yield { path, value };
    return;
  }
  if (value.type.fields.length > openedMax) throw tooWide(value.type.fields.length, path);
  for (const field of value.type.fields) yield* leavesOf(fieldValue(value, field), [...path, field.name], depth - 1);
}

/** The column name of each leaf. */
export function leafNames(leaves: readonly Leaf[], separator: string): string[] {
  return distinctNames(leaves.map(({ path }) => path.join(separator)));
}

function tooWide(count: number, path: readonly string[]): Error {
  return beyondBounds(`${JSON.stringify(path.join("."))} has ${count} fields; structs of up to ${openedMax} are opened`, "the input of a reshaping", "keys that are data belong into a map: read the column as MAP(VARCHAR, …), or leave it whole with a smaller depth");
}
