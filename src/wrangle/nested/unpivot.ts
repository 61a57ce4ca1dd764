import { sqlText } from "../../lake/duckdb.ts";
import { namedFields } from "./column-choice.ts";
import { bigint, type Field, type NestedType, type Relation, sameType, scalar, typeSql, varchar } from "./nested-type.ts";
import { type Column, columnValue, inputName, jsonValue, plainValue, select, type Value } from "./value.ts";
import { unfit } from "./wrangle-error.ts";

export interface UnpivotSettings {
  /** The columns that become rows. */
  columns: readonly string[];
  /** The new column that says which one a row was. Default "name". */
  name?: string;
  /** In the place of `name`: new columns that say it together, each with a literal for every one of `columns`. */
  labels?: readonly { name: string; type: NestedType; literals: readonly string[] }[];
  /** The new column with the value. Default "value". */
  value?: string;
  /** Whether a null makes a row. Default "keep". */
  nulls?: "keep" | "drop";
}

/**
 * Columns as rows: each row once for each of the columns, with that column's name and value; the other columns stand beside
 * them. The values get the type that all columns have; BIGINT where all are integers, DOUBLE where all are numbers, else text.
 *
 * @throws MillraceError `MR-WRANGLE-001` for a column that is not there, and a new name that is taken
 */
export function unpivot(input: Relation, { columns, name = "name", labels, value: valueColumn = "value", nulls = "keep" }: UnpivotSettings): Relation {
  const chosen = namedFields(input.fields, columns, "columns of unpivot");
  if (chosen.length === 0) throw unfit("no column is named", "columns of unpivot", "name the columns that shall become rows");
  const others = input.fields.filter((field) => !chosen.includes(field));
  const naming = labels ?? [{ name, type: varchar, literals: chosen.map((field) => sqlText(field.name)) }];
  checkFree([...[...others, ...naming].map((column) => column.name), valueColumn]);
  const type = commonType(chosen.map((field) => plainValue(columnValue(field)).type));
  const values = chosen.map((field) => asType(field, type)).join(", ");
  const rows = select(
    [
      ...others.map((field): Column => ({ ...plainValue(columnValue(field)), name: field.name })),
      ...naming.map(({ literals, ...column }): Column => ({ ...column, sql: `unnest([${literals.join(", ")}])` })),
      { name: valueColumn, sql: `unnest([${values}])`, type },
    ],
    input.from,
  );
  if (nulls === "keep") return rows;
  return { fields: rows.fields, from: `(select * from ${rows.from} as ${inputName} where ${columnValue({ name: valueColumn, type }).sql} is not null)` };
}

function checkFree(names: readonly string[]): void {
  const taken = names.find((name, i) => names.findIndex((each) => each.toLowerCase() === name.toLowerCase()) < i);
  if (taken !== undefined) throw unfit(`there is a column ${JSON.stringify(taken)} already`, "unpivot", "give the new column another name");
}

const integers = new Set(["TINYINT", "SMALLINT", "INTEGER", "BIGINT"]);
const isNumber = (type: NestedType): boolean => type.kind === "scalar" && (integers.has(type.sql) || /^(FLOAT|DOUBLE|DECIMAL)/.test(type.sql));

function commonType(types: readonly NestedType[]): NestedType {
  if (types.every((type) => sameType(type, types[0]))) return types[0];
  if (types.every((type) => integers.has(typeSql(type)))) return bigint;
  return types.every(isNumber) ? scalar("DOUBLE") : varchar;
}

function asType(field: Field, type: NestedType): string {
  const value: Value = plainValue(columnValue(field));
  if (sameType(value.type, type)) return value.sql;
  return `cast(${value.type.kind === "scalar" ? value.sql : jsonValue(value).sql} as ${typeSql(type)})`;
}
