import type { FileFormatHint } from "../file-format-hint.ts";
import type { CheckDecl } from "../quality/check-decl.ts";

/*
 * Models, as the manifest has them: tables whose rows are what a statement gives. All of it is plain data, so that a model is
 * built without a line of the user's code being run.
 */

/**
 * How a model's rows are kept.
 * - `table`: written anew as a whole each time.
 * - `view`: not at all; who reads it runs its statement.
 * - `ephemeral`: not even by name; its statement stands in those that use it.
 * - `interval`: those of the run's data interval are written anew, the others stay.
 * - `append`: new rows come to those that are there.
 * - `merge`: a row takes the place of the one with its key, or comes anew.
 * - `replace-keys`: all rows with a key among the new ones go, and the new ones come.
 * - `history`: every version of a row is kept, with the time from and to which it held (a slowly changing dimension, type 2).
 * - `seed`: the rows of a file in the project.
 */
export type Materialization =
  | { kind: "table" }
  | { kind: "view" }
  | { kind: "ephemeral" }
  | { kind: "interval"; column: string }
  | { kind: "append" }
  | { kind: "merge"; key: string[] }
  | { kind: "replace-keys"; key: string[] }
  | HistoryDecl
  | SeedDecl;

export interface SeedDecl {
  kind: "seed";
  /** From the project folder. */
  file: string;
  /** How it is read; absent: found out from it. */
  format?: FileFormatHint;
  /** SHA-256 of the file in hexadecimal; there in every manifest. */
  digest?: string;
}

export interface HistoryDecl {
  kind: "history";
  key: string[];
  /** The column that says when a row was changed. Absent: the columns in `compare` are looked at. */
  updatedAt?: string;
  /** Columns whose change makes a new version; absent, with no `updatedAt` either: all but the key. */
  compare?: string[];
  /** What becomes of rows that the statement gives no more: they stay as they are, end, or end with a version that says so. */
  deleted: "keep" | "end" | "mark";
}

/** What is done when a statement gives other columns than the table has. */
export type SchemaPolicy = "append" | "sync" | "fail" | "ignore";

export interface ModelDecl {
  materialize: Materialization;
  /** The statement, with places such as `{{ interval.start }}`. Empty for a seed. */
  sql: string;
  /** In its stead when the table has rows already. Absent where it says the same. */
  sqlIncremental?: string;
  /** Datasets that it reads, by name: `namespace.table`, `topics.name`. */
  reads: string[];
  /** Itself among what it reads, once there are rows. */
  readsItself?: true;
  /** Names of the secrets that keys of its steps are. */
  secrets?: string[];
  onSchemaChange: SchemaPolicy;
  /** Its columns are those that are declared, and a statement that gives others fails. */
  contract?: true;
  checks: CheckDecl[];
  unitTests: UnitTestDecl[];
  description?: string;
  owner?: string;
  tags: string[];
  /** What is said of columns. */
  columnNotes: Record<string, string>;
  /** The DAG that builds it. */
  dag: string;
  /** The same as long as its rows would be: of its statement and how they are kept. */
  fingerprint: string;
}

/** A model's statement on rows that are given, and the rows that must come of it. */
export interface UnitTestDecl {
  name: string;
  /** By name of the dataset. Those that are not named have no rows. */
  given: { dataset: string; rows: Record<string, unknown>[] }[];
  expect: Record<string, unknown>[];
  /** The data interval that its statement is about; ISO 8601. */
  interval?: { start: string; end: string };
}
