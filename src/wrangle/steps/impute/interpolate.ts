import type { Flat } from "../../../model/schema-types.ts";
import { namedFields } from "../named-fields.ts";
import { type Field, scalar, typeSql } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import { doubleColumns, isNumeric } from "../aggregates.ts";
import type { Cell, Row } from "../cells.ts";
import type { NumberColumns } from "../column-types.ts";
import { compareRows, groupIndexes } from "../row-order.ts";
import type { Step, WindowStep } from "../step.ts";
import { columnSql } from "../text-step.ts";
import { type Flagged, type FlagOption, imputedColumns, imputedRow, readFlag } from "./flag.ts";

export interface InterpolateOptions<K extends string, Flag extends string> extends FlagOption<Flag> {
  /** What says how far a row is from its neighbours: a number, a date, or a time. */
  along: K;
  /** Rows with the same values here are one series. Default: all rows are one. */
  by?: readonly K[];
}

/**
 * What is missing is read off the straight line between the known values before and after. Before the first and after the
 * last one it stays null: nothing is known there. Of known values in one place the greatest is the one before, the least the
 * one after; numbers that are not finite are no neighbours.
 * @example interpolate("level", { along: "measured_at", by: ["station"], flag: "level_interpolated" })
 */
export function interpolate<T, const K extends NumberColumns<T>, const Flag extends string = never>(column: K, options: InterpolateOptions<keyof T & string, Flag>): Step<T, Flat<T & Flagged<Flag>>> {
  return { kind: "interpolate", column, ...options };
}

interface Interpolate {
  column: string;
  along: string;
  by: string[];
  flag?: string;
}

export const interpolateKind: WindowStep<Interpolate> = {
  kind: "interpolate",
  scope: "window",
  read: (given) => ({ column: given.text("column"), along: given.text("along"), by: given.maybeColumns("by"), flag: readFlag(given) }),
  sql: ({ column, along, by, flag }, input, together) => {
    const [{ name }] = doubleColumns(input, [column], "interpolate");
    const [place, ...groups] = namedFields(input.fields, [along, ...by], "interpolate");
    const y = `cast(${columnSql(name)} as DOUBLE)`;
    const x = placeSql(place);
    const known = (value: string): string => `case when isfinite(${x}) and isfinite(${y}) then ${value} end`;
    const over = (frame: string): string => `over (partition by ${[together, ...groups.map((group) => columnSql(group.name))].join(", ")} order by ${x} asc nulls last, ${y} asc nulls last rows between ${frame})`;
    const before = (value: string): string => `last_value(${known(value)} ignore nulls) ${over("unbounded preceding and current row")}`;
    const after = (value: string): string => `first_value(${known(value)} ignore nulls) ${over("current row and unbounded following")}`;
    const [x0, y0, x1, y1] = [before(x), before(y), after(x), after(y)];
    const line = `${y0} + (${y1} - ${y0}) * ((${x} - ${x0}) / (${x1} - ${x0}))`;
    const value = `case when not isfinite(${x}) then null when ${x0} = ${x} then ${y0} else ${line} end`;
    return imputedColumns(input, [{ name, sql: `coalesce(${y}, ${value})`, type: scalar("DOUBLE") }], flag);
  },
  rows: ({ column, along, by, flag }, rows) => {
    const done: Row[] = [...rows];
    const points = rows.map((row) => ({ x: placeOf(row[along] ?? null), y: toNumber(row[column] ?? null) }));
    const order = compareRows(["x", "y"]);
    for (const group of groupIndexes(rows, by)) {
      const sorted = group.sort((a, b) => order(points[a], points[b]));
      const values = lineValues(sorted.map((i) => points[i]));
      for (const [at, i] of sorted.entries()) done[i] = imputedRow(rows[i], column, values[at], flag);
    }
    return done;
  },
};

interface Point {
  x: number | null;
  y: number | null;
}

const isKnown = (point: Point): point is { x: number; y: number } => Number.isFinite(point.x) && Number.isFinite(point.y);

/** For each point the value on the line between its known neighbours, or null. */
function lineValues(points: readonly Point[]): (number | null)[] {
  const next: ({ x: number; y: number } | undefined)[] = [];
  for (let i = points.length - 1; i >= 0; i--) next[i] = isKnown(points[i]) ? (points[i] as { x: number; y: number }) : next[i + 1];
  let last: { x: number; y: number } | undefined;
  return points.map((point, i) => {
    if (isKnown(point)) last = point;
    const [{ x }, after] = [point, next[i]];
    if (last === undefined || x === null || !Number.isFinite(x)) return null;
    if (last.x === x) return last.y;
    return after === undefined ? null : last.y + (after.y - last.y) * ((x - last.x) / (after.x - last.x));
  });
}

const toNumber = (cell: Cell): number | null => (cell === null ? null : Number(cell));

/** Where a row stands: a number, or seconds since 1970. */
function placeSql(field: Field): string {
  const column = columnSql(field.name);
  if (isNumeric(field)) return `cast(${column} as DOUBLE)`;
  if (field.asJson || !["DATE", "TIMESTAMP"].includes(typeSql(field.type))) throw unfit(`column ${JSON.stringify(field.name)} holds ${field.asJson ? "JSON" : typeSql(field.type)} and says no place`, "along of interpolate", "name a column of numbers, dates or times");
  return `epoch(cast(${column} as TIMESTAMP))`;
}

function placeOf(cell: Cell): number | null {
  if (cell === null) return null;
  if (typeof cell !== "string") return Number(cell);
  const [, to, fraction = ""] = /^(\d{4}-\d\d-\d\d(?: \d\d:\d\d:\d\d)?)(\.\d+)?$/.exec(cell) ?? [];
  const ms = to === undefined ? Number.NaN : Date.parse(`${to.replace(" ", "T")}${to.length > 10 ? "" : "T00:00:00"}Z`);
  if (Number.isNaN(ms)) throw unfit(`${JSON.stringify(cell.slice(0, 40))} says no place`, "along of interpolate", "name a column of numbers, dates or times");
  return ms / 1000 + Number(`0${fraction}`);
}
