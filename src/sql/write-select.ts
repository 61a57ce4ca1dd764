import { MillraceError } from "../errors.ts";
import { duckdbType, icebergTypeOf } from "../lake/duckdb-type.ts";
import { sqlName, sqlText } from "../lake/duckdb.ts";
import type { IcebergType } from "../lake/iceberg-type.ts";
import { canPromote, decimalOf, innerFields, isPrimitive, sameType, typeText } from "../lake/iceberg-type.ts";
import { nearest } from "../model/names.ts";
import { errorMark } from "./engine-error.ts";
import type { ResultColumn } from "../lake/result-schema.ts";
import type { WriteColumn } from "./write-request.ts";

/*
 * How the rows of a statement become rows of a table: by name, and with no value changed in silence. Numbers become numbers
 * as long as nothing is lost but digits of a fraction in a `double`, times become times; everything else the statement has
 * to say itself, with a cast.
 */

/** A column with one value in all rows: the value as text, of a time its microseconds, of a date its days. */
export interface ConstantColumn {
  name: string;
  value: string;
}

/**
 * @param result - of the statement; its columns are read as `c0`, `c1`, …
 * @returns what stands between `select` and `from`, and the columns that it gives
 * @throws MillraceError `MR-LAKE-003` naming the column that does not fit
 */
export function writeSelect(columns: WriteColumn[], constants: ConstantColumn[], result: ResultColumn[]): { select: string; given: WriteColumn[] } {
  const places = placesOf(columns, constants, result);
  const given: WriteColumn[] = [];
  const items: string[] = [];
  for (const column of columns) {
    const constant = constants.find(({ name }) => name === column.name);
    const place = places.get(column.name);
    if (constant === undefined && place === undefined) {
      if (column.optional) continue;
      throw misfit(column.name, "the statement does not give it", `add it to the SELECT${column.required ? "" : `, as null if there is nothing to say: null as ${sqlName(column.name)}`}`);
    }
    given.push(column);
    const value = constant ? literal(column.type, constant.value) : converted(column, `c${place}`, result[place as number].type);
    items.push(`${value} as ${sqlName(column.name)}`);
  }
  return { select: items.join(", "), given };
}

/** Which column of the result stands for each of the table. */
function placesOf(columns: WriteColumn[], constants: ConstantColumn[], result: ResultColumn[]): Map<string, number> {
  const places = new Map<string, number>();
  for (const [place, { name }] of result.entries()) {
    const column = columns.find((one) => one.name === name) ?? columns.find((one) => one.name.toLowerCase() === name.toLowerCase());
    if (column === undefined) throw unknown(name, columns);
    if (constants.some((constant) => constant.name === column.name)) throw misfit(column.name, "the statement gives it, but Millrace fills it", "leave it out of the SELECT: select * exclude (…)");
    if (places.has(column.name)) throw misfit(column.name, "the statement gives it twice", "leave one of them out");
    places.set(column.name, place);
  }
  return places;
}

function unknown(name: string, columns: WriteColumn[]): MillraceError {
  const near = nearest(name, columns.map((column) => column.name));
  return misfit(name, "the statement gives it, but the table does not have it", near ? `call it as the table does (nearest: ${near}), or leave it out` : "leave it out, or declare it in the table");
}

function misfit(column: string, why: string, mend: string): MillraceError {
  return new MillraceError("MR-LAKE-003", { what: `column "${column}": ${why}`, where: `the statement, column "${column}"`, mend });
}

function literal(type: IcebergType, value: string): string {
  if (type === "string") return sqlText(value);
  if (type === "timestamptz") return `make_timestamptz(${BigInt(value)})`;
  if (type === "timestamp") return `make_timestamp(${BigInt(value)})`;
  if (type === "date") return `(date '1970-01-01' + ${BigInt(value)}::integer)`;
  return `cast(${sqlText(value)} as ${duckdbType(type)})`;
}

/** The value as the column's type; an error of ours where it does not fit. */
function converted(column: WriteColumn, value: string, from: string): string {
  const to = duckdbType(column.type);
  const conversion = conversionOf(column, value, from);
  // A null without a type is an integer to whoever asks: such a column may still be null in all rows.
  if (conversion === undefined && from !== "INTEGER") throw misfit(column.name, `it is ${from} in the statement and ${typeName(column)} in the table`, `convert it there: ${castOf(column)}`);
  const checked = whenFits(column, value, conversion, to);
  return column.required ? `case when ${value} is null then ${failure(column, "'it is null, and the table takes none'", "use coalesce(…), filter such rows out, or declare the column as nullable")} else ${checked} end` : checked;
}

function whenFits(column: WriteColumn, value: string, conversion: Conversion | undefined, to: string): string {
  if (conversion?.fits === undefined && conversion !== undefined) return conversion.as;
  const shown = `left(cast(${value} as varchar), 40)`;
  const error = failure(column, `'its value ' || ${shown} || ${sqlText(` does not fit ${typeName(column)}`)}`, `convert it in the statement: ${castOf(column)}`);
  if (conversion === undefined) return `case when ${value} is null then cast(null as ${to}) else ${error} end`;
  return `case when ${value} is null or coalesce(${conversion.fits}, false) then ${conversion.as} else ${error} end`;
}

