import { icebergTypeOf } from "./duckdb-type.ts";
import type { IcebergType, SchemaField } from "./iceberg-type.ts";
import { canPromote, isPrimitive, sameType, typeText } from "./iceberg-type.ts";
import type { SchemaChange } from "./schema-change.ts";
import { badDeclaration } from "./table-schema.ts";

/** A column of a statement's result. */
export interface ResultColumn {
  name: string;
  /** DuckDB's name for the type. */
  type: string;
}

/** The columns that hold what a statement gives. Their ids are 0. @throws MillraceError `MR-LAKE-006` for names that a table cannot have */
export function resultFields(table: string, result: readonly ResultColumn[]): SchemaField[] {
  if (result.length === 0) throw badDeclaration(table, "the statement gives no columns", "let it select something");
  return result.map(({ name, type }) => ({ id: 0, name, required: false, type: icebergTypeOf(type) }));
}

export interface SchemaDifference {
  /** Columns of the statement that the table does not have. */
  added: SchemaField[];
  /** Columns of the table that the statement does not give. */
  missing: SchemaField[];
  /** Columns that can be widened to what the statement gives. */
  widened: SchemaField[];
  /** Columns whose values the table cannot take. */
  changed: { have: SchemaField; gives: IcebergType }[];
}

/** What lies between a table's columns and a statement's. Names are the same whatever their case. */
export function schemaDifference(have: readonly SchemaField[], gives: readonly SchemaField[]): SchemaDifference {
  const difference: SchemaDifference = { added: [], missing: [], widened: [], changed: [] };
  const given = new Map(gives.map((field) => [field.name.toLowerCase(), field]));
  for (const field of have) {
    const other = given.get(field.name.toLowerCase());
    given.delete(field.name.toLowerCase());
    if (other === undefined) difference.missing.push(field);
    else if (canPromote(field.type, other.type) && !sameType(field.type, other.type)) difference.widened.push({ ...field, type: other.type });
    else if (!takes(field.type, other.type)) difference.changed.push({ have: field, gives: other.type });
  }
  difference.added.push(...given.values());
  return difference;
}

/** Whether a column takes the values without a word: the same, or narrower ones of the same kind. */
function takes(column: IcebergType, value: IcebergType): boolean {
  if (sameType(column, value) || canPromote(value, column)) return true;
  if (isPrimitive(column) || isPrimitive(value) || column.type !== value.type) return false;
  if (column.type === "list" && value.type === "list") return takes(column.element, value.element);
  if (column.type === "map" && value.type === "map") return sameType(column.key, value.key) && takes(column.value, value.value);
  if (column.type !== "struct" || value.type !== "struct") return false;
  return value.fields.every((field) => column.fields.some((other) => other.name === field.name && takes(other.type, field.type)));
}

/** Changes to be made before rows of the statement come: what is new, and what is wider. */
export function wideningChanges({ added, widened }: SchemaDifference): SchemaChange[] {
  return [
    ...added.map(({ name, type }): SchemaChange => ({ op: "add", name, type })),
    ...widened.map(({ name, type }): SchemaChange => ({ op: "widen", path: [name], type })),
  ];
}

/** For people. */
export function differenceText({ added, missing, widened, changed }: SchemaDifference): string {
  const parts = [
    ...added.map(({ name, type }) => `"${name}" is new (${typeText(type)})`),
    ...missing.map(({ name }) => `"${name}" is missing`),
    ...widened.map(({ name, type }) => `"${name}" is wider (${typeText(type)})`),
    ...changed.map(({ have, gives }) => `"${have.name}" is ${typeText(gives)}, and was ${typeText(have.type)}`),
  ];
  return parts.join("; ");
}
