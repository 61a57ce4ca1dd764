import { sqlText } from "../../../lake/duckdb.ts";
import { namedFields } from "../named-fields.ts";
import { typeSql } from "../../nested/nested-type.ts";
import type { Cell } from "../cells.ts";
import type { Scalar } from "../option-reader.ts";
import type { RowStep, Step } from "../step.ts";
import { columnSql, withCells } from "../text-step.ts";
import { trimSpace } from "../white-space.ts";
import type { Flat } from "../../../model/schema-types.ts";
import { dummyDates, dummyNumbers, dummyTexts } from "./dummies.ts";
import { lower } from "./letter-case.ts";
import { trimSql } from "./trim.ts";

export interface NullifyOptions {
  /** What stands for nothing, in place of the set that is known: texts (dates among them) and numbers. */
  values?: readonly (string | number)[];
  /** What stands for nothing beside the set that is known. */
  also?: readonly (string | number)[];
}

/**
 * Makes null what stands for nothing: "N/A", "-", "unknown", -1, 9999-12-31, NaN. Texts are compared without their case and
 * white space around them, numbers by their value, dates and points in time (at the start and the last second of the day) as texts.
 *
 * @example nullify(["director", "gross"], { also: ["none", 0] })
 */
export function nullify<T, const K extends keyof T & string>(columns: K | readonly K[], options: NullifyOptions = {}): Step<T, Flat<Omit<T, K> & { [C in K]: T[C] | null }>> {
  return { kind: "nullify", columns: [columns].flat(), ...options };
}

interface Nullify {
  columns: string[];
  texts: string[];
  numbers: number[];
}

const known: readonly Scalar[] = [...dummyTexts, ...dummyDates.flatMap((date) => [date, `${date} 00:00:00`, `${date} 23:59:59`]), ...dummyNumbers];

export const nullifyKind: RowStep<Nullify> = {
  kind: "nullify",
  scope: "row",
  ownCells: true,
  read: (given) => {
    const columns = given.columns("columns");
    const values = [...given.scalars("values", known), ...given.scalars("also", [])];
    return { columns, texts: values.filter((value) => typeof value === "string").map((text) => lower(trimSpace(text))), numbers: values.filter((value) => typeof value === "number") };
  },
  sql: (options, input) => ({ set: namedFields(input.fields, options.columns, "nullify").map(({ name, type }) => ({ name, sql: nullifiedSql(columnSql(name), typeSql(type), options), type })) }),
  row: ({ columns, texts, numbers }) => {
    const isText = new Set(texts);
    const isNumber = new Set(numbers);
    const stands = (cell: Cell | undefined): boolean => (typeof cell === "string" ? isText.has(lower(trimSpace(cell))) : (typeof cell === "number" || typeof cell === "bigint") && (isNumber.has(Number(cell)) || Number.isNaN(Number(cell))));
    return (row) => withCells(row, columns, (cell) => (stands(cell) ? null : (cell ?? null)));
  },
};

const numeric = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE)$/;

/** Decimals are texts in TypeScript, and so they are here. Of `IN` with many values the engine makes a join, for each column another. */
function nullifiedSql(value: string, type: string, { texts, numbers }: Nullify): string {
  if (type === "BOOLEAN") return value;
  if (!numeric.test(type)) return texts.length === 0 ? value : `case when not list_contains([${texts.map(sqlText).join(", ")}], lower(${trimSql(`cast(${value} as VARCHAR)`)})) then ${value} end`;
  const number = `cast(${value} as DOUBLE)`;
  const real = `not isnan(${number})`;
  return `case when ${[real, ...(numbers.length === 0 ? [] : [`not list_contains([${numbers.map((each) => `cast(${sqlText(String(each))} as DOUBLE)`).join(", ")}], ${number})`])].join(" and ")} then ${value} end`;
}
