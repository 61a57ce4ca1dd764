import { pathText } from "./field-path.ts";
import { leafNames, leavesOf } from "./leaves.ts";
import type { MappingLine } from "./mapping.ts";
import type { Field } from "./nested-type.ts";
import { typeName } from "./type-names.ts";
import { columnValue, plainValue } from "./value.ts";

/** A mapping with nothing left open, as it is generated. */
export type FullMappingLine = Required<MappingLine>;

/**
 * A mapping for a person to edit: each field as a column of its own, named by its path, with the type that it has. Applied as
 * it is it does what `flatten` does.
 *
 * @param separator - stands between the names of a path in the names of the columns. Default "_"
 */
export function generateMapping(fields: readonly Field[], separator = "_"): FullMappingLine[] {
  const leaves = fields.flatMap((field) => [...leavesOf(columnValue(field), [field.name])]);
  const names = leafNames(leaves, separator);
  return leaves.map(({ path, value }, i) => {
    const type = typeName(plainValue(value).type);
    return { from: pathText(path), fromType: type, to: pathText([names[i]]), type };
  });
}
