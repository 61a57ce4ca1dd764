import type { IcebergType } from "../lake/iceberg-type.ts";
import { areLegal } from "./column-names.ts";
import type { InferredField, InferredType } from "./inferred-type.ts";

/**
 * The DuckDB type that a found type is read as. What has no one type (a choice, an object whose keys cannot be names of
 * fields beside each other, a place where nothing but null was seen) is JSON: nothing is lost, and somebody decides later.
 */
export function duckdbType(type: InferredType): string {
  switch (type.kind) {
    case "boolean":
      return "BOOLEAN";
    case "long":
      return "BIGINT";
    case "double":
      return "DOUBLE";
    case "decimal":
      return `DECIMAL(${type.precision},${type.scale})`;
    case "date":
      return "DATE";
    case "time":
      return "TIME";
    case "timestamp":
      return "TIMESTAMP";
    case "timestamptz":
      return "TIMESTAMPTZ";
    case "string":
      return "VARCHAR";
    case "uuid":
      return "UUID";
    case "binary":
      return "BLOB";
    case "list":
      return `${duckdbType(type.element)}[]`;
    case "map":
      return `MAP(VARCHAR, ${duckdbType(type.value)})`;
    case "struct":
      return isPlainStruct(type.fields) ? `STRUCT(${type.fields.map(({ name, type }) => `"${name.replaceAll('"', '""')}" ${duckdbType(type)}`).join(", ")})` : "JSON";
    default:
      return "JSON";
  }
}

/** A field of an Iceberg schema before it has ids: the lake gives these. */
export interface UnnumberedField {
  name: string;
  type: UnnumberedType;
}

export type UnnumberedType = Extract<IcebergType, string> | { type: "struct"; fields: UnnumberedField[] } | { type: "list"; element: UnnumberedType } | { type: "map"; key: "string"; value: UnnumberedType };

/** The Iceberg type that a found type is kept as; what is JSON in DuckDB is text there. */
export function icebergType(type: InferredType): UnnumberedType {
  switch (type.kind) {
    case "decimal":
      return `decimal(${type.precision}, ${type.scale})`;
    case "list":
      return { type: "list", element: icebergType(type.element) };
    case "map":
      return { type: "map", key: "string", value: icebergType(type.value) };
    case "struct":
      return isPlainStruct(type.fields) ? { type: "struct", fields: type.fields.map(({ name, type }) => ({ name, type: icebergType(type) })) } : "string";
    case "null":
    case "choice":
      return "string";
    default:
      return type.kind;
  }
}

function isPlainStruct(fields: readonly InferredField[]): boolean {
  return fields.length > 0 && areLegal(fields.map(({ name }) => name));
}
