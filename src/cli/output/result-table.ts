import { tableText, type TableTextOptions } from "./table-text.ts";

/** A result of SQL: columns with DuckDB's names of types, rows in their order. */
export interface ResultRows {
  columns: readonly { name: string; type: string }[];
  rows: readonly (readonly unknown[])[];
}

const numeric = /^(U?(TINYINT|SMALLINT|INTEGER|BIGINT|HUGEINT)|FLOAT|DOUBLE|REAL|DECIMAL.*|integer|number)$/i;

export function resultTable({ columns, rows }: ResultRows, options: TableTextOptions): string {
  const heads = columns.map(({ name, type }) => ({ title: name, align: numeric.test(type) ? ("right" as const) : ("left" as const) }));
  return tableText(heads, rows.map((row) => row.map(valueText)), options);
}

/** A value for people. Text stands as it is; `null` cannot be told from the text "null", as in every such table. */
export function valueText(value: unknown): string {
  if (value === null || value === undefined) return "null";
  if (typeof value === "string") return value;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** Rows as objects. Of columns with the same name the later ones get a number: `n`, `n_2`. */
export function rowObjects({ columns, rows }: ResultRows): Record<string, unknown>[] {
  const names = uniqueNames(columns.map(({ name }) => name));
  return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, row[i]])));
}

function uniqueNames(names: readonly string[]): string[] {
  const taken = new Set(names);
  const seen = new Set<string>();
  return names.map((name) => {
    let unique = name;
    for (let n = 2; seen.has(unique) || (unique !== name && taken.has(unique)); n++) unique = `${name}_${n}`;
    seen.add(unique);
    return unique;
  });
}
