import { sqlName } from "../lake/duckdb.ts";
import type { QueryColumn } from "./query-request.ts";

/*
 * How a result is kept in a Parquet file: under names that differ, and with values that come back as they were. What Parquet
 * has no type for is kept as another type and turned back when it is read.
 */

export const resultFileName = "result.parquet";

/** The columns' names in the file: those of the result, numbered where they repeat. */
export function keptNames(columns: QueryColumn[]): string[] {
  const taken = new Set<string>();
  // Where counting goes on: of ten thousand columns of one name each would else ask after all before it.
  const counts = new Map<string, number>();
  return columns.map(({ name }) => {
    let kept = name === "" ? "column" : name;
    let n = counts.get(name) ?? 2;
    while (taken.has(kept.toLowerCase())) kept = `${name}_${n++}`;
    counts.set(name, n);
    taken.add(kept.toLowerCase());
    return kept;
  });
}

/** As text in the file, alone or inside of a list or struct: Parquet would lose digits of them, or does not have them. */
const asText = /\b(U?HUGEINT|BIGNUM|BIT|UNION|TIME WITH TIME ZONE|TIMETZ|TIME_NS|TIMESTAMP_S|VARIANT|GEOMETRY|"NULL")/;

/** The type in the file; undefined where it is that of the result. */
export function keptType(type: string): string | undefined {
  return asText.test(type) ? "VARCHAR" : undefined;
}

/** Whether a kept text is turned back into what it was: a whole number, or another value that is not inside another. */
const comesBack = /^(U?HUGEINT|BIGNUM|BIT|TIME WITH TIME ZONE|TIMESTAMP_S)$/;

/**
 * The statement that reads rows of a result, as they were, from the relation that its file stands behind.
 * @param from - rows before the first; `count` - most rows
 */
export function keptRowsSql(relation: string, columns: QueryColumn[], from: number, count: number): string {
  const names = keptNames(columns);
  const items = columns.map(({ type }, i) => (comesBack.test(type) ? `cast(${sqlName(names[i])} as ${type})` : sqlName(names[i])));
  return `select ${items.join(", ")} from ${relation} limit ${count} offset ${from}`;
}
