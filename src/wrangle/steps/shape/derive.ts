import { sqlText } from "../../../lake/duckdb.ts";
import type { Flat } from "../../../model/schema-types.ts";
import { namedFields } from "../named-fields.ts";
import { type NestedType, type Relation, scalar, typeSql } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import { numberColumns } from "../aggregates.ts";
import type { Cell, Row } from "../cells.ts";
import { dateOf, dateText, dayOf, dayRange } from "../dates.ts";
import type { ColumnsOf, NumberColumns } from "../column-types.ts";
import type { RowStep, Step } from "../step.ts";
import { columnSql } from "../text-step.ts";

/** How a column comes of others: one operation, as data. Numbers are doubles (IEEE 754); null in, null out. */
export type Formula<T> =
  | { readonly plus: readonly (NumberColumns<T> | number)[] }
  | { readonly minus: readonly [NumberColumns<T> | number, NumberColumns<T> | number] }
  | { readonly times: readonly (NumberColumns<T> | number)[] }
  /** By 0: null. */
  | { readonly divide: readonly [NumberColumns<T> | number, NumberColumns<T> | number] }
  /** A date of year, month and day; null where the calendar has none, or the year is not 1 to 9999. */
  | { readonly date: readonly [NumberColumns<T> | number, NumberColumns<T> | number, NumberColumns<T> | number] }
  /** A date so many whole days later; null where that is not in the years 1 to 9999. */
  | { readonly addDays: readonly [ColumnsOf<T, string>, NumberColumns<T> | number] };

type Derived<F> = F extends { date: unknown } | { addDays: unknown } ? string | null : number | null;

/**
 * A new column, computed from others of the same row, or an old one anew. Longer formulas are several steps; texts are joined
 * by `unite`; for all else there is SQL, and `stage` in TypeScript.
 * @example derive("bmi", { divide: ["weight", "height_squared"] })
 * @example derive("day", { addDays: ["entered", 7] })
 */
export function derive<T, const Name extends string, const F extends Formula<T>>(name: Name, formula: F): Step<T, Flat<Omit<T, Name> & { [N in Name]: Derived<F> }>> {
  return { kind: "derive", column: name, formula };
}

/** What stands in a formula: a column's name or a number. */
type Operand = string | number;

interface Operation {
  least: number;
  most: number;
  type: NestedType;
  /** The first operand is a column of dates, given as days since 1970. */
  ofDate?: true;
  sql(operands: readonly string[]): string;
  of(operands: readonly number[]): number | string | null;
}

const double = scalar("DOUBLE");
const date = scalar("DATE");
const whole = (value: string, least: number, most: number): string => `${value} between ${least} and ${most} and ${value} = floor(${value})`;
const isWhole = (value: number, least: number, most: number): boolean => Number.isInteger(value) && value >= least && value <= most;

const operations: Record<string, Operation> = {
  plus: { least: 2, most: 100, type: double, sql: (operands) => operands.join(" + "), of: (operands) => operands.reduce((a, b) => a + b) },
  minus: { least: 2, most: 2, type: double, sql: ([a, b]) => `${a} - ${b}`, of: ([a, b]) => a - b },
  times: { least: 2, most: 100, type: double, sql: (operands) => operands.join(" * "), of: (operands) => operands.reduce((a, b) => a * b) },
  divide: { least: 2, most: 2, type: double, sql: ([a, b]) => `case when ${b} <> 0 then ${a} / ${b} end`, of: ([a, b]) => (b === 0 ? null : a / b) },
  date: {
    least: 3,
    most: 3,
    type: date,
    sql: ([year, month, day]) => `case when ${whole(year, 1, 9999)} and ${whole(month, 1, 12)} and ${whole(day, 1, 31)} then try_cast(printf('%04d-%02d-%02d', cast(${year} as INTEGER), cast(${month} as INTEGER), cast(${day} as INTEGER)) as DATE) end`,
    of: ([year, month, day]) => (isWhole(year, 1, 9999) && isWhole(month, 1, 12) && isWhole(day, 1, 31) ? dateOf(year, month, day) : null),
  },
  addDays: {
    least: 2,
    most: 2,
    type: date,
    ofDate: true,
    sql: ([from, days]) => `case when ${whole(`(${from} + ${days})`, ...dayRange)} then cast('1970-01-01' as DATE) + cast(${from} + ${days} as INTEGER) end`,
    of: ([from, days]) => (isWhole(from + days, ...dayRange) ? dateText(from + days) : null),
  },
};

interface Derive {
  column: string;
  operation: Operation;
  operands: Operand[];
}

export const deriveKind: RowStep<Derive> = {
  kind: "derive",
  scope: "row",
  read: (given) => ({ column: given.text("column"), ...readFormula(given.entries("formula")) }),
  sql: ({ column, operation, operands }, input) => {
    const values = operands.map((operand, i) => operandSql(operand, input, operation.ofDate === true && i === 0));
    return { set: [{ name: column, sql: operation.sql(values), type: operation.type }] };
  },
  row: ({ column, operation, operands }) => (row): Row => {
    const values = operands.map((operand, i) => operandOf(operand, row, operation.ofDate === true && i === 0));
    return { ...row, [column]: values.includes(null) ? null : operation.of(values as number[]) };
  },
};

function readFormula(entries: readonly [string, unknown][]): { operation: Operation; operands: Operand[] } {
  const [[name, operands], ...more] = entries;
  const operation = Object.hasOwn(operations, name) ? operations[name] : undefined;
  const fits = operation !== undefined && more.length === 0 && Array.isArray(operands) && operands.length >= operation.least && operands.length <= operation.most && operands.every(isOperand) && !(operation.ofDate && typeof operands[0] !== "string");
  if (!fits) throw unfit(`${JSON.stringify(Object.fromEntries(entries))} is no formula`, "derive", `write one operation with columns and numbers, {'minus': ['week', 1]}; there are ${Object.keys(operations).join(", ")}`);
  return { operation, operands };
}

const isOperand = (operand: unknown): operand is Operand => typeof operand === "string" || (typeof operand === "number" && Number.isFinite(operand));

function operandSql(operand: Operand, input: Relation, isDate: boolean): string {
  if (typeof operand === "number") return `cast(${sqlText(String(operand))} as DOUBLE)`;
  if (!isDate) return `cast(${columnSql(numberColumns(input, [operand], "derive")[0].name)} as DOUBLE)`;
  const [{ name, type, asJson }] = namedFields(input.fields, [operand], "derive");
  if (asJson || typeSql(type) !== "DATE") throw unfit(`column ${JSON.stringify(name)} holds ${asJson ? "JSON" : typeSql(type)} and no dates`, "derive", "make dates of it first");
  return `cast(date_diff('day', cast('1970-01-01' as DATE), ${columnSql(name)}) as DOUBLE)`;
}

function operandOf(operand: Operand, row: Row, isDate: boolean): number | null {
  const cell: Cell = typeof operand === "number" ? operand : (row[operand] ?? null);
  if (cell === null) return null;
  return isDate ? dayOf(String(cell), "derive") : Number(cell);
}
