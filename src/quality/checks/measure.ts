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
 * from subqueries that group the rows (tier 2), or by a function of the project's over all rows (`code`).
 */
export type Measure =
  | { tier: 0; how: string; measured: Measured }
  | { tier: "code"; how: string }
  | { tier: 1 | 2; how: string; expressions: string[]; /** Columns whose values the expressions name: see `valuesOf`. */ values?: string[]; read(values: readonly QueryValue[]): Measured };

/** How a measure is read off one row of values. */
export type AskedMeasure = Extract<Measure, { tier: 1 | 2 }>;

/** Counts come as texts where no number holds them. */
export const countOf = (value: QueryValue | undefined): number => Number(value ?? 0);
