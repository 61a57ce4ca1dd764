import { nearest } from "../../model/names.ts";
import { type Cast, castValue, findField, type Misfits, misfitsName, misfitsSql, misfitsType, orFailure, structSql } from "./cast.ts";
import { distinctNames } from "./column-names.ts";
import { type Field, json, type NestedType, type Relation, sameType, typeSql, varchar } from "./nested-type.ts";
import { namedType } from "./type-names.ts";
import { type Column, columnValue, jsonValue, plainValue, select, type Value } from "./value.ts";
import { unfit } from "./wrangle-error.ts";

/** What is done with a column whose values are of several types. */
export type Choice =
  /** One type; every value becomes it, or does not fit. */
  | { cast: string }
  /** One type; values of it are kept, all others become null, and are nobody's fault. */
  | { project: string }
  /** A column for each type, `price_long` and `price_string`; a value stands in the first whose type it is. */
  | { makeColumns: readonly string[] }
  /** A struct with a field for each type. */
  | { makeStruct: readonly string[] };

/**
 * Resolves columns of mixed types: JSON, or text that may be JSON. A text that is no JSON, as `abc` or `007`, is the text that it is.
 * The other columns stay as they are; what a column becomes stands in its place.
 *
 * Types, as `makeColumns` and `project` tell them apart: `boolean`; `long` and the smaller integers, whole numbers in their
 * bounds; `float`, `double` and decimals, any number; `string`, texts; `json`, lists and objects; any other, texts that can be cast to it.
 *
 * @param misfits - what becomes of values that have no place. Default "fail"
 * @throws MillraceError `MR-WRANGLE-001` for a column that is not there and a type that is not known
 */
export function resolveChoice(input: Relation, choices: Readonly<Record<string, Choice>>, misfits: Misfits = "fail"): Relation {
  const wanted = chosenFields(input.fields, choices);
  const parts = input.fields.map((field) => resolved(field, wanted.get(field)));
  const casts = parts.flatMap(({ casts }) => casts);
  const columns = parts.flatMap(({ columns }) => columns(misfits));
  if (misfits === "quarantine") columns.push({ name: misfitsName, sql: misfitsSql(casts), type: misfitsType });
  const names = distinctNames(columns.map(({ name }) => name));
  return select(columns.map((column, i) => ({ ...column, name: names[i] })), documents(input, wanted));
}

interface Resolved {
  columns: (misfits: Misfits) => Column[];
  casts: { column: string; cast: Cast }[];
}

function chosenFields(fields: readonly Field[], choices: Readonly<Record<string, Choice>>): Map<Field, Choice> {
  const wanted = new Map<Field, Choice>();
  for (const [name, choice] of Object.entries(choices)) {
    const field = findField(fields, name);
    const near = nearest(name, fields.map((each) => each.name));
    if (field === undefined) throw unfit(`there is no column ${JSON.stringify(name)}`, "resolveChoice", near === undefined ? "DESCRIBE shows the columns" : `correct the name (nearest: ${JSON.stringify(near)})`);
    wanted.set(field, choice);
  }
  if (wanted.size === 0) throw unfit("no column is named", "resolveChoice", 'write { price: { cast: "long" } }');
  return wanted;
}

/** The input with the chosen columns as JSON: one value is then read once, however many types are asked for. */
function documents({ from, fields }: Relation, wanted: ReadonlyMap<Field, Choice>): string {
  return select(fields.map((field): Column => ({ ...(wanted.has(field) ? documentOf(columnValue(field)) : plainColumn(field)), name: field.name })), from).from;
}

const plainColumn = (field: Field): Value => plainValue(columnValue(field));

function documentOf(value: Value): Value {
  const { sql, type } = plainValue(value);
  return sameType(type, varchar) ? { sql: `case when json_valid(${sql}) then cast(${sql} as JSON) else to_json(${sql}) end`, type: json } : jsonValue(value);
}

function resolved(field: Field, choice: Choice | undefined): Resolved {
  const { sql, type } = { ...plainColumn(field), sql: columnValue({ name: field.name, type: json }).sql };
  const { name } = field;
  if (choice === undefined) return { columns: () => [{ name, sql, type }], casts: [] };
  const where = `resolveChoice, column ${JSON.stringify(name)}`;
  if ("cast" in choice) return castTo(name, castValue({ sql, type: json }, namedType(choice.cast, where), where));
  if ("project" in choice) return { columns: () => [{ name, ...projected(sql, choice.project, where) }], casts: [] };
  const kinds = "makeColumns" in choice ? choice.makeColumns : choice.makeStruct;
  return split(name, sql, kinds, "makeStruct" in choice, where);
}

function castTo(column: string, cast: Cast): Resolved {
  return { columns: (misfits) => [{ name: column, sql: misfits === "fail" ? orFailure(cast, column) : cast.sql, type: cast.type }], casts: [{ column, cast }] };
}

function projected(sql: string, kind: string, where: string): Value {
  const type = namedType(kind, where);
  return { sql: `case when ${isOf(sql, type, where)} then ${castValue({ sql, type: json }, type, where).sql} end`, type };
}

function split(name: string, sql: string, kinds: readonly string[], struct: boolean, where: string): Resolved {
  if (kinds.length === 0) throw unfit("no type is named", where, 'name the types to tell apart: ["long", "string"]');
  const types = kinds.map((kind) => namedType(kind, where));
  const tests = types.map((type) => isOf(sql, type, where));
  const place = `case ${tests.map((test, i) => `when ${test} then ${i}`).join(" ")} end`;
  const values = types.map((type, i) => ({ name: struct ? kinds[i] : `${name}_${kinds[i]}`, sql: `case when ${place} = ${i} then ${castValue({ sql, type: json }, type, where).sql} end`, type }));
  const text = `json_extract_string(${sql}, '$')`;
  const misfit = `${text} is not null and ${place} is null`;
  const check: Cast = { sql: values[0].sql, type: types[0], misfit, text };
  const checked = (misfits: Misfits): Column[] => (misfits === "fail" ? values.map((value, i) => (i === 0 ? { ...value, sql: orFailure(check, name) } : value)) : values);
  const asStruct = (columns: Column[]): Column[] => [{ name, sql: structSql(columns), type: { kind: "struct", fields: columns.map((column) => ({ name: column.name, type: column.type })) } }];
  return { columns: (misfits) => (struct ? asStruct(checked(misfits)) : checked(misfits)), casts: [{ column: name, cast: check }] };
}

const numbers = "('BIGINT', 'UBIGINT', 'DOUBLE')";
const whole = "('BIGINT', 'UBIGINT')";
const texts = "('VARCHAR')";

/** Whether a JSON value is of a type by itself, without being made into it. */
function isOf(sql: string, type: NestedType, where: string): string {
  const kind = `json_type(${sql})`;
  const fits = `${castValue({ sql, type: json }, type, where).sql} is not null`;
  switch (typeSql(type)) {
    case "JSON":
      return `${kind} in ('ARRAY', 'OBJECT')`;
    case "VARCHAR":
      return `${kind} = 'VARCHAR'`;
    case "BOOLEAN":
      return `${kind} = 'BOOLEAN'`;
    case "TINYINT":
    case "SMALLINT":
    case "INTEGER":
    case "BIGINT":
      return `(${kind} in ${whole} and ${fits})`;
    default:
      return `(${kind} in ${/^(FLOAT|DOUBLE|DECIMAL)/.test(typeSql(type)) ? numbers : texts} and ${fits})`;
  }
}
