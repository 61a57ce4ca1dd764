import { sqlText } from "../../../lake/duckdb.ts";
import { namedFields } from "../named-fields.ts";
import { typeSql } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import type { Flat } from "../../../model/schema-types.ts";
import { cellText, cellTextSql } from "../cell-text.ts";
import { type Cell, compareCells } from "../cells.ts";
import type { ColumnsOf } from "../column-types.ts";
import { Rejection, type RowStep, type Step } from "../step.ts";
import { columnSql } from "../text-step.ts";
import { type Misfits, misfitSql, misfitText } from "./reading-step.ts";

export interface InRangeOptions<V extends string | number = string | number, M extends Misfits = Misfits> {
  /** The least value that may be. */
  min?: V;
  /** The greatest value that may be. */
  max?: V;
  /** What becomes of a value outside. */
  misfits?: M;
}

/**
 * Values outside of a range do not fit: numbers, dates and points in time as texts (`"2010-12-31"`), texts by code point. NaN
 * is greater than all numbers.
 *
 * @example inRange("released", { max: "2010-12-31" })
 */
export function inRange<T, const K extends ColumnsOf<T, number | string>, const M extends Misfits = "quarantine">(columns: K | readonly K[], options: InRangeOptions<Extract<NonNullable<T[K]>, string | number>, M>): Step<T, Flat<Omit<T, K> & { [C in K]: T[C] | (M extends "null" ? null : never) }>> {
  return { kind: "inRange", columns: [columns].flat(), ...options };
}

interface InRange {
  columns: string[];
  bounds: { min?: string | number; max?: string | number };
  misfits: Misfits;
}

const misfit = "is out of range";

export const inRangeKind: RowStep<InRange> = {
  kind: "inRange",
  scope: "row",
  ownCells: true,
  read: (given) => {
    const [min, max] = [given.scalar("min", null), given.scalar("max", null)];
    const bounds = [min, max].filter((bound) => bound !== null);
    if (bounds.length === 0 || bounds.some((bound) => typeof bound === "boolean") || new Set(bounds.map((bound) => typeof bound)).size > 1) throw unfit("its bounds are neither numbers nor texts, or there are none", "inRange", "give `min`, `max` or both, of one type");
    return { columns: given.columns("columns"), bounds: { ...(min !== null && { min: min as string }), ...(max !== null && { max: max as string }) }, misfits: given.oneOf("misfits", ["quarantine", "null"], "quarantine") };
  },
  sql: ({ columns, bounds, misfits }, input) => {
    const fields = namedFields(input.fields, columns, "inRange").map((field) => ({ ...field, value: columnSql(field.name), isOutside: outsideSql(columnSql(field.name), typeSql(field.type), bounds) }));
    if (misfits === "null") return { set: fields.map(({ name, type, value, isOutside }) => ({ name, sql: `case when not (${isOutside}) then ${value} end`, type })) };
    const rejects = fields.map(({ name, type, value, isOutside }) => `when ${isOutside} then ${misfitSql(name, misfit, cellTextSql(value, type))}`);
    return { set: [], reject: `case ${rejects.join(" ")} end` };
  },
  row: ({ columns, bounds, misfits }) => (row) => {
    const outside = columns.filter((column) => isOutside(row[column], bounds));
    if (outside.length === 0) return row;
    if (misfits === "quarantine") return new Rejection(misfitText(outside[0], misfit, cellText(row[outside[0]]) as string));
    return { ...row, ...Object.fromEntries(outside.map((column) => [column, null])) };
  },
};

function isOutside(cell: Cell | undefined, { min, max }: InRange["bounds"]): boolean {
  if (cell === null || cell === undefined) return false;
  return (min !== undefined && compareCells(cell, min) < 0) || (max !== undefined && compareCells(cell, max) > 0);
}

/** A bound is of the column's type, or no value can be held against it. */
function outsideSql(value: string, type: string, { min, max }: InRange["bounds"]): string {
  const isNumber = /^(U?(TINY|SMALL|BIG|HUGE)INT|U?INTEGER|FLOAT|DOUBLE)$/.test(type);
  const isText = type === "VARCHAR" || type === "DATE" || type === "TIMESTAMP";
  if ((typeof (min ?? max) === "number") !== isNumber || (!isNumber && !isText)) throw unfit(`its bounds are ${typeof (min ?? max)}s, and the column holds ${type}`, "inRange", "give numbers for numbers, and texts for texts, dates and points in time; cast the column first where it is of another type");
  const bound = (limit: string | number): string => `cast(${sqlText(String(limit))} as ${isNumber ? "DOUBLE" : "VARCHAR"})`;
  const compared = isNumber ? `cast(${value} as DOUBLE)` : `cast(${value} as VARCHAR)`;
  return `${value} is not null and (${[...(min === undefined ? [] : [`${compared} < ${bound(min)}`]), ...(max === undefined ? [] : [`${compared} > ${bound(max)}`])].join(" or ")})`;
}
