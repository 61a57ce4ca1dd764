import { literal } from "../../model/sql-tag.ts";
import { namedFields } from "./column-choice.ts";
import { failureSql } from "./cast.ts";
import { distinctNames } from "./column-names.ts";
import { bigint, type Field, type NestedType, type Relation, scalar, typeSql } from "./nested-type.ts";
import { type Column, columnValue, plainValue, select } from "./value.ts";
import { unfit } from "./wrangle-error.ts";

export type PivotValue = string | number | boolean | null;

/** How the values of several rows become one; `only`: the statement fails where there are several. All but `count` pass over nulls and give null where there is nothing else. */
export type PivotAggregate = "only" | "count" | "sum" | "avg" | "min" | "max" | "first" | "list";

export interface PivotSettings {
  /** The column whose values become columns. */
  names: string;
  /** Those of its values that become columns; null is one of them where it is named. The rows of all others are left out. */
  values: readonly PivotValue[];
  /** The column with what stands in the new columns. */
  value: string;
  aggregate: PivotAggregate;
  /** The columns that name a row of the result. Default: all but those two. */
  rows?: readonly string[];
}

/**
 * Values as columns: a row for each combination of `rows`, and in it a column for each of `values`, which hold null (`count`: 0)
 * where there was no row. The columns are given, not found, so that what the result is does not hang on the data. A
 * combination whose rows are all left out is a row of nulls nevertheless.
 *
 * @throws MillraceError `MR-WRANGLE-001` for a column that is not there, and values that cannot be told apart
 */
export function pivot(input: Relation, { names, values, value, aggregate, rows }: PivotSettings): Relation {
  const [naming, valued] = namedFields(input.fields, [names, value], "pivot");
  const grouped = rows === undefined ? input.fields.filter((field) => field !== naming && field !== valued) : namedFields(input.fields, rows, "rows of pivot");
  if (values.length === 0 || new Set(values).size < values.length) throw unfit("no value is named, or one twice", "values of pivot", "name each value that shall become a column once");
  const compute = aggregates[aggregate];
  if (compute === undefined) throw unfit(`there is no aggregate ${JSON.stringify(aggregate)}`, "pivot", `use one of ${Object.keys(aggregates).join(", ")}`);
  const { sql, type } = plainValue(columnValue(valued));
  const columns = [
    ...grouped.map((field): Column => ({ ...plainValue(columnValue(field)), name: field.name })),
    ...values.map((each): Column => ({ name: String(each), sql: compute.sql(sql, isValue(naming, each), compute.type(type)), type: compute.type(type) })),
  ];
  const labels = distinctNames(columns.map(({ name }) => name));
  const { from, fields } = select(columns.map((column, i) => ({ ...column, name: labels[i] })), input.from);
  const groups = grouped.map((_, i) => i + 1).join(", ");
  return { fields, from: groups === "" ? from : `${from.slice(0, -1)} group by ${groups})` };
}

function isValue(field: Field, value: PivotValue): string {
  const { sql } = plainValue(columnValue(field));
  return value === null ? `${sql} is null` : `${sql} = ${typeof value === "string" ? `'${value.replaceAll("'", "''")}'` : literal(value)}`;
}

interface Aggregate {
  /** @param counts - SQL: whether the row counts. It stands in a CASE: FILTER takes twice as long */
  sql: (value: string, counts: string, type: NestedType) => string;
  type: (of: NestedType) => NestedType;
}

const same = (of: NestedType): NestedType => of;

const aggregates: Record<PivotAggregate, Aggregate> = {
  only: { sql: (value, counts, type) => `case when count_if(${counts}) > 1 then ${failureSql("there are two rows for one place of the pivot: say how their values become one", type)} else any_value(case when ${counts} then ${value} end) end`, type: same },
  count: { sql: (value, counts) => `count(case when ${counts} then ${value} end)`, type: () => bigint },
  sum: { sql: (value, counts) => `sum(case when ${counts} then ${value} end)`, type: sumType },
  avg: { sql: (value, counts) => `avg(case when ${counts} then ${value} end)`, type: () => scalar("DOUBLE") },
  min: { sql: (value, counts) => `min(case when ${counts} then ${value} end)`, type: same },
  max: { sql: (value, counts) => `max(case when ${counts} then ${value} end)`, type: same },
  first: { sql: (value, counts) => `any_value(case when ${counts} then ${value} end)`, type: same },
  // Nulls stay in the list.
  list: { sql: (value, counts) => `list(${value}) filter (where ${counts})`, type: (element) => ({ kind: "list", element }) },
};

/** As the engine has it: whole numbers may outgrow 64 bits. */
function sumType(of: NestedType): NestedType {
  const [, scale] = /^DECIMAL\(\d+,(\d+)\)$/.exec(typeSql(of)) ?? [];
  if (scale !== undefined) return scalar(`DECIMAL(38,${scale})`);
  return /^(FLOAT|DOUBLE)$/.test(typeSql(of)) ? scalar("DOUBLE") : scalar("HUGEINT");
}

