import { sqlName } from "../../lake/duckdb.ts";
import type { CheckOf } from "../../model/quality/check-decl.ts";
import { type CheckedDataset, columnOf, isNumber, relationOf, unfit } from "./checked-dataset.ts";
import { type AskedMeasure, countOf } from "./measure.ts";
import { outlierRowsSql } from "./outlier-rows.ts";

/*
 * Tier 2: checks that bring rows together. Each is one subquery that gives a number, so that several are one statement; and
 * each says beside it how many rows it looked at.
 */

export type GroupedCheck = CheckOf<"unique" | "relationship" | "dependency" | "outliers" | "sql">;

export function groupedMeasure(check: GroupedCheck, dataset: CheckedDataset): AskedMeasure {
  const rows = `(select count(*) from ${rowsOf(check, dataset)})`;
  return { tier: 2, how: hows[check.kind], expressions: [failureCount(check, dataset), rows], read: ([failures, looked]) => ({ failures: countOf(failures), rows: countOf(looked) }) };
}

/** Of so many rows a part is looked at before all of them. */
const rowsOfProofMin = 1_000_000;
const parts = 64;

/**
 * Rows that belong together fall into the same part of all rows, by the hash of what brings them together: what one part breaks is broken for certain, at a small
 * share of the cost. What it does not break may still be. It goes with the statement of the scan.
 *
 * @returns undefined where there is nothing to be gained
 */
export function partMeasure(check: GroupedCheck, dataset: CheckedDataset): AskedMeasure | undefined {
  if ((check.kind !== "unique" && check.kind !== "dependency") || (dataset.facts?.rows ?? 0) < rowsOfProofMin) return undefined;
  const inPart = `hash(${names(check.columns, dataset).join(", ")}) % ${parts} = 0`;
  const part = { ...check, where: check.where === undefined ? inPart : `(${check.where}\n) and ${inPart}` };
  const [failures] = groupedMeasure(part, dataset).expressions;
  return { tier: 1, how: "a part of all groups, then all of them where it breaks nothing", expressions: [failures, `(select count(*) from ${rowsOf(check, dataset)})`], read: ([found, rows]) => ({ failures: countOf(found), atLeast: true, rows: countOf(rows) }) };
}

const hows = { unique: "groups by the values", relationship: "join with the other table", dependency: "groups by the values", outliers: "centre and scale of the values, then what is beyond", sql: "a statement of its own" };

function failureCount(check: GroupedCheck, dataset: CheckedDataset): string {
  switch (check.kind) {
    case "unique":
      return `(select coalesce(sum(n - 1), 0) from (select count(*) as n from ${rowsOf(check, dataset)} where ${present(names(check.columns, dataset))} group by ${names(check.columns, dataset).join(", ")}))`;
    case "dependency":
      return `(select coalesce(sum(n - most), 0) from (select sum(n) as n, max(n) as most from (${groupsSql(check, dataset)}) group by ${names(check.columns, dataset).join(", ")}))`;
    default:
      return `(select count(*) from (${brokenRows(check, dataset)}\n))`;
  }
}

/** The rows of the dataset that the check looks at, as something to select from. */
export function rowsOf({ where }: { where?: string }, dataset: CheckedDataset): string {
  return where === undefined ? relationOf(dataset) : `(select * from ${relationOf(dataset)} where ${where}\n)`;
}

/** A statement with the rows that break a check; of rows that are there twice all of them, of a dependency the groups that disagree. */
export function brokenRows(check: GroupedCheck, dataset: CheckedDataset): string {
  if (check.kind === "outliers") requireNumbers(check, dataset);
  const columns = check.kind === "sql" ? [] : names(check.columns, dataset);
  const rows = rowsOf(check, dataset);
  switch (check.kind) {
    case "unique":
      return `select * from ${rows} where (${columns.join(", ")}) in (select (${columns.join(", ")}) from ${rows} where ${present(columns)} group by ${columns.join(", ")} having count(*) > 1) order by ${columns.join(", ")}`;
    case "relationship": {
      const parent = relationOf({ name: check.to.table });
      return `select child.* from ${rows} as child where child.${columns[0]} is not null and not exists (select 1 from ${parent} as parent where parent.${sqlName(check.to.column)} = child.${columns[0]})`;
    }
    case "dependency":
      return `select * from (${groupsSql(check, dataset)}) qualify count(*) over (partition by ${columns.join(", ")}) > 1 order by ${columns.join(", ")}, n desc`;
    case "outliers":
      return outlierRowsSql(check, rows, columns[0]);
    case "sql":
      return check.sql.replaceAll(/\{\{\s*this\s*\}\}/g, rows);
  }
}

/** @throws MillraceError `MR-QUALITY-002` for a column of something else */
function requireNumbers({ columns }: GroupedCheck, dataset: CheckedDataset): void {
  const { name, type } = columnOf(dataset, columns[0]);
  if (!isNumber(type)) throw unfit(`column "${name}" is ${type}, and outliers are looked for among numbers`, dataset.name, "name a numeric column");
}

function groupsSql(check: CheckOf<"dependency">, dataset: CheckedDataset): string {
  const all = names([...check.columns, ...check.determines], dataset);
  return `select ${all.join(", ")}, count(*) as n from ${rowsOf(check, dataset)} where ${present(all)} group by ${all.join(", ")}`;
}

const names = (columns: readonly string[], dataset: CheckedDataset): string[] => columns.map((column) => sqlName(columnOf(dataset, column).name));
const present = (columns: readonly string[]): string => columns.map((column) => `${column} is not null`).join(" and ");
