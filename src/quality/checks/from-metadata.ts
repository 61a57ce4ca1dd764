import { type ComparableValue, compareComparable, readFilterValue } from "../../lake/filter-value.ts";
import type { Bound, CheckDecl, CheckOf } from "../../model/quality/check-decl.ts";
import { type CheckedDataset, columnOf, isNumber, isWhole, unfit } from "./checked-dataset.ts";
import type { ColumnFacts, DatasetFacts } from "./dataset-facts.ts";
import type { Measure, Measured } from "./measure.ts";
import { aheadMs, figure, freshnessOf, volumeOf } from "./whole-measure.ts";

/*
 * Tier 0: what manifests and the schema prove. Bounds may be loose and deleted rows may still be counted in them, so a check
 * passes here when it holds for all that could be there, and fails here only where the figures are exact.
 */

/** @returns undefined where rows have to be read */
export function fromMetadata(check: CheckDecl, dataset: CheckedDataset, { now, exact }: { now: number; exact: boolean }): Measure | undefined {
  if (check.kind === "schema") return known("columns of the version", schemaOf(check, dataset));
  const { facts } = dataset;
  if (facts === undefined) {
    if (check.kind === "freshness" && check.columns.length === 0) throw unfit("nobody keeps when it was written", dataset.name, "name a column of times");
    if (check.kind === "volume" && check.change) throw unfit("versions of it are not kept", dataset.name, "leave `change` out, or load it into a table of the lake");
    return undefined;
  }
  switch (check.kind) {
    case "volume":
      return facts.whole ? known("records in the manifests", volumeOf(check, facts.rows, facts.rowsBefore)) : undefined;
    case "freshness":
      return freshness(check, dataset, facts, now);
    case "aggregate":
      return extreme(check, dataset, facts);
    case "row":
    case "distribution":
    case "sql":
    case "record":
      return facts.rows === 0 && check.kind === "row" ? known("there are no rows", { failures: 0, rows: 0 }) : undefined;
    default:
      return rowsOf(check, dataset, facts, exact);
  }
}

const known = (how: string, measured: Measured): Measure => ({ tier: 0, how, measured });

function rowsOf(check: Exclude<CheckDecl, { kind: "row" | "distribution" | "sql" | "record" | "volume" | "freshness" | "aggregate" | "schema" }>, dataset: CheckedDataset, facts: DatasetFacts, exact: boolean): Measure | undefined {
  const { rows, whole } = facts;
  if (rows === 0) return known("there are no rows", { failures: 0, rows: 0 });
  const counted = whole && check.where === undefined ? { rows } : {};
  const column = facts.columns.get(columnOf(dataset, check.columns[0]).name);
  if (column === undefined) return undefined;
  if (check.kind === "notNull") {
    if (column.nulls === 0) return known("null counts of the manifests", { failures: 0, ...counted });
    return "rows" in counted && column.nulls !== undefined ? known("null counts of the manifests", { failures: column.nulls, rows }) : undefined;
  }
  if (column.nulls === rows) return known("all of its values are null", { failures: 0, ...counted });
  if (check.kind === "range" && isWithin(check, column)) return known("bounds of the manifests", { failures: 0, ...counted });
  if (check.kind === "unique" && "rows" in counted && !exact) return doubles(check, column, rows);
  return undefined;
}

function isWithin({ min, max }: CheckOf<"range">, { type, withoutNan, lower, upper }: ColumnFacts): boolean {
  if (!withoutNan || lower === undefined || upper === undefined) return false;
  const isInside = (bound: Bound | undefined, value: ComparableValue, sign: 1 | -1): boolean => {
    if (bound === undefined) return true;
    // As doubles, which is what the scan compares them as.
    const limit = readFilterValue(type === "float" ? "double" : type, bound.value);
    if (limit === undefined) return false;
    const order = compareComparable(value, limit) * sign;
    return bound.exclusive ? order > 0 : order >= 0;
  };
  return isInside(min, lower, 1) && isInside(max, upper, -1);
}

