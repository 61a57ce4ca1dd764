import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { Lake } from "../../lake/lake.ts";
import { headOf } from "../../lake/table-metadata.ts";
import type { Manifest } from "../../model/manifest.ts";
import type { ModelDecl } from "../../model/models/model-decl.ts";
import { mayVary } from "../../sql/fingerprint.ts";
import type { TableSource } from "../../sql/query-request.ts";
import { columnsOf } from "../../sql/table-source.ts";

/** What a model's rows were made of, by table. */
export type ModelInputs = Record<string, ModelInput>;

interface ModelInput {
  /** The id of its version; null where it had none. */
  version: string | null;
  /** A digest of its columns: a column that is renamed is no new version, and gives a statement other rows, or none. */
  columns: string;
}

/** As both stand in the summary of what was made: the versions where every reader looks for them. */
const [versionsKey, columnsKey] = ["millrace.inputs", "millrace.input-columns"];

export const inputOf = ({ snapshotId, columns }: Pick<TableSource, "snapshotId" | "columns">): ModelInput => ({
  version: snapshotId?.toString() ?? null,
  columns: createHash("sha256").update(JSON.stringify(columns)).digest("base64url").slice(0, 16),
});

export function inputsSummary(inputs: ModelInputs): Record<string, string> {
  const of = (part: keyof ModelInput) => JSON.stringify(Object.fromEntries(Object.entries(inputs).map(([name, input]) => [name, input[part]])));
  return { [versionsKey]: of("version"), [columnsKey]: of("columns") };
}

/** The inputs that a version was made of; of one that was made otherwise, none. */
function inputsIn(summary: Record<string, string>): ModelInputs {
  const [versions, columns] = [versionsKey, columnsKey].map((key) => JSON.parse(summary[key] ?? "{}") as Record<string, string | null>);
  return Object.fromEntries(Object.entries(versions).map(([name, version]) => [name, { version, columns: columns[name] ?? "" }]));
}

/** A tag or branch that is read AT may be moved while the table stays as it is. */
const atVersion = /\bat\s*\(/i;

/**
 * The versions of all that a statement would read now, through views; undefined where that does not tell what it would give:
 * it reads a topic, something outside of the lake, what changes by itself, or a version of a table.
 *
 * @param branch - that is read where a table has it
 */
export async function currentInputs(lake: Lake, model: ModelDecl, { tables, external = {} }: Pick<Manifest, "tables" | "external">, branch?: string): Promise<ModelInputs | undefined> {
  const statements = [model.sql];
  const inputs: ModelInputs = {};
  const pending = [...model.reads];
  for (let name = pending.pop(); name !== undefined; name = pending.pop()) {
    if (name.startsWith("topics.") || Object.hasOwn(external, name) || Object.hasOwn(external, name.split(".")[0])) return undefined;
    const view = tables[name]?.model;
    if (view?.materialize.kind === "view") {
      statements.push(view.sql);
      pending.push(...view.reads);
    } else inputs[name] = await inputNow(lake, name, branch);
  }
  return statements.some((sql) => mayVary(sql) || atVersion.test(sql)) ? undefined : inputs;
}

async function inputNow(lake: Lake, name: string, branch: string | undefined): Promise<ModelInput> {
  const table = await lake.table(name).catch(() => undefined);
  if (table === undefined) return { version: null, columns: "" };
  const metadata = await table.metadata();
  // A branch is read under the columns that it was written with, the table itself under those that it has now.
  const onBranch = branch === undefined ? undefined : headOf(metadata, branch)?.["snapshot-id"];
  return inputOf({ snapshotId: onBranch ?? headOf(metadata)?.["snapshot-id"], columns: columnsOf(await table.at(metadata).schema(onBranch)) });
}

/** Whether a version was made of these inputs, as its summary says. */
export function wasMadeOf(summary: Record<string, string>, inputs: ModelInputs): boolean {
  return isDeepStrictEqual(inputsIn(summary), inputs);
}
