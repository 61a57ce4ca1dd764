import { definitionKind, type TableDefinition } from "../definition.ts";
import { durationMs } from "../duration.ts";
import type { ColumnType } from "../manifest.ts";
import { checkNumber, checkOptions, invalid } from "../option-checks.ts";
import { type AggregateName, aggregateNames, type DistributionMethod, distributionMethods, type OutlierMethod, outlierMethods, type VolumeChange } from "./check-decl.ts";
import { type Check, type CheckOptions, madeCheck } from "./check-definition.ts";

/** No two rows have the same values there. Rows with a null among them do not count, as in SQL. What is counted is rows beyond the first of each value. */
export function unique(columns: string | readonly string[], options: CheckOptions = {}): Check {
  const list = columnList(columns, "unique");
  return madeCheck(list, { kind: "unique" }, options, `unique_${list.join("_")}`);
}

/** Every value is in the other table's column. Nulls do not count. */
export function relationship(column: string, table: TableDefinition, to: string, options: CheckOptions = {}): Check {
  if (definitionKind(table) !== "table") throw invalid("the other side is no table", `relationship("${column}")`, "give what table(…) returned");
  return madeCheck([column], { kind: "relationship", to: { table: table.name, column: to } }, options, `relationship_${column}`, [table]);
}

/**
 * Whoever knows the first knows the others: one zip code, one city. Rows with a null among them do not count. What is counted
 * is rows that do not have the most frequent values of their group.
 * @example dependency("zip", "city")
 */
export function dependency(columns: string | readonly string[], determines: string | readonly string[], options: CheckOptions = {}): Check {
  const [from, to] = [columnList(columns, "dependency"), columnList(determines, "dependency")];
  return madeCheck(from, { kind: "dependency", determines: to }, options, `dependency_${[...from, ...to].join("_")}`);
}

/**
 * No value lies too far from the others of its column. What is counted is rows that do: give a `tolerance` where some always will. Nulls and NaN
 * are not judged.
 *
 * @param options.method - `mad`, the default: by median and median absolute deviation, which outliers cannot move; `zScore`: by mean and standard deviation, which they can; `iqr`: by the quartiles
 * @param options.threshold - in robust standard deviations (default 3.5), standard deviations (3) or distances between the quartiles (1.5)
 * @example outliers("total", { method: "mad", tolerance: "0.1%" })
 */
export function outliers(column: string, { method = "mad", threshold, ...options }: CheckOptions & { method?: OutlierMethod; threshold?: number } = {}): Check {
  const at = `outliers("${column}")`;
  if (!Object.hasOwn(outlierMethods, method)) throw invalid(`there is no method ${JSON.stringify(method)}`, at, `use one of ${Object.keys(outlierMethods).join(", ")}`);
  const checked = checkNumber(threshold, { name: "threshold", min: 0, max: 1e6, fallback: outlierMethods[method] }, at);
  return madeCheck([column], { kind: "outliers", method, threshold: checked }, options, `outliers_${column}`);
}

/**
 * A figure over all rows lies between bounds, which are included. Nulls do not count; where there are no values, it fails unless
 * nothing is asked of it. `distinct` counts values; `stddev` is that of the sample; `median` lies between the middle two.
 * @example aggregate("avg", "delay", { min: -5, max: 30 })
 */
export function aggregate(of: AggregateName, column: string, { min, max }: { min?: number; max?: number }, options: Omit<CheckOptions, "tolerance"> = {}): Check {
  const at = `aggregate("${of}", "${column}")`;
  if (!aggregateNames.includes(of)) throw invalid(`there is no aggregate ${JSON.stringify(of)}`, at, `use one of ${aggregateNames.join(", ")}`);
  return madeCheck([column], { kind: "aggregate", of, ...bounds(min, max, -Infinity, at) }, withoutTolerance(options, at), `${of}_${column}`);
}

export interface VolumeBounds {
  /** Rows, bounds included. */
  min?: number;
  max?: number;
  /** Rows of this version over the mean of the versions before it: { min: 0.5, max: 2 } by the last 5, or as many as `versions` says. */
  change?: { min?: number; max?: number; versions?: number };
}

/**
 * How many rows there are.
 * @example volume({ min: 1, change: { min: 0.5, max: 2 } })
 */
export function volume({ min, max, change }: VolumeBounds, options: Omit<CheckOptions, "tolerance" | "where"> = {}): Check {
  const at = "volume(…)";
  if (min === undefined && max === undefined && change === undefined) throw invalid("the volume has no bound", at, "give one: volume({ min: 1 })");
  const own = min === undefined && max === undefined ? {} : bounds(min, max, 0, at);
  const changeRule: VolumeChange | undefined = change && { ...bounds(change.min, change.max, 0, `${at}, change`), versions: checkNumber(change.versions, { name: "versions", min: 1, max: 1_000, fallback: 5, whole: true }, at) };
  return madeCheck([], { kind: "volume", ...own, ...(changeRule && { change: changeRule }) }, withoutTolerance(options, at), "volume");
}

