import { sqlName } from "../../lake/duckdb.ts";
import type { CheckOf } from "../../model/quality/check-decl.ts";
import type { QueryValue } from "../../sql/query-request.ts";
import { chiSquareTwoSamples } from "../../statistics/distance/chi-square-test.ts";
import { psiOfCounts } from "../../statistics/distance/psi.ts";
import { kolmogorovUpper } from "../../statistics/distributions/kolmogorov.ts";
import { type CheckedColumn, type CheckedDataset, columnOf, isFloat, isNumber, isTime, unfit } from "./checked-dataset.ts";
import { rowsOf } from "./grouped-measure.ts";
import type { Measure, Measured } from "./measure.ts";

/*
 * How far the values of a version are from those of another. The engine counts, and what is to be computed of the counts is
 * computed here: the difference alone decides nothing where so great a one comes by chance.
 */

type DistributionCheck = CheckOf<"distribution">;

/** So great a difference comes by chance more often than this: then it says nothing. */
const chanceMax = 0.01;
/** Categories that are told apart: the most frequent; the others count as one. */
const categoriesMax = 1_000;
const largest = Number.MAX_VALUE;
const deciles = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9];

export function distributionMeasure(check: DistributionCheck, dataset: CheckedDataset): Measure {
  const column = columnOf(dataset, check.columns[0]);
  if (dataset.before === undefined) throw unfit("versions of it are not kept", dataset.name, "load it into a table of the lake, whose versions are");
  if (check.method === "ks" && !isNumber(column.type) && !isTime(column.type)) throw unfit(`column "${column.name}" is ${column.type}, and has no order that says how far values are apart`, dataset.name, 'compare the shares of its values: method "psi" or "chi-square"');
  const before = dataset.before.get(check.against ?? "");
  if (before === undefined) return { tier: 0, how: "there is no version before it", measured: { holds: true, value: null } };
  const sides: Sides = { column, now: rowsOf(check, dataset), before: rowsOf(check, { ...dataset, name: before }) };
  const how = "values of both versions, grouped";
  if (check.method === "ks") return { tier: 2, how, expressions: [greatestLead(sides)], read: ([found]) => ksOf(check, found) };
  return { tier: 2, how, expressions: [countPairs(check.method === "psi" && isNumber(column.type) ? binned(sides) : valued(sides))], read: ([found]) => sharesOf(check, found) };
}

interface Sides {
  column: CheckedColumn;
  /** As relations. */
  now: string;
  before: string;
}

function present({ name, type }: CheckedColumn): string {
  return `${sqlName(name)} is not null${isFloat(type) ? ` and not isnan(${sqlName(name)})` : ""}`;
}

/** Each value, with how many rows have it in either version. */
function valued({ column, now, before }: Sides): string {
  const name = sqlName(column.name);
  const counted = (rows: string, counts: string): string => `select ${name} as v, ${counts} from ${rows} where ${present(column)} group by ${name}`;
  return `select v, sum(n)::double as n, sum(m)::double as m from (${counted(now, "count(*) as n, 0 as m")} union all ${counted(before, "0 as n, count(*) as m")}) group by v`;
}

/**
 * The same by bins at the tenths of the version before, which are those of `psi`: a value that several tenths have, or that is the least and one of them, has
 * a bin of its own, and so has an infinity that is one. Bins that are empty on both sides are among them, for each has its part in the smoothing.
 */
function binned({ column, now, before }: Sides): string {
  const name = sqlName(column.name);
  const tenths = `select list_transform(quantile_cont(${name}::double, [${deciles.join(", ")}]), lambda x: case when isnan(x) then ${-largest}::double else greatest(${-largest}::double, least(${largest}::double, x)) end) as q, min(${name})::double as smallest from ${before} where ${present(column)}`;
  const repeated = `list_filter(q, lambda x, i: x > ${-largest}::double and (x = q[i - 1] or x = smallest))`;
  const below = `list_transform(${repeated}, lambda x: x - greatest(${Number.MIN_VALUE}::double, abs(x) * ${Number.EPSILON}::double))`;
  const edges = `(select list_sort(list_distinct(list_concat(q, ${below}))) as e from (${tenths})) as edges`;
  const bin = Array.from({ length: 2 * deciles.length }, (_, i) => `coalesce((${name} > e[${i + 1}])::integer, 0)`).join(" + ");
  const counted = (rows: string, counts: string): string => `select ${bin} as v, ${counts} from ${rows}, ${edges} where ${present(column)} group by all`;
  const every = `select unnest(range(len(e) + 1))::integer as v, 0 as n, 0 as m from ${edges}`;
  return `select v, sum(n)::double as n, sum(m)::double as m from (${counted(now, "count(*) as n, 0 as m")} union all ${counted(before, "0 as n, count(*) as m")} union all ${every}) group by v`;
}

function greatestLead(sides: Sides): string {
  const running = `select sum(n) over (order by v) / sum(n) over () as a, sum(m) over (order by v) / sum(m) over () as b, sum(n) over () as n, sum(m) over () as m from (${valued(sides)})`;
  return `(select [max(abs(a - b)), max(n), max(m)] from (${running}))`;
}

function countPairs(counts: string): string {
  const placed = `select n, m, row_number() over (order by n + m desc, v) as place from (${counts})`;
  return `(select list([n, m]) from (select sum(n) as n, sum(m) as m from (${placed}) group by least(place, ${categoriesMax})))`;
}

function ksOf({ max }: DistributionCheck, found: QueryValue): Measured {
  const [lead, n, m] = (found as (number | null)[] | null) ?? [];
  if (!lead || !n || !m) return nothingToCompare(n, m);
  return { holds: lead <= max || kolmogorovUpper(Math.sqrt((n * m) / (n + m)) * lead) > chanceMax, value: lead };
}

function sharesOf({ method, max }: DistributionCheck, found: QueryValue): Measured {
  const pairs = (found as [number, number][] | null) ?? [];
  const [now, before] = [pairs.map(([n]) => n), pairs.map(([, m]) => m)];
  const [n, m] = [total(now), total(before)];
  if (n === 0 || m === 0) return nothingToCompare(n, m);
  if (method === "psi") {
    const { value } = psiOfCounts(before, now);
    return { holds: value <= max, value };
  }
  if (pairs.length < 2) return { holds: true, value: 0 };
  const { statistic, freedom, pValue } = chiSquareTwoSamples(now, before);
  // The table has two rows: its least side less one is one, whatever the categories.
  const v = Math.sqrt(statistic / (n + m));
  return { holds: v <= max || pValue > chanceMax || freedom < 1, value: v };
}

/** Values on one side alone are all of them new, or gone. */
function nothingToCompare(n: number | null | undefined, m: number | null | undefined): Measured {
  const isSame = Boolean(n) === Boolean(m);
  return { holds: isSame, value: isSame ? 0 : n ? "there were no values before" : "there are no values" };
}

const total = (counts: readonly number[]): number => counts.reduce((sum, count) => sum + count, 0);
