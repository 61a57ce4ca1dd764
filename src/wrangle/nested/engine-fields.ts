import type { DuckDBArrayType, DuckDBListType, DuckDBMapType, DuckDBStructType, DuckDBType } from "@duckdb/node-api";
import type { Field, NestedType } from "./nested-type.ts";
import { beyondBounds } from "./wrangle-error.ts";

/** Levels of structs, lists and maps inside one another. Schemas in earnest have less than twenty. */
export const levelsMax = 100;
/** Columns, and fields inside of them, of one relation. */
const fieldsMax = 20_000;

/**
 * The fields of a result, as the engine's client describes it.
 *
 * @param names - of the columns
 * @param types - of the columns, in the same order
 * @throws MillraceError `MR-WRANGLE-002` for more than 100 levels or 20,000 fields
 */
export function engineFields(names: readonly string[], types: readonly DuckDBType[]): Field[] {
  let count = 0;
  const field = (name: string, type: DuckDBType, level: number, column: string): Field => {
    count += 1;
    if (count > fieldsMax) throw beyondBounds(`there are more than ${fieldsMax} columns and fields`, "the input of a reshaping", "select those that are needed first");
    return { name, type: read(type, level, column) };
  };
  const read = (type: DuckDBType, level: number, column: string): NestedType => {
    if (level > levelsMax) throw beyondBounds(`column ${JSON.stringify(column)} is nested more than ${levelsMax} levels deep`, "the input of a reshaping", "read the column as JSON, and take what is needed with json_extract");
    const { alias } = type;
    if (alias !== undefined) return { kind: "scalar", sql: alias };
    if ("entryNames" in type) {
      const { entryNames, entryTypes } = type as DuckDBStructType;
      return { kind: "struct", fields: entryNames.map((name, i) => field(name, entryTypes[i], level + 1, column)) };
    }
    if ("keyType" in type) {
      const { keyType, valueType } = type as DuckDBMapType;
      return { kind: "map", key: read(keyType, level + 1, column), value: read(valueType, level + 1, column) };
    }
    if ("valueType" in type) return { kind: "list", element: read((type as DuckDBListType | DuckDBArrayType).valueType, level + 1, column) };
    return { kind: "scalar", sql: String(type) };
  };
  return names.map((name, i) => field(name, types[i], 1, name));
}
