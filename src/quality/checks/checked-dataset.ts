import { MillraceError } from "../../errors.ts";
import { nearest } from "../../model/names.ts";
import { datasetSql } from "../../sql/dataset-reference.ts";
import type { DatasetFacts } from "./dataset-facts.ts";

/** What checks are compiled for: one version of a dataset, as statements name and see it. */
export interface CheckedDataset {
  /** As it is declared: `sales.daily`, `topics.orders`. */
  name: string;
  columns: readonly CheckedColumn[];
  /** Where manifests keep them: absent for topics, views and files of others. */
  facts?: DatasetFacts;
  /** Versions that it is held against, by what checks call them, as they are named in statements; the one before it under "". Absent where versions are not kept. */
  before?: ReadonlyMap<string, string>;
}

export interface CheckedColumn {
  name: string;
  /** DuckDB's name of the type. */
  type: string;
}

/** As a statement names it. */
export const relationOf = ({ name }: Pick<CheckedDataset, "name">): string => datasetSql(name);

/** Names of columns are the same in any case, as in SQL. @throws MillraceError `MR-QUALITY-002` */
export function columnOf({ name: dataset, columns }: CheckedDataset, name: string): CheckedColumn {
  const found = columns.find((column) => column.name === name) ?? columns.find((column) => column.name.toLowerCase() === name.toLowerCase());
  if (found) return found;
  const near = nearest(name, columns.map((column) => column.name));
  throw unfit(`there is no column "${name}"`, dataset, near === undefined ? "name one that the dataset has" : `did you mean "${near}"?`);
}

export function unfit(what: string, dataset: string, mend: string): MillraceError {
  return new MillraceError("MR-QUALITY-002", { what, where: `dataset "${dataset}"`, mend });
}

export const isFloat = (type: string): boolean => type === "FLOAT" || type === "DOUBLE";
export const isText = (type: string): boolean => type === "VARCHAR";
export const isNumber = (type: string): boolean => isFloat(type) || isWhole(type) || type.startsWith("DECIMAL");
export const isWhole = (type: string): boolean => /^U?(TINY|SMALL|BIG|HUGE)?INT(EGER)?$/.test(type);
export const isTime = (type: string): boolean => type === "DATE" || type.startsWith("TIMESTAMP");
