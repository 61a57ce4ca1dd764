import { sqlName } from "../../lake/duckdb.ts";
import type { CheckDecl } from "../../model/quality/check-decl.ts";
import { type CheckedColumn, type CheckedDataset, isNumber, isTime, relationOf } from "./checked-dataset.ts";
import { brokenRows } from "./grouped-measure.ts";
import { failingRow, isRowCheck } from "./row-predicate.ts";

/** Columns of a wide dataset that are shown of a row. */
const columnsMax = 50;
const charactersMax = 200;

/**
 * Tier 3: some of the rows that break a check, cut so that people can look at them: its own columns first, long texts by their beginning.
 * @returns undefined for what has no rows
 */
export function failingRowsSql(check: CheckDecl, dataset: CheckedDataset, limit: number): string | undefined {
  if (isRowCheck(check)) {
    const failing = failingRow(check, dataset);
    const condition = check.where === undefined ? failing : `(${check.where}\n) and (${failing})`;
    return `select ${shown(check, dataset)} from ${relationOf(dataset)} where ${condition} limit ${limit}`;
  }
  switch (check.kind) {
    case "unique":
    case "relationship":
    case "outliers":
      return `select ${shown(check, dataset)} from (${brokenRows(check, dataset)}) limit ${limit}`;
    case "dependency":
    case "sql":
      return `select * from (${brokenRows(check, dataset)}\n) limit ${limit}`;
    default:
      return undefined;
  }
}

function shown({ columns }: CheckDecl, dataset: CheckedDataset): string {
  const own = new Set(columns.map((name) => name.toLowerCase()));
  const isOwn = ({ name }: CheckedColumn): boolean => own.has(name.toLowerCase());
  const ordered = [...dataset.columns.filter(isOwn), ...dataset.columns.filter((column) => !isOwn(column))];
  return ordered.slice(0, Math.max(columnsMax, own.size)).map(cut).join(", ");
}

function cut({ name, type }: CheckedColumn): string {
  const column = sqlName(name);
  return isNumber(type) || isTime(type) || type === "BOOLEAN" ? column : `left(${column}::varchar, ${charactersMax}) as ${column}`;
}