/** More values than there is room for between the least and the greatest: some are there twice. */
function doubles(check: CheckOf<"unique">, { type, nulls, lower, upper }: ColumnFacts, rows: number): Measure | undefined {
  const isCountable = type === "int" || type === "long" || type === "date" || type === "boolean";
  if (!isCountable || check.columns.length > 1 || nulls === undefined || lower === undefined || upper === undefined) return undefined;
  // Doubles would see no difference between the largest whole numbers.
  const excess = rows - nulls - (Number(BigInt(upper as bigint | number | boolean) - BigInt(lower as bigint | number | boolean)) + 1);
  const allowed = check.tolerance === undefined ? 0 : "rows" in check.tolerance ? check.tolerance.rows : check.tolerance.share * rows;
  return excess > allowed ? known("more rows than values between the bounds of the manifests", { failures: excess, atLeast: true, rows }) : undefined;
}

function freshness(check: CheckOf<"freshness">, dataset: CheckedDataset, facts: DatasetFacts, now: number): Measure | undefined {
  if (check.columns.length === 0) return known("when the version was committed", freshnessOf(check, facts.committedAt, now));
  const { name } = columnOf(dataset, check.columns[0]);
  const column = facts.columns.get(name);
  if (check.where !== undefined || !facts.whole || !column?.tight || column.upper === undefined) return undefined;
  const unit = { date: 1 / 86_400_000, timestamp: 1_000, timestamptz: 1_000 }[column.type as string];
  const newest = unit === undefined ? undefined : Math.floor(Number(column.upper) / unit);
  return newest === undefined || newest > now + aheadMs ? undefined : known("bounds of the manifests", freshnessOf(check, newest, now));
}

/** Decimals are kept as digits without their point: those are read. */
function extreme(check: CheckOf<"aggregate">, dataset: CheckedDataset, facts: DatasetFacts): Measure | undefined {
  const { name, type } = columnOf(dataset, check.columns[0]);
  const column = facts.columns.get(name);
  if ((check.of !== "min" && check.of !== "max") || check.where !== undefined || !facts.whole || !column?.tight || !column.withoutNan) return undefined;
  if (!isNumber(type) || type.startsWith("DECIMAL")) return undefined;
  const value = check.of === "min" ? column.lower : column.upper;
  return value === undefined ? undefined : known("bounds of the manifests", figure(check, Number(value)));
}

function schemaOf({ fields, extra }: CheckOf<"schema">, { columns }: CheckedDataset): Measured {
  const held = new Map(columns.map(({ name, type }) => [name, type]));
  const wanted = new Set(fields.map(({ name }) => name));
  const faults = [
    ...fields.flatMap(({ name, type }) => (!held.has(name) ? [`${name} is missing`] : type !== undefined && !isOfType(held.get(name) as string, type) ? [`${name} is ${held.get(name)}`] : [])),
    ...(extra ? [] : columns.flatMap(({ name }) => (wanted.has(name) ? [] : [`${name} is not expected`]))),
  ];
  return { holds: faults.length === 0, value: faults.length === 0 ? null : faults.join(", ") };
}

/** A whole number is a number too; values of nested types are JSON, and JSON is kept as text. */
function isOfType(held: string, wanted: NonNullable<CheckOf<"schema">["fields"][number]["type"]>): boolean {
  switch (wanted) {
    case "string":
      return held === "VARCHAR";
    case "boolean":
      return held === "BOOLEAN";
    case "integer":
      return isWhole(held);
    case "number":
      return isNumber(held);
    case "timestamp":
      return held.startsWith("TIMESTAMP");
    case "date":
      return held === "DATE";
    case "json":
      return held === "VARCHAR" || held === "JSON" || /^STRUCT|^MAP|\[\]$/.test(held);
  }
}
