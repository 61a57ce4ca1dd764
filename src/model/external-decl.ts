import type { BucketConnection } from "./bucket.ts";
import type { FileFormatHint } from "./file-format-hint.ts";
import type { Column } from "./manifest.ts";
import type { PostgresConnection } from "./postgres-connection.ts";
import type { CheckDecl } from "./quality/check-decl.ts";

/*
 * What statements read that stands outside of the lake, as the manifest has it. It is left where it is, and nobody writes it
 * from here.
 */
export type ExternalDecl = ExternalFilesDecl | PostgresDecl;

/** What is done with rows that do not fit the columns: the statement fails, or they are left out, counted and told of. */
export type BadRows = "fail" | "skip-and-tell";

/** A table whose rows are files that somebody else writes. Its name is `namespace.table`. */
export interface ExternalFilesDecl {
  kind: "files";
  /** Paths and globs, with forward slashes; from the project folder, also where that leads upwards; or addresses, `s3://…`. */
  at: string[];
  /** How their buckets are reached. */
  connection?: BucketConnection;
  format?: FileFormatHint;
  /** Absent: they are found out from the files. */
  columns?: Column[];
  onBadRows: BadRows;
  /** What must hold of its rows. */
  checks?: CheckDecl[];
  description?: string;
  owner?: string;
  tags: string[];
  columnNotes: Record<string, string>;
  declaredAt?: string;
}

/** The tables of one schema of a PostgreSQL database. Its name is the namespace that they have here. */
export interface PostgresDecl {
  kind: "postgres";
  /** Settings of the connection; texts in them may have places for secrets. */
  connection: PostgresConnection;
  schema: string;
  /** Those that can be read; absent: all. */
  tables?: string[];
  statementTimeoutMs: number;
  rowsMax: number;
  description?: string;
  declaredAt?: string;
}
