import { sqlName } from "../../lake/duckdb.ts";
import type { QueryValue } from "../../sql/query-request.ts";

/** What was found out of a dataset about one check. */
export interface Measured {
  /** Rows that break it. Absent where the dataset is judged as a whole. */
  failures?: number;
  /** There may be more of them. */
  atLeast?: true;
  /** Rows that were looked at; absent where nobody had to know. */
  rows?: number;
  /** Whether it holds, where the dataset is judged as a whole. */
  holds?: boolean;
  /** The figure that it is judged by. */
  value?: number | string | null;
}

/**
 * How a check is found out: from what is known already (tier 0), from aggregates of one scan that all checks share (tier 1),
 * or from subqueries that group the rows (tier 2).
 */
export type Measure =
  | { tier: 0; how: string; measured: Measured }
  | { tier: 1 | 2; how: string; expressions: string[]; /** Columns whose values the expressions name: see `valuesOf`. */ values?: string[]; read(values: readonly QueryValue[]): Measured };

/** Each value of a column once, with the number of its rows: a relation that stands before the statement. */
export const valuesOf = (column: string): string => sqlName(`values of ${column}`);
/** The column of `valuesOf` with the number of rows. */
export const rowsOfValue = '"rows of value"';

/** Counts come as texts where no number holds them. */
export const countOf = (value: QueryValue | undefined): number => Number(value ?? 0);
