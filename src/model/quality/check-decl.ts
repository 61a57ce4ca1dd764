import type { ColumnType } from "../manifest.ts";

/*
 * Checks, as the manifest has them. All of it is plain data, so that a dataset is judged without a line of the user's code
 * being run; only `record` names a function, which runs where code of the project runs.
 */

/** An assertion over a dataset. */
export type CheckDecl = CheckFrame & CheckRule;

/** What every check has. */
export interface CheckFrame {
  /** Unique in its dataset. */
  name: string;
  /** What it looks at; none where that is the dataset as a whole. */
  columns: string[];
  /** `error` keeps a model's version that fails from being published, and a record from going on. */
  severity: "error" | "warn";
  /** Only rows for which this SQL condition holds are looked at. */
  where?: string;
  /** So much may be wrong all the same. Absent: nothing may. */
  tolerance?: Tolerance;
  description?: string;
  /** Other datasets that it reads. */
  reads?: string[];
}

/** At most so many rows, or at most this share of the rows that are looked at, 0 to 1. */
export type Tolerance = { rows: number } | { share: number };

export interface Bound {
  value: number | string;
  /** The value itself is outside. */
  exclusive?: true;
}

/** What must hold, by kind. Beside `notNull`, a null is never wrong: what is not known breaks no rule. */
export type CheckRule =
  | { kind: "notNull" }
  | { kind: "unique" }
  | { kind: "accepted"; values: (string | number | boolean)[] }
  | { kind: "range"; min?: Bound; max?: Bound }
  | { kind: "pattern"; pattern: string }
  | { kind: "type"; type: CastType }
  | { kind: "length"; min?: number; max?: number }
  | { kind: "relationship"; to: { table: string; column: string } }
  | { kind: "dependency"; determines: string[] }
  | { kind: "outliers"; method: OutlierMethod; threshold: number }
  | { kind: "row"; condition: string }
  | { kind: "aggregate"; of: AggregateName; min?: number; max?: number }
  | { kind: "volume"; min?: number; max?: number; change?: VolumeChange }
  | { kind: "freshness"; withinMs: number }
  | { kind: "schema"; fields: { name: string; type?: ColumnType }[]; extra: boolean }
  | { kind: "distribution"; method: DistributionMethod; max: number; against?: string }
  | { kind: "sql"; sql: string }
  | { kind: "record"; /** Of a table: the file relative to the project, and the export whose check has the function. */ code?: { module: string; export: string } };

export type CheckKind = CheckRule["kind"];
export type CheckOf<Kind extends CheckKind> = CheckFrame & Extract<CheckRule, { kind: Kind }>;

/** By median and MAD, by mean and standard deviation, by the quartiles; with the threshold that each has by default. */
export const outlierMethods = { mad: 3.5, zScore: 3, iqr: 1.5 } as const;
export type OutlierMethod = keyof typeof outlierMethods;

export const castTypes = ["boolean", "integer", "number", "date", "timestamp"] as const;
/** What a text can be read as. */
export type CastType = (typeof castTypes)[number];

export const aggregateNames = ["sum", "avg", "min", "max", "stddev", "median", "distinct"] as const;
export type AggregateName = (typeof aggregateNames)[number];

export const distributionMethods = ["ks", "psi", "chi-square"] as const;
export type DistributionMethod = (typeof distributionMethods)[number];

/** Rows of this version against the mean of the versions before it. */
export interface VolumeChange {
  /** Least and most of rows / mean: 0.5 is half as many. */
  min?: number;
  max?: number;
  /** How many versions before it count, 1 or more. With fewer there, those that are. With none it passes. */
  versions: number;
}
