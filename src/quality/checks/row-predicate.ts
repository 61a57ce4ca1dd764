import { sqlName, sqlText } from "../../lake/duckdb.ts";
import type { Bound, CastType, CheckDecl, CheckOf } from "../../model/quality/check-decl.ts";
import { type CheckedColumn, type CheckedDataset, columnOf, isFloat, isNumber, isText, isTime, isWhole, unfit } from "./checked-dataset.ts";

/** Kinds whose rows are wrong or right each by itself. */
export const rowKinds = ["notNull", "accepted", "range", "pattern", "type", "length", "row"] as const;
export type RowCheck = CheckOf<(typeof rowKinds)[number]>;

export const isRowCheck = (check: CheckDecl): check is RowCheck => (rowKinds as readonly string[]).includes(check.kind);

/**
 * The condition that a row fulfils which breaks the check: true, or else false or null.
 * @returns undefined where the column's type says that no row can
 * @throws MillraceError `MR-QUALITY-002` when the check does not fit the dataset
 */
export function failingRow(check: RowCheck, dataset: CheckedDataset): string | undefined {
  if (check.kind === "row") return `not (${check.condition}\n)`;
  const column = columnOf(dataset, check.columns[0]);
  const name = sqlName(column.name);
  const text = isText(column.type) ? name : `${name}::varchar`;
  switch (check.kind) {
    case "notNull":
      return `${name} is null`;
    case "accepted":
      return `${name} not in (${check.values.map((value) => literal(value, column, dataset)).join(", ")})`;
    case "range":
      return outside(check, column, dataset);
    case "pattern":
      return `not regexp_matches(${text}, ${sqlText(check.pattern)})`;
    case "length":
      return either([check.min !== undefined && `length(${text}) < ${check.min}`, check.max !== undefined && `length(${text}) > ${check.max}`]);
    case "type":
      return notA(check.type, name, column.type);
  }
}

function outside({ min, max }: CheckOf<"range">, column: CheckedColumn, dataset: CheckedDataset): string {
  const name = sqlName(column.name);
  const beyond = (bound: Bound | undefined, than: "<" | ">"): string | false => bound !== undefined && `${name} ${than}${bound.exclusive ? "=" : ""} ${literal(bound.value, column, dataset)}`;
  // NaN stands above all numbers there, and so below no least one.
  return either([beyond(min, "<"), beyond(max, ">"), isFloat(column.type) && max === undefined && `isnan(${name})`]);
}

function either(parts: (string | false)[]): string {
  return parts.filter((part) => part !== false).join(" or ");
}

/** A text with a fraction would be read as a whole number, rounded. */
const digits = sqlText("\\s*[+-]?[0-9]+\\s*");
const sqlTypes: Record<CastType, string> = { boolean: "boolean", integer: "bigint", number: "double", date: "date", timestamp: "timestamptz" };

function notA(type: CastType, name: string, held: string): string | undefined {
  if (isAlready(type, held)) return undefined;
  if (type === "integer" && isNumber(held)) return `${isFloat(held) ? `not isfinite(${name}) or ` : ""}${name} <> trunc(${name})`;
  if (!isText(held)) return `${name} is not null and try_cast(${name} as ${sqlTypes[type]}) is null`;
  return `${type === "integer" ? `not regexp_full_match(${name}, ${digits}) or ` : ""}${name} is not null and try_cast(${name} as ${sqlTypes[type]}) is null`;
}

function isAlready(type: CastType, held: string): boolean {
  switch (type) {
    case "boolean":
      return held === "BOOLEAN";
    case "integer":
      return isWhole(held);
    case "number":
      return isNumber(held);
    case "date":
      return held === "DATE";
    case "timestamp":
      return isTime(held);
  }
}

/** A value of a check as one of the column's type. @throws MillraceError `MR-QUALITY-002` when it cannot be one */
function literal(value: string | number | boolean, { name, type }: CheckedColumn, { name: dataset }: CheckedDataset): string {
  const misfit = () => unfit(`the check compares ${JSON.stringify(value)} with column "${name}", which is ${type}`, dataset, isText(type) ? `give texts, or check that it can be read: castable("${name}", "number")` : "give a value of the column's type");
  if (typeof value === "boolean") {
    if (type !== "BOOLEAN") throw misfit();
    return String(value);
  }
  if (typeof value === "number") {
    if (!isNumber(type)) throw misfit();
    return isFloat(type) ? `${sqlText(String(value))}::double` : numberText(value);
  }
  if (isNumber(type) || type === "BOOLEAN") throw misfit();
  if (isTime(type) && Number.isNaN(Date.parse(value))) throw misfit();
  return isText(type) ? sqlText(value) : `${sqlText(value)}::${type}`;
}

/** With an exponent it would be a double, which has no room for all whole numbers. */
function numberText(value: number): string {
  return Number.isSafeInteger(value) ? String(value) : /e/.test(String(value)) ? `${sqlText(String(value))}::double` : String(value);
}
