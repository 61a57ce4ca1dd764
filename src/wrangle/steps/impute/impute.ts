import type { Flat } from "../../../model/schema-types.ts";
import { namedFields } from "../named-fields.ts";
import { type Field, type Relation, scalar, typeSql } from "../../nested/nested-type.ts";
import { unfit } from "../../nested/wrangle-error.ts";
import { doubleColumns, isNumeric, meanCells, medianCells, modeCell } from "../aggregates.ts";
import type { Cell, Row } from "../cells.ts";
import { groupIndexes } from "../row-order.ts";
import type { Step, WindowStep } from "../step.ts";
import { columnSql } from "../text-step.ts";
import { type Flagged, type FlagOption, imputedColumns, imputedRow, readFlag } from "./flag.ts";

/** What stands for a missing value: the mean, the median (both of numbers), or the most frequent value, of several the least. */
export type Statistic = "mean" | "median" | "mode";

export interface ImputeOptions<K extends string, S extends Statistic, Flag extends string> extends FlagOption<Flag> {
  with: S;
  /** Rows with the same values here are one group, and what is missing is taken from it. Default: all rows are one. */
  by?: readonly K[];
}

/**
 * What is missing becomes the mean, the median or the mode of what is there. Numbers that are not finite teach nothing. A
 * group in which nothing is known stays as it is.
 *
 * Whole numbers become numbers with a fraction where a mean or a median is taken; decimals are cast to doubles first.
 * @example impute("age", { with: "median", by: ["class"], flag: "age_imputed" })
 */
export function impute<T, const K extends keyof T & string, const S extends Statistic, const Flag extends string = never>(column: K, options: ImputeOptions<keyof T & string, S, Flag>): Step<T, Flat<T & Flagged<Flag>>> {
  return { kind: "impute", column, ...options };
}

interface Impute {
  column: string;
  statistic: Statistic;
  by: string[];
  flag?: string;
}

export const imputeKind: WindowStep<Impute> = {
  kind: "impute",
  scope: "window",
  ownCells: true,
  read: (given) => ({ column: given.text("column"), statistic: given.oneOf("with", ["mean", "median", "mode"]), by: given.maybeColumns("by"), flag: readFlag(given) }),
  sql: ({ column, statistic, by, flag }, input, together) => {
    const field = statisticField(input, column, statistic);
    const groups = namedFields(input.fields, by, "impute").map(({ name }) => columnSql(name));
    const type = statistic === "mode" ? field.type : scalar("DOUBLE");
    const value = `cast(${columnSql(field.name)} as ${typeSql(type)})`;
    const learned = `cast(${statisticSql(field, statistic)} over (partition by ${[together, ...groups].join(", ")}) as ${typeSql(type)})`;
    return imputedColumns(input, [{ name: field.name, sql: `coalesce(${value}, ${learned})`, type }], flag);
  },
  rows: ({ column, statistic, by, flag }, rows) => {
    const imputed: Row[] = [...rows];
    for (const group of groupIndexes(rows, by)) {
      const value = statisticOf(group.map((i) => rows[i][column] ?? null), statistic);
      for (const i of group) imputed[i] = imputedRow(rows[i], column, value, flag);
    }
    return imputed;
  },
};

const statistics = { mean: meanCells, median: medianCells, mode: modeCell };
const isKnown = (cell: Cell): boolean => cell !== null && (typeof cell !== "number" || Number.isFinite(cell));

/** What cells teach; null where none is known. */
export function statisticOf(cells: readonly Cell[], statistic: Statistic): Cell {
  return statistics[statistic](cells.filter(isKnown));
}

function statisticField(input: Relation, column: string, statistic: Statistic): Field {
  const [field] = statistic === "mode" ? namedFields(input.fields, [column], "impute") : doubleColumns(input, [column], "impute");
  if (field.asJson || field.type.kind !== "scalar") throw unfit(`column ${JSON.stringify(column)} holds lists or structs`, "impute", "unnest it first");
  return field;
}

function statisticSql(field: Field, statistic: Statistic): string {
  const column = columnSql(field.name);
  const value = isNumeric(field) && /^(FLOAT|DOUBLE)$/.test(typeSql(field.type)) ? `case when isfinite(${column}) then ${column} end` : column;
  return { mean: `avg(cast(${value} as DOUBLE))`, median: `median(cast(${value} as DOUBLE))`, mode: `mode(${value} order by ${value})` }[statistic];
}
