import { sqlText } from "../../../lake/duckdb.ts";
import type { Flat } from "../../../model/schema-types.ts";
import { namedFields } from "../named-fields.ts";
import { bigint, type Field, type NestedType, sameType, scalar, typeSql, varchar } from "../../nested/nested-type.ts";
import { unpivot } from "../../nested/unpivot.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import { isNumeric } from "../aggregates.ts";
import type { Row } from "../cells.ts";
import { commonPattern } from "../clean/common-pattern.ts";
import { checkFree } from "../column-names.ts";
import type { OptionReader } from "../option-reader.ts";
import type { SpreadStep, Step } from "../step.ts";

export interface PivotLongerOptions<Name extends string, Value extends string> {
  /** The new column that says which one a row was. Default "name". */
  namesTo?: Name;
  /** The new column with the value. Default "value". */
  valuesTo?: Value;
  /** Whether a null makes a row. Default "keep". */
  nulls?: "keep" | "drop";
}

/** For names in which several variables stand, or a number. */
export interface SplitNamesOptions<Name extends string, Value extends string, Num extends string> {
  /** The new columns, one for each part of a name. */
  namesTo: readonly Name[];
  /** What stands between the parts. */
  namesSeparator?: string;
  /** A pattern that each name fits, with a group for each part. @see commonPattern for what patterns may hold */
  namesPattern?: string;
  /** Those of the new columns whose parts are numbers. */
  numbers?: readonly Num[];
  valuesTo?: Value;
  nulls?: "keep" | "drop";
}

/**
 * Columns as rows: each row once for each of the columns, which are of one type, or numbers. Column names that are values
 * become values.
 * @example pivotLonger(["<$10k", "$10-20k"], { namesTo: "income", valuesTo: "people" })
 * @example pivotLonger(["m014", "f014"], { namesTo: ["sex", "age"], namesPattern: "([mf])(\\d+)", valuesTo: "cases", nulls: "drop" })
 */
export function pivotLonger<T, const K extends keyof T & string, const Name extends string = "name", const Value extends string = "value">(
  columns: readonly K[],
  options?: PivotLongerOptions<Name, Value>,
): Step<T, Flat<Omit<T, K> & { [N in Name]: K } & { [V in Value]: T[K] }>>;
export function pivotLonger<T, const K extends keyof T & string, const Name extends string, const Value extends string = "value", const Num extends string = never>(
  columns: readonly K[],
  options: SplitNamesOptions<Name, Value, Num>,
): Step<T, Flat<Omit<T, K> & { [N in Name]: N extends Num ? number : string } & { [V in Value]: T[K] }>>;
export function pivotLonger(columns: readonly string[], options: object = {}): Step {
  return { kind: "pivotLonger", columns, ...options };
}

interface PivotLonger {
  columns: string[];
  labels: Labels[];
  value: string;
  nulls: "keep" | "drop";
}

/** A new column that says which one a row was: what it holds for each of the columns. */
interface Labels {
  name: string;
  type: NestedType;
  cells: (string | number)[];
}

export const pivotLongerKind: SpreadStep<PivotLonger> = {
  kind: "pivotLonger",
  scope: "spread",
  read: (given) => {
    const columns = given.columns("columns");
    return { columns, labels: readLabels(given, columns), value: given.text("valuesTo", "value"), nulls: given.oneOf("nulls", ["keep", "drop"], "keep") };
  },
  sql: ({ columns, labels, value, nulls }, input) => unpivot(input, { columns: alike(namedFields(input.fields, columns, "pivotLonger")), labels: labels.map(({ name, type, cells }) => ({ name, type, literals: cells.map((cell) => literalSql(cell, type)) })), value, nulls }),
  row: ({ columns, labels, value, nulls }) => {
    const gone = new Set(columns);
    const said = columns.map((_, i) => Object.fromEntries(labels.map(({ name, cells }) => [name, cells[i]])));
    return (row) => {
      const others: Row = Object.fromEntries(Object.entries(row).filter(([column]) => !gone.has(column)));
      const rows = columns.map((column, i): Row => ({ ...others, ...said[i], [value]: row[column] ?? null }));
      return nulls === "keep" ? rows : rows.filter((each) => each[value] !== null);
    };
  },
};

/**
 * Names of columns whose values can stand in one: of one type, or numbers. Others would become texts in the engine, and stay what they are in memory.
 * @throws MillraceError `MR-WRANGLE-001` for columns of other types
 */
function alike(fields: readonly Field[]): string[] {
  const [{ name, type }] = fields;
  const isDouble = (field: Field): boolean => isNumeric(field) && !typeSql(field.type).startsWith("DECIMAL");
  const other = fields.find((field) => !sameType(field.type, type) && !(isDouble(field) && isDouble(fields[0])));
  if (other !== undefined) throw unfit(`columns ${JSON.stringify(name)} and ${JSON.stringify(other.name)} hold ${typeSql(type)} and ${typeSql(other.type)}`, "pivotLonger", "make them of one type by a step before: cast");
  return fields.map((field) => field.name);
}

const literalSql = (cell: string | number, type: NestedType): string => (type === varchar ? sqlText(String(cell)) : `cast(${sqlText(String(cell))} as ${type === bigint ? "BIGINT" : "DOUBLE"})`);

function readLabels(given: OptionReader, columns: readonly string[]): Labels[] {
  const numbers = given.texts("numbers", []);
  const names = given.isList("namesTo") ? given.columns("namesTo") : [given.text("namesTo", "name")];
  checkFree(names, "namesTo of pivotLonger");
  const parts = columns.map(partsOf(given, names.length));
  return names.map((name, at) => labelsOf(name, parts.map((each) => each[at]), numbers.includes(name)));
}

/** How a column's name comes apart. */
function partsOf(given: OptionReader, count: number): (column: string) => string[] {
  const separator = given.text("namesSeparator", "");
  const pattern = given.has("namesPattern") ? new RegExp(commonPattern(`^(?:${given.text("namesPattern")})$`, "namesPattern of pivotLonger", true).js, "u") : undefined;
  return (column) => {
    const parts = pattern !== undefined ? (pattern.exec(column)?.slice(1) ?? []) : separator !== "" ? column.split(separator) : [column];
    if (parts.length !== count) throw unfit(`the name ${JSON.stringify(column)} comes apart into ${parts.length} parts, for ${count} new columns`, "pivotLonger", "give namesSeparator, or namesPattern with a group for each new column, that fits all names");
    return parts.map((part: string | undefined) => part ?? "");
  };
}

function labelsOf(name: string, parts: readonly string[], isNumber: boolean): Labels {
  if (!isNumber) return { name, type: varchar, cells: [...parts] };
  const cells = parts.map(Number);
  const other = cells.findIndex((cell, i) => !Number.isFinite(cell) || parts[i].trim() === "");
  if (other >= 0) throw unfit(`${JSON.stringify(parts[other])} is no number`, `${name} of pivotLonger`, "leave the column out of numbers");
  return { name, type: cells.every(Number.isSafeInteger) ? bigint : scalar("DOUBLE"), cells };
}