/**
 * The newest row is not older than `within`, as "6h": by a column of times or dates, or, without one, by when the version was
 * committed. Without a row it fails. A time of more than a day ahead is no time that a row was written, and does not count.
 * @example freshness({ within: "6h", column: "at" })
 */
export function freshness({ within, column }: { within: string; column?: string }, options: Omit<CheckOptions, "tolerance"> = {}): Check {
  const at = `freshness(${column === undefined ? "" : JSON.stringify(column)})`;
  return madeCheck(column === undefined ? [] : [column], { kind: "freshness", withinMs: durationMs(within, at) }, withoutTolerance(options, at), column === undefined ? "freshness" : `freshness_${column}`);
}

const columnTypes: readonly ColumnType[] = ["string", "boolean", "integer", "number", "timestamp", "date", "json"];

/**
 * The columns are there, and are of their types; `null` asks for no type. Others may be there only with `extra: true`.
 * @example hasColumns({ id: "string", amount: "number", note: null })
 */
export function hasColumns(columns: Readonly<Record<string, ColumnType | null>>, { extra = false, ...options }: Omit<CheckOptions, "tolerance" | "where"> & { extra?: boolean } = {}): Check {
  const at = "hasColumns(…)";
  const fields = Object.entries(columns).map(([name, type]) => {
    if (type !== null && !columnTypes.includes(type)) throw invalid(`column "${name}" has type ${JSON.stringify(type)}`, at, `use one of ${columnTypes.join(", ")}, or null`);
    return { name, ...(type !== null && { type }) };
  });
  return madeCheck([], { kind: "schema", fields, extra }, withoutTolerance(options, at), "schema");
}

export interface DistributionBounds {
  /**
   * What says how far two versions are apart.
   * - `ks`: the greatest difference between the shares of values up to some point (Kolmogorov-Smirnov), 0 to 1; of numbers and times.
   * - `psi`: the population stability index; of numbers by tenths of the version before, of other columns by value.
   * - `chi-square`: Cramér's V of the counts of values, 0 to 1.
   */
  method: DistributionMethod;
  /** The most that it may be. Default 0.1; for `psi` 0.25. */
  max?: number;
  /** The version it is held against: a tag, a branch or a snapshot. Default: the version before. */
  against?: string;
}

const farMax: Record<DistributionMethod, number> = { ks: 0.1, psi: 0.25, "chi-square": 0.1 };

/**
 * The values of a column are spread as they were: of a table of the lake. With `ks` and `chi-square` a difference that comes by chance more than once in a hundred times does not count.
 * Nulls and NaN do not count. Without a version to be held against it holds.
 * @example distribution("amount", { method: "psi" })
 */
export function distribution(column: string, { method, max, against }: DistributionBounds, options: Omit<CheckOptions, "tolerance"> = {}): Check {
  const at = `distribution("${column}")`;
  if (!distributionMethods.includes(method)) throw invalid(`there is no method ${JSON.stringify(method)}`, at, `use one of ${distributionMethods.join(", ")}`);
  if (against !== undefined && (typeof against !== "string" || against === "")) throw invalid(`against is ${JSON.stringify(against)}`, at, "name a tag, a branch or a snapshot, or leave it out");
  const most = checkNumber(max, { name: "max", min: 0, max: method === "psi" ? 1_000 : 1, fallback: farMax[method] }, at);
  return madeCheck([column], { kind: "distribution", method, max: most, ...(against !== undefined && { against }) }, withoutTolerance(options, at), `distribution_${column}`);
}

/** What is judged as a whole has no rows that could be wrong. */
function withoutTolerance(options: CheckOptions, where: string): CheckOptions {
  checkOptions(options, ["name", "severity", "where", "description"], where);
  return options;
}

function bounds(min: number | undefined, max: number | undefined, least: number, where: string): { min?: number; max?: number } {
  if (min === undefined && max === undefined) throw invalid("it has no bound", where, "give `min`, `max`, or both");
  const checked = (name: string, value: number | undefined) => (value === undefined ? {} : { [name]: checkNumber(value, { name, min: least, max: Infinity, fallback: 0 }, where) });
  if (min !== undefined && max !== undefined && min > max) throw invalid("nothing lies between the bounds", where, "give a `min` that is not above `max`");
  return { ...checked("min", min), ...checked("max", max) };
}

function columnList(columns: string | readonly string[], kind: string): string[] {
  const list = [columns].flat() as string[];
  if (list.length === 0) throw invalid("the check names no column", `${kind}()`, `name one: ${kind}("id")`);
  return list;
}
