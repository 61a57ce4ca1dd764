import { sqlText } from "../../../lake/duckdb.ts";
import { namedFields } from "../named-fields.ts";
import { type Field, typeSql } from "../../nested/nested-type.ts";
import { inputName } from "../../nested/value.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import { type Cell, compareCells } from "../cells.ts";
import type { OptionReader, Scalar } from "../option-reader.ts";
import type { SpreadStep, Step } from "../step.ts";
import { columnSql } from "../text-step.ts";

/** What a cell is held to. A null fits none but `"is null"` and `"!="`, `"not in"` of something else. */
export type RowCondition<T> = {
  [K in keyof T & string]:
    | readonly [column: K, test: "=" | "!=" | "<" | "<=" | ">" | ">=", value: NonNullable<T[K]>]
    | readonly [column: K, test: "in" | "not in", values: readonly NonNullable<T[K]>[]]
    | readonly [column: K, test: "is null" | "is not null"];
}[keyof T & string];

/**
 * Lets those rows on that fit the conditions. The others are left out: the report says how many, and they are in no quarantine.
 * Numbers are compared with numbers, and all else as texts are; dates and times are written as they are in rows,
 * `2024-05-01` and `2024-05-01 10:30:00`.
 *
 * @param options.match - `"all"` conditions, the default, or `"any"` of them
 * @example filterRows([["year", ">=", 2000], ["genre", "in", ["Drama", "Comedy"]]])
 */
export function filterRows<T>(conditions: readonly RowCondition<T>[], options: { match?: "all" | "any" } = {}): Step<T, T> {
  return { kind: "filterRows", conditions, ...options };
}

interface Condition {
  column: string;
  test: Test;
  values: Exclude<Scalar, null>[];
}

const comparisons = { "<": (order: number) => order < 0, "<=": (order: number) => order <= 0, ">": (order: number) => order > 0, ">=": (order: number) => order >= 0 };
const tests = ["=", "!=", "in", "not in", "is null", "is not null", ...(Object.keys(comparisons) as (keyof typeof comparisons)[])] as const;
type Test = (typeof tests)[number];

export const filterRowsKind: SpreadStep<{ conditions: Condition[]; match: "all" | "any" }> = {
  kind: "filterRows",
  scope: "spread",
  ownCells: true,
  read: (given) => ({ conditions: readConditions(given), match: given.oneOf("match", ["all", "any"], "all") }),
  sql: ({ conditions, match }, { from, fields }) => {
    const parts = conditions.map((condition) => conditionSql(condition, namedFields(fields, [condition.column], "filterRows")[0]));
    return { from: `(select * from ${from} as ${inputName} where ${parts.join(match === "all" ? " and " : " or ")})`, fields };
  },
  row: ({ conditions, match }) => (row) => {
    const fits = ({ column, test, values }: Condition): boolean => cellFits(row[column] ?? null, test, values);
    return (match === "all" ? conditions.every(fits) : conditions.some(fits)) ? [row] : [];
  },
};

function readConditions(given: OptionReader): Condition[] {
  const conditions = given.list("conditions").map(readCondition);
  if (conditions.length === 0) throw unfit("there is no condition", "filterRows", "give one: [['year', '>=', 2000]]");
  return conditions;
}

function readCondition(condition: unknown): Condition {
  const [column, test, given] = Array.isArray(condition) ? condition : [];
  const values = test === "in" || test === "not in" ? given : test === "is null" || test === "is not null" ? [] : [given];
  if (typeof column !== "string" || !tests.includes(test) || !Array.isArray(values) || !values.every(isValue)) throw unfit(`${JSON.stringify(condition)} is no condition`, "filterRows", `write [column, test, value]; the tests are ${tests.join(", ")}`);
  return { column, test, values };
}

const isValue = (value: unknown): value is Condition["values"][number] => typeof value === "string" || typeof value === "boolean" || (typeof value === "number" && Number.isFinite(value));

function cellFits(cell: Cell, test: Test, values: Condition["values"]): boolean {
  if (test === "is null") return cell === null;
  if (test === "is not null") return cell !== null;
  const isOneOf = cell !== null && values.some((value) => compareCells(cell, value) === 0);
  if (test === "=" || test === "in") return isOneOf;
  if (test === "!=" || test === "not in") return !isOneOf;
  return cell !== null && comparisons[test](compareCells(cell, values[0]));
}

function conditionSql({ column, test, values }: Condition, field: Field): string {
  const cell = columnSql(field.name);
  if (test === "is null" || test === "is not null") return `${cell} ${test}`;
  const literals = values.map((value) => valueSql(value, field, column));
  if (test === "=" || test === "in") return isOneOfSql(cell, literals);
  if (test === "!=" || test === "not in") return `not ${isOneOfSql(cell, literals)}`;
  return `coalesce(${cell} ${test} ${literals[0]}, false)`;
}

const isOneOfSql = (cell: string, literals: readonly string[]): string => (literals.length === 0 ? "false" : `coalesce(${cell} in (${literals.join(", ")}), false)`);

const writtenAs: Record<string, RegExp> = { VARCHAR: /^[^]*$/, DATE: /^\d{4}-\d\d-\d\d$/, TIMESTAMP: /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{0,5}[1-9])?$/ };

/** A value as a literal of the column's type: both forms must compare the same things. */
function valueSql(value: Condition["values"][number], { type, asJson }: Field, column: string): string {
  const sql = typeSql(type);
  if (!asJson && typeof value === "string" && writtenAs[sql]?.test(value)) return `cast(${sqlText(value)} as ${sql})`;
  if (!asJson && typeof value === "boolean" && sql === "BOOLEAN") return String(value);
  if (!asJson && typeof value === "number" && /^(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT|FLOAT|DOUBLE|DECIMAL.*)$/.test(sql)) return Number.isSafeInteger(value) ? String(value) : `cast(${sqlText(String(value))} as DOUBLE)`;
  throw unfit(`${JSON.stringify(value)} cannot be compared with column ${JSON.stringify(column)}, which holds ${asJson ? "JSON" : sql}`, "filterRows", "give a value of the column's type; dates as 2024-05-01, times as 2024-05-01 10:30:00");
}
