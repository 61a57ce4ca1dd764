import { sqlName } from "../../lake/duckdb.ts";

/** The type of a column as the engine knows it, with what is inside of it. Plain data. */
export type NestedType = ScalarType | StructType | ListType | MapType;

export interface ScalarType {
  kind: "scalar";
  /** As DuckDB writes it: `BIGINT`, `DECIMAL(10,2)`, `JSON`. */
  sql: string;
}

export interface StructType {
  kind: "struct";
  fields: Field[];
}

export interface ListType {
  kind: "list";
  element: NestedType;
}

export interface MapType {
  kind: "map";
  key: NestedType;
  value: NestedType;
}

export interface Field {
  name: string;
  type: NestedType;
  /** The values stand there as JSON text, of which a schema says that it has this type. */
  asJson?: true;
}

/** Rows and what they are: what each reshaping takes, and what it gives. */
export interface Relation {
  /** What can stand behind FROM: a name, or a SELECT in brackets. */
  from: string;
  fields: readonly Field[];
}

export const scalar = (sql: string): ScalarType => ({ kind: "scalar", sql });
export const varchar = scalar("VARCHAR");
export const bigint = scalar("BIGINT");
export const json = scalar("JSON");

/** The type as DuckDB writes it. */
export function typeSql(type: NestedType): string {
  switch (type.kind) {
    case "scalar":
      return type.sql;
    case "struct":
      return `STRUCT(${type.fields.map((field) => `${sqlName(field.name)} ${typeSql(field.type)}`).join(", ")})`;
    case "list":
      return `${typeSql(type.element)}[]`;
    case "map":
      return `MAP(${typeSql(type.key)}, ${typeSql(type.value)})`;
  }
}

export function sameType(a: NestedType, b: NestedType): boolean {
  return typeSql(a) === typeSql(b);
}
