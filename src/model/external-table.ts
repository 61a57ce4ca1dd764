import { fileURLToPath } from "node:url";
import { type BucketConnection, bucketConnection } from "./bucket.ts";
import { declared } from "./declared.ts";
import { definitionMark, type TableDefinition } from "./definition.ts";
import type { BadRows } from "./external-decl.ts";
import { checkFormatHint, type FileFormatHint } from "./file-format-hint.ts";
import { checkName, declarationText } from "./names.ts";
import { checkOptions, invalid } from "./option-checks.ts";
import { callSite } from "./place.ts";
import { type Check, statementCheckList } from "./quality/check-definition.ts";
import type { RecordOf, SchemaInput } from "./schema-types.ts";
import type { ConnectionDefinition } from "./secret.ts";

export interface ExternalTableOptions<S extends SchemaInput | undefined = undefined> {
  /**
   * The files: paths from the project folder, globs, `file:` URLs, or addresses, `s3://bucket/raw/*.csv`; of a folder all that is in it. Folders `key=value` in their paths are columns. Files and
   * folders whose names begin with `_` or `.` are left out, as are empty files.
   */
  at: string | URL | readonly (string | URL)[];
  /** How their buckets are reached: endpoint, region, keys. Default: Amazon's own store, with what Amazon's tools find in the environment. */
  connection?: ConnectionDefinition<BucketConnection>;
  /** How they are read. Default: found out from them, by content. They may be packed with gzip, zstd or zip in any case. */
  format?: FileFormatHint;
  /** What a row is; files must hold no other columns. Default: found out from the files, from a hundred of them at most. */
  schema?: S;
  /** What is done with rows that do not fit, and with damaged files. Default `fail`. */
  onBadRows?: BadRows;
  description?: string;
  owner?: string;
  tags?: readonly string[];
  /** What is said of columns, by name. */
  columns?: Readonly<Record<string, string>>;
  /** What must hold of its rows, whenever somebody asks. */
  checks?: readonly Check[];
}

/** What is said of a table of files, as it is declared. */
export interface ExternalFiles extends Required<Pick<ExternalTableOptions, "onBadRows" | "tags" | "columns">>, Pick<ExternalTableOptions, "format" | "description" | "owner"> {
  readonly at: readonly string[];
  readonly connection?: BucketConnection;
}

/**
 * Declares a table whose rows are files that somebody else writes. They are left where they are; statements read them as they
 * are then.
 * @example externalTable("raw.airports", { at: "data/airports/*.csv" })
 * @example externalTable("raw.events", { at: "/mnt/events", schema: Event, onBadRows: "skip-and-tell" })
 * @example externalTable("raw.clicks", { at: "s3://company-raw/clicks", connection: connection("raw", { endpoint: "https://s3.example.com", accessKeyId: secret("raw-id"), secretAccessKey: secret("raw-key") }) })
 * @throws MillraceError `MR-MODEL-001` for a name or option that cannot be
 */
export function externalTable(name: string, options: ExternalTableOptions): TableDefinition;
export function externalTable<const S extends SchemaInput>(name: string, options: ExternalTableOptions<S> & { schema: S }): TableDefinition<RecordOf<S>>;
export function externalTable(name: string, options: ExternalTableOptions<SchemaInput | undefined>): TableDefinition {
  const site = callSite(externalTable);
  checkName("table", name, site);
  const where = declarationText("table", name, site);
  checkOptions(options, ["at", "connection", "format", "schema", "onBadRows", "description", "owner", "tags", "columns", "checks"], where);
  const { format, schema, onBadRows = "fail", description, owner, tags = [], columns = {} } = options;
  if (onBadRows !== "fail" && onBadRows !== "skip-and-tell") throw invalid(`onBadRows is ${JSON.stringify(onBadRows)}`, where, 'use "fail" or "skip-and-tell"');
  const at = pathsOf(options.at, `${where}, at`);
  const external: ExternalFiles = { at, connection: bucketConnection(options.connection, at, where), format: format && checkFormatHint(format, `${where}, format`), onBadRows, description, owner, tags: [...tags], columns: { ...columns } };
  const checks = statementCheckList(options.checks ?? [], where);
  return declared({ [definitionMark]: "table", name, schema, ...(checks.length > 0 && { checks }), external: { kind: "files", ...external }, partitionBy: [], commitEveryMs: 0, site });
}

function pathsOf(at: unknown, where: string): string[] {
  const given: unknown[] = Array.isArray(at) ? at : [at];
  const paths = given.map((each) => {
    if (each instanceof URL || (typeof each === "string" && each.startsWith("file:"))) return fileURLToPath(each);
    if (typeof each === "string" && each !== "") return each;
    throw invalid(`${JSON.stringify(each) ?? "undefined"} is no path`, where, 'give a path from the project folder, as "data/*.csv", a file: URL, or "s3://bucket/raw/*.csv"');
  });
  if (paths.length === 0) throw invalid("there are no paths", where, "name at least one file");
  return paths;
}
