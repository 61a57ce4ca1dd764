import { sqlName } from "../../../lake/duckdb.ts";
import { namedFields } from "../named-fields.ts";
import { bigint } from "../../nested/nested-type.ts";
import { inputName } from "../../nested/value.ts";
import { cellsKey, type Row } from "../cells.ts";
import { groupIndexes } from "../row-order.ts";
import type { ReshapeStep, Step } from "../step.ts";
import { columnSql } from "../text-step.ts";

export interface KAnonymityOptions<K extends string> {
  /** Columns that together may name a person to who knows something of him: birth year, postcode, sex. */
  quasi: readonly K[];
  /** Columns whose values nobody shall learn of anybody. */
  sensitive?: readonly K[];
  /** Groups of fewer rows are counted as too small. */
  k: number;
}

/** What is said of a table. Two rows are in one group that are alike in all of `quasi`, nulls too. */
export interface KAnonymityRow {
  /** Rows of the smallest group: the k that the table has. Null of no rows. */
  k: number | null;
  /** The least number of different values, null being one, that a sensitive column has in a group: the (distinct) l-diversity. Null where none is named. */
  l: number | null;
  groups: number;
  rows: number;
  /** Groups, and rows in groups, that are smaller than what was asked for. */
  groups_below: number;
  rows_below: number;
}

/**
 * How anonymous rows are, as one row. Which groups are too small is asked by steps: `summarise(quasi, { rows: { count: "*" } })`,
 * then `filterRows([["rows", "<", 5]])`.
 * @example sql`select * from ${wrangle(patients, generalise("age", { width: 10 }), kAnonymity({ quasi: ["age", "zip"], sensitive: ["diagnosis"], k: 5 }))}`
 */
export function kAnonymity<T>(options: KAnonymityOptions<keyof T & string>): Step<T, KAnonymityRow> {
  return { kind: "kAnonymity", ...options };
}

interface KAnonymity {
  quasi: string[];
  sensitive: string[];
  k: number;
}

const columns = ["k", "l", "groups", "rows", "groups_below", "rows_below"] as const;

export const kAnonymityKind: ReshapeStep<KAnonymity> = {
  kind: "kAnonymity",
  scope: "reshape",
  read: (given) => ({ quasi: given.columns("quasi"), sensitive: given.maybeColumns("sensitive"), k: given.number("k", { min: 1, whole: true }) }),
  sql: ({ quasi, sensitive, k }, { from, fields }) => {
    const groups = namedFields(fields, quasi, "quasi of kAnonymity").map(({ name }) => columnSql(name));
    const kinds = namedFields(fields, sensitive, "sensitive of kAnonymity").map(({ name }) => `count(distinct ${columnSql(name)}) + max(case when ${columnSql(name)} is null then 1 else 0 end)`);
    const least = kinds.length === 0 ? "null" : kinds.length === 1 ? kinds[0] : `least(${kinds.join(", ")})`;
    const counted = `(select count(*) as n, ${least} as l from ${from} as ${inputName} group by ${groups.join(", ")})`;
    const values = ["min(n)", "min(l)", "count(*)", "coalesce(sum(n), 0)", `coalesce(count_if(n < ${k}), 0)`, `coalesce(sum(case when n < ${k} then n end), 0)`];
    return { from: `(select ${values.map((value, i) => `cast(${value} as BIGINT) as ${sqlName(columns[i])}`).join(", ")} from ${counted})`, fields: columns.map((name) => ({ name, type: bigint })) };
  },
  rows: ({ quasi, sensitive, k }, rows) => {
    const groups = groupIndexes(rows, quasi);
    const below = groups.filter((group) => group.length < k);
    const kinds = groups.flatMap((group) => sensitive.map((column) => new Set(group.map((i) => cellsKey([rows[i][column]]))).size));
    const least = (counts: readonly number[]): number | null => (counts.length === 0 ? null : counts.reduce((a, b) => Math.min(a, b)));
    const said: Row = { k: least(groups.map((group) => group.length)), l: least(kinds), groups: groups.length, rows: rows.length, groups_below: below.length, rows_below: below.flat().length };
    return [said];
  },
};
