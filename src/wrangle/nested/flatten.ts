import { leafNames, leavesOf } from "./leaves.ts";
import type { Relation } from "./nested-type.ts";
import { columnValue, jsonValue, openColumn, select, type Value } from "./value.ts";

export interface FlattenSettings {
  /** How many structs inside one another are opened; the ones below stay what they are. Default: all. 0 opens none. */
  depth?: number;
  /** Stands between the names of a path. Default ".". */
  separator?: string;
  /** Lists and maps stay what they are, or become JSON text. Default "keep". */
  lists?: "keep" | "json";
}

/**
 * Fields of structs as columns of their own, named by their path: `properties.mag`. A row stays a row. Two paths that would
 * give one name, upper and lower case aside, are told apart by `_2`, `_3` behind the later ones. A struct that is null and one
 * whose fields are null look the same afterwards.
 */
export function flatten(input: Relation, { depth, separator = ".", lists = "keep" }: FlattenSettings = {}): Relation {
  const leaves = input.fields.flatMap((field) => [...leavesOf(columnValue(field), [field.name], depth)]);
  const names = leafNames(leaves, separator);
  const columns = leaves.map(({ value }, i) => (lists === "json" && isCollection(value) ? { ...jsonValue(value), name: names[i] } : openColumn(value, names[i])));
  return select(columns, input.from);
}

const isCollection = ({ type }: Value): boolean => type.kind === "list" || type.kind === "map";
