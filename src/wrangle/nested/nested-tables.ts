import { type Leaf, leavesOf } from "./leaves.ts";
import { distinctNames } from "./column-names.ts";
import type { Field, ListType, MapType } from "./nested-type.ts";
import { columnValue, hasItems, inputName, type Value } from "./value.ts";

/** The column in which the rows of a child table have their item, and the ones that say where it was. */
export const itemName = '"_item"';
const item = `${inputName}.${itemName}`;

/** One of the tables that nested rows become. */
export interface NestedTable {
  /** Where its list stands: `features`, or `features.val.coordinates` for a list inside of that one's items; empty: the root. */
  name: string;
  /** Absent: it is the root. */
  parent?: NestedTable;
  /** The list or map whose items are its rows, as a value of the parent's rows. */
  source?: Value & { type: ListType | MapType };
  leaves: readonly Leaf[];
}

/** The root and a table for each list and map, a parent before its children. Their names differ. */
export function nestedTables(fields: readonly Field[]): NestedTable[] {
  const root: NestedTable = { name: "", leaves: fields.flatMap((field) => [...leavesOf(columnValue(field), [field.name])]) };
  const tables = [root];
  // The list grows while it is gone through: children of children come behind.
  for (const parent of tables) {
    for (const { path, value } of parent.leaves) {
      if (hasItems(value)) tables.push({ name: path.join("."), parent, source: value, leaves: [...itemLeaves(value, path)] });
    }
  }
  const names = distinctNames(tables.map(({ name }) => name));
  tables.forEach((table, i) => (table.name = names[i]));
  return tables;
}

/** The columns of an item. As in Glue `val` stands in the path where it goes into a list; of a map `key` and `val`. */
function* itemLeaves({ type, pointer }: Value & { type: ListType | MapType }, path: readonly string[]): Generator<Leaf> {
  if (type.kind === "map") {
    yield* leavesOf({ sql: `${item}."key"`, type: type.key }, [...path, "key"]);
    yield* leavesOf({ sql: `${item}."value"`, type: type.value }, [...path, "val"]);
  } else if (pointer === undefined) {
    yield* leavesOf({ sql: item, type: type.element }, [...path, "val"]);
  } else {
    yield* leavesOf({ sql: item, type: type.element, pointer: "" }, [...path, "val"]);
  }
}
