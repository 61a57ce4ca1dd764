import { sqlName } from "../../lake/duckdb.ts";
import type { CheckOf, VolumeChange } from "../../model/quality/check-decl.ts";
import type { QueryValue } from "../../sql/query-request.ts";
import { type CheckedDataset, columnOf, isNumber, isTime, relationOf, unfit } from "./checked-dataset.ts";
import { hasFewValues, valuesOf } from "./few-values.ts";
import { type AskedMeasure, countOf, type Measure, type Measured } from "./measure.ts";

/** What is judged by one figure of all rows. */
export function wholeMeasure(check: CheckOf<"aggregate" | "freshness" | "volume">, dataset: CheckedDataset, now: number): Measure {
  switch (check.kind) {
    case "volume":
      return scanned("count(*)", ([rows]) => volumeOf(check, countOf(rows), dataset.facts?.rowsBefore ?? []));
    case "freshness":
      return newest(check, dataset, now);
    case "aggregate":
      return aggregate(check, dataset);
  }
}

const scanned = (expression: string, read: (values: readonly QueryValue[]) => Measured): AskedMeasure => ({ tier: 1, how: "one scan with others", expressions: [expression], read });

/** What lies further ahead is no time that a row was written: the end of all calendars in one row would make a table fresh for ever. Clocks and zones differ by less. */
export const aheadMs = 86_400_000;

function newest(check: CheckOf<"freshness">, dataset: CheckedDataset, now: number): Measure {
  const { name, type } = columnOf(dataset, check.columns[0]);
  if (!isTime(type)) throw unfit(`column "${name}" is ${type}, and no time`, dataset.name, "name a column of times or dates");
  const at = type === "DATE" ? `${sqlName(name)}::timestamp` : sqlName(name);
  const conditions = [...(check.where === undefined ? [] : [check.where]), `epoch_ms(${at}) <= ${now + aheadMs}`];
  return scanned(`epoch_ms(max(${chosen(at, conditions.join("\n) and ("))}))`, ([value]) => freshnessOf(check, value === null ? null : Number(value), now));
}

const functions = { sum: "sum", avg: "avg", min: "min", max: "max", stddev: "stddev_samp", median: "median" } as const;
/** Squares of numbers beyond this are no numbers, and those of differences below its inverse neither. */
const squaredMax = "1e150";

/** NaN where the engine would give up, and the statement with it, or say 0 of values that differ. */
function deviation(value: string): string {
  const within = `stddev_samp(case when abs(${value}) < ${squaredMax} then ${value} end)`;
  const [least, greatest] = [`min(${value})`, `max(${value})`];
  return `case when ${least} <= -${squaredMax} or ${greatest} >= ${squaredMax} or (${greatest} > ${least} and ${within} < 1 / ${squaredMax}) then 'nan'::double else ${within} end`;
}

function aggregate(check: CheckOf<"aggregate">, dataset: CheckedDataset): Measure {
  const { name, type } = columnOf(dataset, check.columns[0]);
  if (check.of === "distinct" && check.where === undefined && hasFewValues({ name, type }, dataset)) {
    return { ...scanned(`(select count(*) from ${valuesOf(name)} where ${sqlName(name)} is not null)`, ([value]) => figure(check, countOf(value))), values: [name] };
  }
  if (check.of === "distinct") {
    const rows = `select distinct ${sqlName(name)} from ${relationOf(dataset)} where ${sqlName(name)} is not null${check.where === undefined ? "" : ` and (${check.where}\n)`}`;
    return { tier: 2, how: "groups by the values", expressions: [`(select count(*) from (${rows}))`], read: ([value]) => figure(check, countOf(value)) };
  }
  if (!isNumber(type)) throw unfit(`column "${name}" is ${type}, and no number`, dataset.name, 'name a column of numbers, or count its values: aggregate("distinct", …)');
  const value = chosen(sqlName(name), check.where);
  return scanned(check.of === "stddev" ? deviation(value) : `${functions[check.of]}(${value})::double`, ([value]) => figure(check, value === null ? null : Number(value)));
}

/** A filter behind the aggregate would say the same, and cost ten times as much. */
const chosen = (value: string, where: string | undefined): string => (where === undefined ? value : `case when (${where}\n) then ${value} end`);

/** @param value - null where there are no values */
export function figure({ min, max }: { min?: number; max?: number }, value: number | null): Measured {
  const holds = value !== null && (min === undefined || value >= min) && (max === undefined || value <= max);
  return { holds, value: value === null || Number.isFinite(value) ? value : String(value) };
}

/** @param newest - milliseconds since 1970; null where there is none */
export function freshnessOf({ withinMs }: CheckOf<"freshness">, newest: number | null, now: number): Measured {
  const isTimeOfDate = newest !== null && Math.abs(newest) <= 8.64e15;
  return { holds: newest !== null && now - newest <= withinMs, value: newest === null ? null : isTimeOfDate ? new Date(newest).toISOString() : String(newest) };
}

export function volumeOf({ min = 0, max = Infinity, change }: CheckOf<"volume">, rows: number, rowsBefore: readonly number[]): Measured {
  return { holds: rows >= min && rows <= max && (change === undefined || isUsual(rows, rowsBefore, change)), value: rows, rows };
}

function isUsual(rows: number, rowsBefore: readonly number[], { min = 0, max = Infinity, versions }: VolumeChange): boolean {
  const before = rowsBefore.slice(0, versions);
  if (before.length === 0) return true;
  const mean = before.reduce((sum, count) => sum + count, 0) / before.length;
  return rows >= min * mean && rows <= max * mean;
}
