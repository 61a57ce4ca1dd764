import type { Manifest } from "../../../../src/model/manifest.ts";
import { quoted, sqlAt } from "./catalog-entry.ts";

/** Two versions of a table, and by what one knows a row again. */
export interface VersionPair {
  name: string;
  before: string;
  after: string;
  /** Columns; none: a row that changed is one that is gone and one that is new. */
  key: readonly string[];
}

/**
 * Rows that one of two versions has and the other has not, each as often as it has them more. The column `difference` says
 * which: `gone`, `new`, or `before` and `after` of one that changed. Columns that one of the two has alone are null in the other.
 */
export function differenceSql({ name, before, after, key }: VersionPair): string {
  const [from, to] = [sqlAt("table", name, before), sqlAt("table", name, after)];
  const ctes = [
    `shape as (select * from ${from} where false union all by name select * from ${to} where false)`,
    `earlier as (from shape union all by name select * from ${from})`,
    `later as (from shape union all by name select * from ${to})`,
    "gone as (from earlier except all from later)",
    "fresh as (from later except all from earlier)",
  ];
  const matched = key.map((column) => `gone.${quoted(column)} is not distinct from fresh.${quoted(column)}`).join(" and ");
  const word = (changed: string, alone: string, other: string): string => (key.length === 0 ? `'${alone}'` : `case when exists (select 1 from ${other} where ${matched}) then '${changed}' else '${alone}' end`);
  return `with ${ctes.join(", ")} select ${word("before", "gone", "fresh")} as difference, * from gone union all select ${word("after", "new", "gone")}, * from fresh`;
}

/** The same with the rows of one key beside one another, `before` before `after`. */
export const orderedDifferenceSql = (pair: VersionPair): string => `select * from (${differenceSql(pair)}) order by ${[...pair.key.map(quoted), "difference desc"].join(", ")}`;

/** How many there are of each. */
export const differenceCountSql = (pair: VersionPair): string => `select difference, count(*) as count from (${differenceSql(pair)}) group by all`;

/** By what a table's rows are told apart: the key of a model that merges, or the columns of a check that they are unique. */
export function keyOf(manifest: Manifest, name: string): readonly string[] {
  const table = Object.hasOwn(manifest.tables, name) ? manifest.tables[name] : undefined;
  const made = table?.model?.materialize;
  if (made !== undefined && "key" in made) return made.key;
  const unique = [...(table?.checks ?? []), ...(table?.model?.checks ?? [])].find((check) => check.kind === "unique" && check.where === undefined);
  return unique?.kind === "unique" ? unique.columns : [];
}
