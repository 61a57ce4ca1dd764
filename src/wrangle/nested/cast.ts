import { sqlName, sqlText } from "../../lake/duckdb.ts";
import { json, type NestedType, sameType, typeSql, varchar } from "./nested-type.ts";
import { typeName } from "./type-names.ts";
import { fieldValue, jsonValue, plainValue, type Value } from "./value.ts";
import { unfit } from "./wrangle-error.ts";

/** What becomes of a value that does not fit the type that it shall have. */
export type Misfits =
  /** The statement fails, and names the column. */
  | "fail"
  /** It becomes null. */
  | "null"
  /** It becomes null, and the row says so in the column `_misfits`. */
  | "quarantine";

/** A value on its way to another type. */
export interface Cast {
  /** Null where there is no value, and where there is one that does not fit. */
  sql: string;
  type: NestedType;
  /** True of a value that does not fit. Absent: every one does. */
  misfit?: string;
  /** The value as text, for the report. */
  text: string;
}

const integers = new Set(["TINYINT", "SMALLINT", "INTEGER", "BIGINT"]);

/**
 * A value of one type as another. What fits is what the engine can cast, with one exception: a number with a fraction, or a
 * text of one, is no integer; the engine would round it. A decimal is rounded to its places. JSON is taken for the value
 * that it writes: of `"5"` the text is 5, without quotes, and JSON's null is null.
 *
 * @throws MillraceError `MR-WRANGLE-001` when no value of the one type can become one of the other
 */
export function castValue(value: Value, to: NestedType, where: string): Cast {
  const plain = plainValue(value);
  if (sameType(plain.type, to)) return { sql: plain.sql, type: to, text: plain.sql };
  if (sameType(to, json)) return { ...jsonValue(value), text: plain.sql };
  const text = textOf(value);
  if (sameType(to, varchar)) return { sql: text, type: to, text };
  if (plain.type.kind !== "scalar") throw unfit(`a ${plain.type.kind} cannot become ${typeName(to)}`, where, "cast it to json or string, or name a field of it");
  const source = sameType(plain.type, json) ? text : plain.sql;
  const sql = castSql(source, to);
  return { sql, type: to, misfit: `${source} is not null and ${sql} is null`, text };
}

function castSql(source: string, to: NestedType): string {
  const cast = `try_cast(${source} as ${typeSql(to)})`;
  if (!integers.has(typeSql(to))) return cast;
  return `case when try_cast(${cast} as DOUBLE) = try_cast(${source} as DOUBLE) then ${cast} end`;
}

/** Lists, maps and structs are written as JSON, all else as the engine writes it. */
function textOf(value: Value): string {
  const { sql, type } = plainValue(value);
  if (sameType(type, varchar)) return sql;
  if (sameType(type, json)) return `json_extract_string(${sql}, '$')`;
  return `cast(${type.kind === "scalar" ? sql : jsonValue(value).sql} as VARCHAR)`;
}

/**
 * A value that fails the statement when it is asked for. A function that fails on purpose is open to nobody, for it could put
 * data into messages; a cast of a message that cannot be has its effect and holds no data.
 */
export function failureSql(message: string, type: NestedType): string {
  return `cast(cast(cast(${sqlText(message)} as BIGINT) as VARCHAR) as ${typeSql(type)})`;
}

/** The value, or a failure that names the column. */
export function orFailure({ sql, type, misfit }: Cast, column: string): string {
  if (misfit === undefined) return sql;
  const message = `column ${JSON.stringify(column)} holds a value that is no ${typeName(type)}`;
  return `case when ${misfit} then ${failureSql(message, type)} else ${sql} end`;
}

export const misfitsName = "_misfits";

/** Of the column that reports: what stood where a null now stands. */
export const misfitsType: NestedType = { kind: "list", element: { kind: "struct", fields: ["column", "type", "value"].map((name) => ({ name, type: varchar })) } };

/** The report of a row; null where everything fits. */
export function misfitsSql(casts: readonly { column: string; cast: Cast }[]): string {
  const found = casts.flatMap(({ column, cast: { misfit, type, text } }) =>
    misfit === undefined ? [] : [`case when ${misfit} then {'column': ${sqlText(column)}, 'type': ${sqlText(typeName(type))}, 'value': ${text}} end`],
  );
  if (found.length === 0) return `cast(null as ${typeSql(misfitsType)})`;
  return `nullif(list_filter([${found.join(", ")}], lambda each: each is not null), [])`;
}

/** A field inside of structs; undefined where there is none. */
export function fieldAt(value: Value, path: readonly string[]): Value | undefined {
  const [name, ...rest] = path;
  if (name === undefined) return value;
  const field = value.type.kind === "struct" ? findField(value.type.fields, name) : undefined;
  return field && fieldAt(fieldValue(value, field), rest);
}

/** By its exact name, else by one that differs in case alone, as SQL finds columns. */
export function findField<F extends { name: string }>(fields: readonly F[], name: string): F | undefined {
  return fields.find((field) => field.name === name) ?? fields.find((field) => field.name.toLowerCase() === name.toLowerCase());
}

/** Struct of values by name; names may be any. */
export function structSql(fields: readonly { name: string; sql: string }[]): string {
  return `struct_pack(${fields.map(({ name, sql }) => `${sqlName(name)} := ${sql}`).join(", ")})`;
}
