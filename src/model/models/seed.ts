import { declared } from "../declared.ts";
import { definitionMark, type TableDefinition } from "../definition.ts";
import { checkFormatHint, type FileFormatHint } from "../file-format-hint.ts";
import { checkName, declarationText } from "../names.ts";
import { checkOptions, invalid } from "../option-checks.ts";
import { callSite } from "../place.ts";
import type { RecordOf, SchemaInput } from "../schema-types.ts";
import { sql } from "../sql-tag.ts";
import { modelOf, type ModelOptions, modelOptionNames } from "./model-options.ts";

export interface SeedOptions<S extends SchemaInput | undefined = undefined> extends Omit<ModelOptions, "sql" | "materialize" | "unitTests" | "onSchemaChange"> {
  /** A file of the project, from its folder: at most 100 MiB. Each release keeps a copy of it. */
  file: string;
  /** How it is read. Default: found out from it, by content. */
  format?: FileFormatHint;
  /** What a row is: a contract. Absent: the columns are what the file holds. */
  schema?: S;
}

const known = ["file", "format", "schema", ...modelOptionNames.filter((name) => !["sql", "materialize", "unitTests", "onSchemaChange"].includes(name))];

/**
 * Declares a table whose rows are those of a file of the project: codes, names, targets. It is built as models are, and again
 * when the file has changed.
 * @example seed("ref.countries", { file: "seeds/countries.csv", checks: [unique("code")] })
 * @throws MillraceError `MR-MODEL-001` for a name or option that cannot be
 */
export function seed(name: string, options: SeedOptions): TableDefinition;
export function seed<const S extends SchemaInput>(name: string, options: SeedOptions<S> & { schema: S }): TableDefinition<RecordOf<S>>;
export function seed(name: string, options: SeedOptions<SchemaInput | undefined>): TableDefinition {
  const site = callSite(seed);
  checkName("table", name, site);
  const where = declarationText("table", name, site);
  checkOptions(options, known, where);
  const { file, format, schema, ...rest } = options;
  checkFile(file, where);
  const materialize = { kind: "seed" as const, file, ...(format !== undefined && { format: checkFormatHint(format, `${where}, format`) }) };
  const model = modelOf(name, { ...rest, sql: sql``, onSchemaChange: "sync" }, undefined, where);
  return declared({ [definitionMark]: "table", name, schema, writtenBy: "tasks", model: { ...model, materialize }, partitionBy: [], commitEveryMs: 1_000, site });
}

/** A release is the same on every machine: its files have one way to be named. */
function checkFile(file: unknown, where: string): void {
  const parts = typeof file === "string" ? file.split("/") : [];
  if (parts.length > 0 && parts.every((part) => part !== "" && part !== "." && part !== "..")) return;
  throw invalid(`${JSON.stringify(file) ?? "undefined"} is no file of the project`, `${where}, file`, 'give a path from the project folder, with forward slashes, as "seeds/countries.csv"');
}
