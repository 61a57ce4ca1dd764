import { type NestedType, scalar } from "./nested-type.ts";
import { unfit } from "./wrangle-error.ts";

/** What the types of a mapping are called, as Iceberg, Spark and Glue call them, and what they are in the engine. */
const names: Record<string, string> = {
  string: "VARCHAR",
  boolean: "BOOLEAN",
  byte: "TINYINT",
  short: "SMALLINT",
  int: "INTEGER",
  long: "BIGINT",
  float: "FLOAT",
  double: "DOUBLE",
  date: "DATE",
  time: "TIME",
  timestamp: "TIMESTAMP",
  timestamptz: "TIMESTAMP WITH TIME ZONE",
  uuid: "UUID",
  binary: "BLOB",
  json: "JSON",
};

const bySql = new Map(Object.entries(names).map(([name, sql]) => [sql, name]));
const decimal = /^decimal\(\s*(\d{1,2})\s*,\s*(\d{1,2})\s*\)$/i;

/** `long`, `decimal(10,2)`, `list<struct<a: long>>`; a type that no mapping has a word for by the engine's, in lower case. */
export function typeName(type: NestedType): string {
  switch (type.kind) {
    case "scalar":
      return bySql.get(type.sql) ?? type.sql.toLowerCase();
    case "list":
      return `list<${typeName(type.element)}>`;
    case "map":
      return `map<${typeName(type.key)}, ${typeName(type.value)}>`;
    case "struct":
      return `struct<${type.fields.map(({ name, type: inner }) => `${/^[\p{L}\p{N}_$]+$/u.test(name) ? name : `\`${name.replaceAll("`", "``")}\``}: ${typeName(inner)}`).join(", ")}>`;
  }
}

/**
 * The scalar type of that name.
 * @throws MillraceError `MR-WRANGLE-001` when it is none
 */
export function namedType(name: string, where: string): NestedType {
  const key = name.trim().toLowerCase();
  if (Object.hasOwn(names, key)) return scalar(names[key]);
  const [, precision, scale] = decimal.exec(key) ?? [];
  if (precision !== undefined && Number(precision) >= 1 && Number(precision) <= 38 && Number(scale) <= Number(precision)) return scalar(`DECIMAL(${Number(precision)},${Number(scale)})`);
  throw unfit(`there is no type ${JSON.stringify(name)}`, where, `use one of ${Object.keys(names).join(", ")}, decimal(P,S) with P up to 38`);
}
