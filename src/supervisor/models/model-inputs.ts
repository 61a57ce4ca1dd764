import type { Lake } from "../../lake/lake.ts";
import { headOf } from "../../lake/table-metadata.ts";
import type { Manifest } from "../../model/manifest.ts";
import type { ModelDecl } from "../../model/models/model-decl.ts";
import { mayVary } from "../../sql/fingerprint.ts";

/** What a model's rows were made of: each table's version, null where it had none. */
export type ModelInputs = Record<string, string | null>;

/**
 * The versions of all that a statement would read now, through views; undefined where that does not tell what it would give:
 * it reads a topic, something outside of the lake, or what changes by itself.
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
    } else inputs[name] = await versionOf(lake, name, branch);
  }
  return statements.some(mayVary) ? undefined : inputs;
}

async function versionOf(lake: Lake, name: string, branch: string | undefined): Promise<string | null> {
  const table = await lake.table(name).catch(() => undefined);
  const metadata = await table?.metadata();
  return (metadata && (headOf(metadata, branch) ?? headOf(metadata)))?.["snapshot-id"].toString() ?? null;
}

/** Whether both say the same, whatever their order. */
export function sameInputs(a: ModelInputs, b: ModelInputs): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && a[name] === b[name]);
}
