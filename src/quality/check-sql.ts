import { sqlName, sqlText } from "../lake/duckdb.ts";
import type { CheckDecl } from "../model/models/model-decl.ts";

/*
 * A check is a statement that gives the rows that break it. Nulls are left to `notNull`: an unknown value is neither double
 * nor wrong, as SQL and dbt have it.
 */

/**
 * The statement whose rows break the check. For `unique` a row is a value that is there more than once.
 * @param table - as SQL names it
 */
export function failingRowsSql(check: CheckDecl, table: string): string {
  const rows = check.where === undefined ? table : `(select * from ${table} where ${check.where}\n)`;
  const columns = check.columns.map(sqlName);
  switch (check.kind) {
    case "notNull":
      return `select * from ${rows} where ${columns[0]} is null`;
    case "unique":
      return `select ${columns.join(", ")}, count(*) as n from ${rows} where ${columns.map((column) => `${column} is not null`).join(" and ")} group by all having count(*) > 1`;
    case "accepted":
      return `select * from ${rows} where ${columns[0]} not in (${(check.values ?? []).map(valueSql).join(", ")})`;
    case "relationship":
      return relationshipSql(check, rows, columns[0]);
    case "sql":
      return (check.sql as string).replaceAll(/\{\{\s*this\s*\}\}/g, table);
  }
}

function relationshipSql({ to }: CheckDecl, rows: string, column: string): string {
  const { table, column: other } = to as NonNullable<CheckDecl["to"]>;
  const parent = table.split(".").map(sqlName).join(".");
  return `select child.* from ${rows} as child where child.${column} is not null and not exists (select 1 from ${parent} as parent where parent.${sqlName(other)} = child.${column})`;
}

function valueSql(value: string | number | boolean): string {
  return typeof value === "string" ? sqlText(value) : String(value);
}

/** One statement for all checks: a row for each, with its name and how many rows break it. */
export function checkCountsSql(checks: readonly CheckDecl[], table: string): string {
  return checks.map((check) => `select ${sqlText(check.name)} as name, (select count(*) from (${failingRowsSql(check, table)}\n)) as failures`).join("\nunion all\n");
}
