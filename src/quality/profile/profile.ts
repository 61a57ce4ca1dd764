import type { ColumnKind } from "../states/profiled-column.ts";

/*
 * What a profile says, as plain data: what commands print, REST answers, and others read that propose checks or steps.
 * Every figure that is not exact says so, and how it was come by.
 */

export interface TableProfile {
  dataset: string;
  /** Of the lake: the version that was looked at. Null for what has none. */
  snapshot: string | null;
  /** Partitions that were looked at, `field=value` each; absent: all of them. */
  partitions?: string[];
  /** ISO 8601. */
  at: string;
  rows: number;
  files: ProfiledFiles;
  /** What the reader should know, such as rows of files that were left out since they do not fit. */
  notes?: string[];
  columns: ColumnProfile[];
  /** Columns beyond the most that a profile has. */
  columnsLeftOut: number;
  findings: Finding[];
  /** Where they were asked for. */
  relations?: Relations;
}

export interface ProfiledFiles {
  /** Of the version; 0 for what is no table of the lake. */
  all: number;
  /** Read for this profile; the states of the others were there. */
  read: number;
}

/** A count or estimate, and how it was come by. */
export interface Figure {
  value: number;
  exact: boolean;
  /** Of what is not exact: the method and its error. */
  method?: string;
}

export interface ColumnProfile {
  /** The path with dots. */
  name: string;
  path: string[];
  /** As DuckDB writes it. */
  type: string;
  kind: ColumnKind;
  rows: number;
  nulls: number;
  /** NaN. */
  notNumbers: number;
  infinities: number;
  /** Texts without characters. */
  empty: number;
  distinct: Figure;
  /** As text; of what is neither null nor infinite nor NaN. */
  min: string | null;
  max: string | null;
  numbers: NumberProfile | null;
  /** In characters. */
  lengths: { min: number; max: number; mean: number } | null;
  frequent: FrequentProfile | null;
  shapes: ShapeProfile | null;
  meaning: Meaning | null;
  /** `constant`: one value and no null; `unique`: no value twice, as far as is known; `empty`: nothing but nulls. */
  nature: "constant" | "unique" | "empty" | null;
  /** The kind of personal data that it holds, as somebody says or as its texts look like: then nothing above is one of its values. */
  personal: string | null;
}

/** Of numbers, of times in milliseconds since 1970, of lists, maps and bytes by their size. */
export interface NumberProfile {
  /** Finite values. */
  count: number;
  /** Null where the sum is beyond the largest number. */
  mean: number | null;
  /** Of the sample: over n - 1. Null for fewer than two values, and where no square of a number holds it. */
  deviation: number | null;
  skewness: number | null;
  /** Beyond that of a normal distribution. */
  kurtosis: number | null;
  quantiles: QuantileProfile;
  histogram: HistogramBar[];
}

/** At every hundredth, from the least to the greatest: 101 values. */
export interface QuantileProfile {
  values: number[];
  exact: boolean;
  method?: string;
}

export interface HistogramBar {
  from: number;
  /** Exclusive but for the last. */
  to: number;
  count: number;
}

export interface FrequentProfile {
  values: { value: string; count: number }[];
  /** These are all values that there are. */
  complete: boolean;
  /** A count may be too low by so many, and a value that is not listed has at most so many. */
  missingMax: number;
}

/** Shapes of texts: `A` and `a` for letters, `9` for digits, what else there is as it is. */
export interface ShapeProfile {
  values: { shape: string; share: number }[];
  /** Of all rows that hold a text, or of a sample of the different texts. */
  of: "rows" | "sampled texts";
}

/** What the values of a column stand for. */
export interface Meaning {
  kind: string;
  /** Of the values looked at. */
  share: number;
}

export type FindingKind =
  | "constant" | "all-null" | "mostly-null" | "dummy-values" | "blank-texts" | "padded-texts" | "case-variants" | "numbers-as-text" | "dates-as-text" | "date-spellings" | "booleans-as-text"
  | "not-a-number" | "infinite" | "far-dates" | "long-texts" | "unread-values";

/** Something that a person should look at, and that a step could mend. */
export interface Finding {
  kind: FindingKind;
  column: string;
  /** One sentence. */
  text: string;
  /** Rows that are concerned, where that is known. */
  rows?: Figure;
  /** Values that show it, ten at most. */
  values: string[];
}

/** What columns have to do with one another. */
export interface Relations {
  /** Columns, one or two, that together name a row. Each was looked at over all rows. */
  keys: string[][];
  /** Where rows that agree in `from` agree in `to`. Each was looked at over all rows. */
  dependencies: { from: string; to: string }[];
  /** Columns whose every value is a key of another table of the lake; of tables of the lake alone. Each was looked at over all rows. `values`: different ones, about. */
  references?: { from: string; table: string; to: string; values: number }[];
  /** Over a sample of rows. */
  correlations: { a: string; b: string; pearson: number | null; spearman: number | null }[];
  sampledRows: number;
  /** What was left out since there are too many columns. */
  notes: string[];
}