interface Conversion {
  as: string;
  /** Whether the value keeps what it says; absent where every value does. */
  fits?: string;
}

const wholeNumbers = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER)$/;
const times = /^(TIMESTAMP( WITH TIME ZONE|_S|_MS|_NS)?|TIMESTAMPTZ|DATE)$/;
const plain = /^(VARCHAR|UUID|ENUM\(.*\)|BOOLEAN|TIME|TIME WITH TIME ZONE)$/;

function conversionOf({ type, json }: WriteColumn, value: string, from: string): Conversion | undefined {
  const to = duckdbType(type);
  const numeric = wholeNumbers.test(from) || /^(DECIMAL\(|FLOAT$|DOUBLE$)/.test(from);
  switch (type) {
    case "string":
      if (json) return jsonConversion(value, from);
      // Lists and structs have no text that says what they are.
      return plain.test(from) || times.test(from) || numeric ? { as: `cast(${value} as varchar)` } : undefined;
    case "boolean":
      return from === "BOOLEAN" ? { as: value } : undefined;
    case "int":
    case "long":
      if (from === to) return { as: value };
      if (!numeric) return undefined;
      return { as: `try_cast(${value} as ${to})`, fits: wholeNumbers.test(from) ? `try_cast(${value} as ${to}) is not null` : `try_cast(${value} as ${to}) is not null and ${value} = trunc(${value})` };
    case "float":
    case "double":
      if (!numeric) return undefined;
      return to === "FLOAT" && from === "DOUBLE" ? { as: `try_cast(${value} as float)`, fits: `try_cast(${value} as float) is not null` } : { as: `cast(${value} as ${to})` };
    case "date":
    case "timestamp":
    case "timestamptz":
      return times.test(from) ? timeConversion(to, value, from) : undefined;
    case "time":
    case "uuid":
    case "binary":
      return from === to ? { as: value } : undefined;
    default:
      return decimalOf(type) === undefined ? nestedConversion(type, value, from) : decimalConversion(to, value, from, numeric);
  }
}

function decimalConversion(to: string, value: string, from: string, numeric: boolean): Conversion | undefined {
  if (from === to) return { as: value };
  if (!numeric) return undefined;
  const as = `try_cast(${value} as ${to})`;
  return { as, fits: `${as} is not null and cast(${as} as ${from}) = ${value}` };
}

/** Lists, maps and structs whose values the column's type keeps: the same but for narrower numbers and fields that are missing. */
function nestedConversion(type: IcebergType, value: string, from: string): Conversion | undefined {
  if (from === "JSON") return { as: `try_cast(${value} as ${duckdbType(type)})`, fits: `try_cast(${value} as ${duckdbType(type)}) is not null` };
  return keepsAll(icebergTypeOf(from), type) ? { as: `cast(${value} as ${duckdbType(type)})` } : undefined;
}

function keepsAll(from: IcebergType, to: IcebergType): boolean {
  if (isPrimitive(from) || isPrimitive(to)) return sameType(from, to) || canPromote(from, to);
  if (from.type !== to.type) return false;
  const inner = innerFields(to);
  return innerFields(from).every((field) => {
    const place = inner.find(({ name }) => name === field.name);
    return place !== undefined && keepsAll(field.type, place.type);
  });
}

/** Times of day, fractions of a microsecond and infinity are not dropped in silence. */
function timeConversion(to: string, value: string, from: string): Conversion {
  const as = `try_cast(${value} as ${to})`;
  const sameAgain = from === to ? "" : ` and cast(${as} as ${from}) = ${value}`;
  return { as, fits: `isfinite(${as})${sameAgain}` };
}

function jsonConversion(value: string, from: string): Conversion {
  if (from === "JSON") return { as: `cast(${value} as varchar)` };
  if (from === "VARCHAR") return { as: value, fits: `json_valid(${value})` };
  return { as: `case when ${value} is null then null else cast(to_json(${value}) as varchar) end` };
}

function typeName({ type, json }: WriteColumn): string {
  return json ? "json" : typeText(type);
}

function castOf({ name, type, json }: WriteColumn): string {
  return json ? `to_json(…) as ${sqlName(name)}` : `cast(… as ${duckdbType(type).toLowerCase()}) as ${sqlName(name)}`;
}

/** An expression that ends the statement with an error of ours. @param why - SQL of a text */
function failure({ name }: WriteColumn, why: string, mend: string): string {
  const fields = [
    ["code", sqlText("MR-LAKE-003")],
    ["what", `${sqlText(`column "${name}": `)} || ${why}`],
    ["where", sqlText(`the statement, column "${name}"`)],
    ["mend", sqlText(mend)],
    ["retryable", "false"],
  ];
  return `error(${sqlText(errorMark)} || cast(json_object(${fields.map(([field, sql]) => `${sqlText(field)}, ${sql}`).join(", ")}) as varchar))`;
}
