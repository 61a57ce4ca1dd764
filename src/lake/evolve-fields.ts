import { canPromote, type IcebergType, isPrimitive, type SchemaField, sameType } from "./iceberg-type.ts";
import type { SchemaChange } from "./schema-change.ts";

/** What a table must become to hold rows of other columns beside those that it has. */
export interface Evolution {
  /** No file is written anew for them. */
  changes: SchemaChange[];
  /** Columns whose values must be converted first: no type that Iceberg widens to holds both. */
  recast: { have: SchemaField; gives: IcebergType }[];
}

/**
 * How columns grow, and fields inside of them: new ones are added, numbers widen, and nothing goes. Names of columns are the
 * same whatever their case; fields inside are told apart by it.
 *
 * @param gives - ids do not matter
 */
export function evolution(have: readonly SchemaField[], gives: readonly SchemaField[]): Evolution {
  const found: Evolution = { changes: [], recast: [] };
  for (const field of gives) {
    const own = have.find(({ name }) => name === field.name) ?? have.find(({ name }) => name.toLowerCase() === field.name.toLowerCase());
    if (own === undefined) found.changes.push({ op: "add", name: field.name, type: field.type });
    else {
      const changes = typeChanges([own.name], own.type, field.type);
      if (changes === undefined) found.recast.push({ have: own, gives: field.type });
      else found.changes.push(...changes);
    }
  }
  return found;
}

/** Undefined where the two have no type in common that one of them widens to. */
function typeChanges(path: string[], have: IcebergType, gives: IcebergType): SchemaChange[] | undefined {
  if (sameType(have, gives) || canPromote(gives, have)) return [];
  if (canPromote(have, gives)) return [{ op: "widen", path, type: gives }];
  if (isPrimitive(have) || isPrimitive(gives)) return undefined;
  if (have.type === "struct" && gives.type === "struct") return fieldChanges(path, have.fields, gives.fields);
  if (have.type === "list" && gives.type === "list") return typeChanges([...path, "element"], have.element, gives.element);
  if (have.type === "map" && gives.type === "map" && sameType(have.key, gives.key)) return typeChanges([...path, "value"], have.value, gives.value);
  return undefined;
}

function fieldChanges(path: string[], have: readonly SchemaField[], gives: readonly SchemaField[]): SchemaChange[] | undefined {
  const all: SchemaChange[] = [];
  for (const { name, type } of gives) {
    const own = have.find((field) => field.name === name);
    const changes = own ? typeChanges([...path, name], own.type, type) : [{ op: "add" as const, parent: path, name, type }];
    if (changes === undefined) return undefined;
    all.push(...changes);
  }
  return all;
}
