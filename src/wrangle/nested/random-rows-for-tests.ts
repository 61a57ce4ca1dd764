import fc from "fast-check";
import { sqlName, sqlText } from "../../lake/duckdb.ts";
import { type NestedType, scalar, type StructType, typeSql } from "./nested-type.ts";

/** A random row type, and rows of it: structs as objects, maps as lists of entries. */
export interface RandomRows {
  type: StructType;
  rows: Record<string, unknown>[];
}

const names = ["a", "b", "B2", "x.y", "it's", '"q"', "é", "val", "id", "index", "key", "_input", "select"];
const scalars = fc.constantFrom(scalar("INTEGER"), scalar("VARCHAR"), scalar("DOUBLE"), scalar("BOOLEAN"));

function typeOf(depth: number): fc.Arbitrary<NestedType> {
  if (depth === 0) return scalars;
  const inner = typeOf(depth - 1);
  return fc.oneof(
    { weight: 2, arbitrary: scalars },
    { weight: 2, arbitrary: structOf(inner) },
    { weight: 2, arbitrary: inner.map((element): NestedType => ({ kind: "list", element })) },
    { weight: 1, arbitrary: inner.map((value): NestedType => ({ kind: "map", key: scalar("VARCHAR"), value })) },
  );
}

function structOf(inner: fc.Arbitrary<NestedType>): fc.Arbitrary<StructType> {
  return fc.uniqueArray(fc.tuple(fc.constantFrom(...names), inner), { selector: ([name]) => name.toLowerCase(), minLength: 1, maxLength: 3 }).map((fields) => ({ kind: "struct", fields: fields.map(([name, type]) => ({ name, type })) }));
}

function maybeValue(type: NestedType): fc.Arbitrary<unknown> {
  return fc.option(presentValue(type), { freq: 4, nil: null });
}

function presentValue(type: NestedType): fc.Arbitrary<unknown> {
  switch (type.kind) {
    case "struct":
      return fc.record(Object.fromEntries(type.fields.map((field) => [field.name, maybeValue(field.type)])));
    case "list":
      return fc.array(maybeValue(type.element), { maxLength: 3 });
    case "map":
      return fc.uniqueArray(fc.record({ key: fc.constantFrom("k", "", "é'", "K"), value: maybeValue(type.value) }), { selector: ({ key }) => key, maxLength: 3 });
    default:
      return { INTEGER: fc.integer({ min: -9, max: 9 }), DOUBLE: fc.double({ noNaN: true, noDefaultInfinity: true }).map((n) => n + 0), BOOLEAN: fc.boolean() }[type.sql] ?? fc.constantFrom("", "x", "null", "it's", "[1]", "😀");
  }
}

export const randomRows: fc.Arbitrary<RandomRows> = structOf(typeOf(3)).chain((type) => fc.array(presentValue(type), { minLength: 1, maxLength: 4 }).map((rows) => ({ type, rows: rows as Record<string, unknown>[] })));

/** A SELECT of the rows, with a column for each field. */
export function rowsSql({ type, rows }: RandomRows): string {
  return rows.map((row) => `select ${type.fields.map((field) => `cast(${valueSql(row[field.name], field.type)} as ${typeSql(field.type)}) as ${sqlName(field.name)}`).join(", ")}`).join(" union all ");
}

function valueSql(value: unknown, type: NestedType): string {
  if (value === null) return "null";
  switch (type.kind) {
    case "struct":
      return `struct_pack(${type.fields.map((field) => `${sqlName(field.name)} := ${valueSql((value as Record<string, unknown>)[field.name], field.type)}`).join(", ")})`;
    case "list":
      return `cast([${(value as unknown[]).map((item) => valueSql(item, type.element)).join(", ")}] as ${typeSql(type)})`;
    case "map":
      return `cast(map_from_entries([${(value as { key: string; value: unknown }[]).map((entry) => `{'k': ${sqlText(entry.key)}, 'v': cast(${valueSql(entry.value, type.value)} as ${typeSql(type.value)})}`).join(", ")}]) as ${typeSql(type)})`;
    default:
      return typeof value === "string" ? sqlText(value) : type.sql === "DOUBLE" ? `'${value}'::DOUBLE` : String(value);
  }
}

/** A value with its structs opened, as a list of what is in them: that is all that reshaping keeps of a struct. */
export function opened(type: NestedType, value: unknown): unknown[] {
  switch (type.kind) {
    case "struct":
      return type.fields.flatMap((field) => opened(field.type, (value as Record<string, unknown> | null)?.[field.name] ?? null));
    case "list":
      return [(value as unknown[] | null)?.map((item) => opened(type.element, item)) ?? null];
    case "map":
      return [(value as { key: string; value: unknown }[] | null)?.map((entry) => [...opened(type.key, entry.key), ...opened(type.value, entry.value)]) ?? null];
    default:
      return [value];
  }
}
