import type { Field, NestedType } from "../wrangle/nested/nested-type.ts";
import { levelsMax } from "../wrangle/nested/engine-fields.ts";
import { beyondBounds } from "../wrangle/nested/wrangle-error.ts";
import type { QueryColumn } from "./query-request.ts";
import { elementType, mapTypes, structFields } from "./type-text.ts";

/**
 * The columns of a result with what is inside of them, from the engine's names of their types.
 * @throws MillraceError `MR-WRANGLE-002` for what is nested more than 100 levels deep
 */
export function nestedFields(columns: readonly QueryColumn[]): Field[] {
  return columns.map(({ name, type }) => ({ name, type: typeOf(type, 1, name) }));
}

function typeOf(text: string, level: number, column: string): NestedType {
  if (level > levelsMax) throw beyondBounds(`column ${JSON.stringify(column)} is nested more than ${levelsMax} levels deep`, "the columns", "read the column as JSON, and take what is needed with json_extract");
  const element = elementType(text);
  if (element !== undefined) return { kind: "list", element: typeOf(element, level + 1, column) };
  const fields = structFields(text);
  if (fields !== undefined) return { kind: "struct", fields: fields.map(({ name, type }) => ({ name, type: typeOf(type, level + 1, column) })) };
  const map = mapTypes(text);
  if (map !== undefined) return { kind: "map", key: typeOf(map[0], level + 1, column), value: typeOf(map[1], level + 1, column) };
  return { kind: "scalar", sql: text };
}
