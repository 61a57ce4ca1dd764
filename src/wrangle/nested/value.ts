import { sqlName, sqlText } from "../../lake/duckdb.ts";
import { bigint, type Field, json, type ListType, type MapType, type NestedType, sameType, scalar, type StructType, varchar } from "./nested-type.ts";

/** A value of a row: how the engine comes by it, and what it is. */
export interface Value {
  sql: string;
  type: NestedType;
  /** It stands in JSON text, which `sql` gives, at this JSON Pointer (RFC 6901). */
  pointer?: string;
}

/** A value as a result column has it. */
export interface Column extends Value {
  name: string;
  /** It stays JSON text, in which there are values of this type. */
  inside?: NestedType;
}

/** The name under which every SELECT here knows its input. With it before them, no names of columns are taken for others. */
export const inputName = '"_input"';

export function columnValue(field: Field): Value {
  const value = { sql: `${inputName}.${sqlName(field.name)}`, type: field.type };
  return field.asJson ? { ...value, pointer: "" } : value;
}

export function fieldValue({ sql, pointer }: Value, { name, type }: Field): Value {
  if (pointer === undefined) return { sql: `${sql}.${sqlName(name)}`, type };
  return { sql, type, pointer: `${pointer}/${name.replaceAll("~", "~0").replaceAll("/", "~1")}` };
}

/** The value as it can stand in a result. Lists, maps and structs that stand in JSON text stay JSON. */
export function plainValue(value: Value): Value {
  const { sql, type, pointer } = value;
  if (pointer === undefined) return value;
  const place = sqlText(pointer === "" ? "$" : pointer);
  if (type.kind !== "scalar" || sameType(type, json)) return { sql: `json_extract(${asJson(sql)}, ${place})`, type: json };
  const text = `json_extract_string(${asJson(sql)}, ${place})`;
  return sameType(type, varchar) ? { sql: text, type } : { sql: `cast(${text} as ${type.sql})`, type };
}

/** The value as a column that can still be opened: JSON text, with what its schema says of it. */
export function openColumn(value: Value, name: string): Column {
  const stays = value.pointer !== undefined && value.type.kind !== "scalar";
  return { ...plainValue(value), name, ...(stays && { inside: value.type }) };
}

/** The value as JSON, whatever it is. */
export function jsonValue(value: Value): Value {
  const plain = plainValue(value);
  return sameType(plain.type, json) ? plain : { sql: `to_json(${plain.sql})`, type: json };
}

/** The values in a list, or the entries of a map, as a list of the engine's; null where there is none. */
export function itemsSql(value: Value & { type: ListType | MapType }): string {
  if (value.type.kind === "map") return `map_entries(${value.sql})`;
  if (value.pointer === undefined) return value.sql;
  const list = plainValue(value).sql;
  return `case when json_type(${list}) = 'ARRAY' then cast(${list} as JSON[]) end`;
}

/** Whether it opens into rows of their own. A map in JSON text is an object like any other: its keys are not told apart from fields. */
export function hasItems(value: Value): value is Value & { type: ListType | MapType } {
  return value.type.kind === "list" || (value.type.kind === "map" && value.pointer === undefined);
}

export function isStruct(value: Value): value is Value & { type: StructType } {
  return value.type.kind === "struct";
}

/** A SELECT of these columns in brackets, and what it gives. */
export function select(columns: readonly Column[], from: string): { from: string; fields: Field[] } {
  const list = columns.map(({ sql, name }) => `${sql} as ${sqlName(name)}`).join(", ");
  return { from: `(select ${list} from ${from} as ${inputName})`, fields: columns.map(({ name, type, inside }) => (inside === undefined ? { name, type } : { name, type: inside, asJson: true as const })) };
}

/** An index, or a number that the engine counts. */
export const counted = (sql: string): Value => ({ sql, type: bigint });
export const texted = (sql: string): Value => ({ sql, type: scalar("VARCHAR") });

/** The text may be kept as VARCHAR, which JSON functions take for JSON all the same. */
const asJson = (sql: string): string => `cast(${sql} as JSON)`;
