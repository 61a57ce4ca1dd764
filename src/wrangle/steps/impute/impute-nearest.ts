import type { Flat } from "../../../model/schema-types.ts";
import { scalar } from "../../nested/nested-type.ts";
import { failureSql } from "../../nested/cast.ts";
import { inputName } from "../../nested/value.ts";
import { beyondBounds } from "../../nested/wrangle-error.ts";
import { doubleColumns } from "../aggregates.ts";
import type { Row } from "../cells.ts";
import type { NumberColumns } from "../column-types.ts";
import type { Step, WindowStep } from "../step.ts";
import { columnSql } from "../text-step.ts";
import { type Flagged, type FlagOption, imputedColumns, imputedRow, readFlag } from "./flag.ts";

export interface ImputeNearestOptions<K extends string, Flag extends string> extends FlagOption<Flag> {
  /** Columns of numbers that say how near two rows are: the distance is Euclid's, each column scaled by its range. */
  near: readonly K[];
  /** How many neighbours are asked, 1 to 100. Default 5. */
  k?: number;
}

/** Distances that are measured at most: rows without a value times rows with one. */
const pairsMax = 10_000_000;
const tooMany = "there are too many rows for neighbours: of rows with and without a value, the product is more than 10,000,000";

/**
 * What is missing becomes the mean of the k nearest rows that have a value. A row that lacks one of the `near` columns, or has
 * a number there that is not finite, is near nobody: it teaches nothing and stays null. Of rows equally near the least values count first.
 * @example imputeNearest("price", { near: ["area", "rooms"], k: 3, flag: "price_imputed" })
 * @throws MillraceError `MR-WRANGLE-002` in memory, and an error of the engine in SQL, beyond 10,000,000 distances
 */
export function imputeNearest<T, const K extends NumberColumns<T>, const Flag extends string = never>(column: K, options: ImputeNearestOptions<NumberColumns<T>, Flag>): Step<T, Flat<T & Flagged<Flag>>> {
  return { kind: "imputeNearest", column, ...options };
}

interface ImputeNearest {
  column: string;
  near: string[];
  k: number;
  flag?: string;
}

export const imputeNearestKind: WindowStep<ImputeNearest> = {
  kind: "imputeNearest",
  scope: "window",
  read: (given) => ({ column: given.text("column"), near: given.columns("near"), k: given.number("k", { min: 1, max: 100, whole: true, fallback: 5 }), flag: readFlag(given) }),
  sql: ({ column, near, k, flag }, input, together) => {
    const [{ name }, ...places] = doubleColumns(input, [column, ...near], "imputeNearest");
    const y = `cast(${columnSql(name)} as DOUBLE)`;
    const xs = places.map((place) => `cast(${columnSql(place.name)} as DOUBLE)`);
    const live = `from ${input.from} as ${inputName} where not (${together})`;
    const placed = xs.map((x) => `coalesce(isfinite(${x}), false)`).join(" and ");
    const isKnown = `coalesce(isfinite(${y}), false) and ${placed}`;
    // A lambda sees no subqueries: each known row carries the ranges with it.
    const rangeOf = (x: string): string => `(select max(${x}) - min(${x}) ${live} and ${isKnown})`;
    const known = `(select list(struct_pack(y := ${y}, ${xs.map((x, i) => `x${i} := ${x}, r${i} := ${rangeOf(x)}`).join(", ")})) ${live} and ${isKnown})`;
    const pairs = `(select cast(count_if(${isKnown}) as DOUBLE) * count_if(${y} is null and ${placed}) ${live})`;
    const distance = xs.map((x, i) => `case when known.r${i} > 0 then ((known.x${i} - ${x}) / known.r${i}) * ((known.x${i} - ${x}) / known.r${i}) else 0 end`).join(" + ");
    const nearest = `list_slice(list_sort(list_transform(${known}, lambda known: struct_pack(d := ${distance}, y := known.y))), 1, ${k})`;
    const mean = `list_avg(list_transform(${nearest}, lambda near: near.y))`;
    const value = `case when ${y} is not null or not (${placed}) then ${y} when ${pairs} > ${pairsMax} then ${failureSql(tooMany, scalar("DOUBLE"))} else ${mean} end`;
    return imputedColumns(input, [{ name, sql: value, type: scalar("DOUBLE") }], flag);
  },
  rows: ({ column, near, k, flag }, rows) => {
    const points = rows.map((row): Point => ({ y: cellNumber(row, column), xs: near.map((name) => cellNumber(row, name) ?? Number.NaN) }));
    const placed = points.filter(({ xs }) => xs.every(Number.isFinite));
    const known = placed.filter(({ y }) => Number.isFinite(y));
    if (known.length * placed.filter(({ y }) => y === null).length > pairsMax) throw beyondBounds(tooMany, "imputeNearest", "impute by group, or from a sample that was learned");
    const ranges = near.map((_, i) => known.reduce((most, { xs }) => Math.max(most, xs[i]), -Infinity) - known.reduce((least, { xs }) => Math.min(least, xs[i]), Infinity));
    return rows.map((row, i) => imputedRow(row, column, points[i].y === null ? nearestMean(points[i].xs, known, ranges, k) : null, flag));
  },
};

interface Point {
  y: number | null;
  xs: number[];
}

const cellNumber = (row: Row, column: string): number | null => (row[column] === null || row[column] === undefined ? null : Number(row[column]));

function nearestMean(at: readonly number[], known: readonly Point[], ranges: readonly number[], k: number): number | null {
  if (known.length === 0 || !at.every(Number.isFinite)) return null;
  const nearest: { d: number; y: number }[] = [];
  for (const { xs, y } of known) keepNearest(nearest, { d: distance(xs, at, ranges), y: y as number }, k);
  return nearest.reduce((sum, { y }) => sum + y, 0) / nearest.length;
}

/** The square of it, which has the same order. */
function distance(a: readonly number[], b: readonly number[], ranges: readonly number[]): number {
  let sum = 0;
  for (const [i, range] of ranges.entries()) if (range > 0) sum += ((a[i] - b[i]) / range) ** 2;
  return sum;
}

/** Puts one more into a list of the k nearest, in order. */
function keepNearest(nearest: { d: number; y: number }[], one: { d: number; y: number }, k: number): void {
  const isBehind = (other: { d: number; y: number }): boolean => other.d < one.d || (other.d === one.d && other.y <= one.y);
  if (nearest.length === k && isBehind(nearest[k - 1])) return;
  const place = nearest.findLastIndex(isBehind) + 1;
  nearest.splice(place, 0, one);
  if (nearest.length > k) nearest.pop();
}
