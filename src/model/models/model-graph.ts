import { createHash } from "node:crypto";
import { MillraceError } from "../../errors.ts";
import type { DagDecl, TaskDecl } from "../dag-manifest.ts";
import type { TableDescription } from "../describe-module.ts";
import type { Problem, TableDecl } from "../manifest.ts";
import { invalid } from "../option-checks.ts";
import { canonical } from "../release.ts";
import type { ModelDescription } from "./describe-model.ts";
import type { ModelDecl } from "./model-decl.ts";

type Described = TableDescription & { model?: ModelDescription };

/** Tables that must be built before a model: what its statement reads, and what its checks look at. */
export function readsOfModel({ reads, checks }: Pick<ModelDecl, "reads" | "checks">): string[] {
  return [...new Set([...reads, ...checks.flatMap((check) => check.reads ?? [])])];
}

/**
 * Models in an order in which each comes behind those it reads. Those that read each other in a circle become problems, and
 * are left out.
 */
export function orderedModels(models: readonly Described[], graph: { problems: Problem[] }): Described[] {
  const byName = new Map(models.map((model) => [model.name, model]));
  const ordered = new Map<string, Described>();
  const broken = new Set<string>();
  const visit = (model: Described, path: string[]): void => {
    if (ordered.has(model.name) || broken.has(model.name)) return;
    const at = path.indexOf(model.name);
    if (at >= 0) {
      const circle = path.slice(at);
      for (const name of circle) broken.add(name);
      const error = invalid(`models read each other in a circle: ${[...circle, model.name].join(" → ")}`, `table "${model.name}", ${model.site ?? model.file}`, "let one of them read something else; what was there before is `self`");
      graph.problems.push({ ...error.toJSON(), file: model.file });
      return;
    }
    for (const name of readsOfModel((model.model as ModelDescription).decl)) {
      const other = byName.get(name);
      if (other && other !== model) visit(other, [...path, model.name]);
    }
    if (!broken.has(model.name)) ordered.set(model.name, model);
  };
  for (const model of models) visit(model, []);
  return [...ordered.values()];
}

/** Of the model's own making, and of the views that it reads: they are run with it. */
export function effectiveFingerprint({ fingerprint, reads }: Pick<ModelDecl, "fingerprint" | "reads">, tables: Record<string, TableDecl>): string {
  const views = reads.map((name) => tables[name]?.model).filter((model) => model?.materialize.kind === "view");
  if (views.length === 0) return fingerprint;
  return createHash("sha256").update(canonical([fingerprint, ...views.map((view) => view?.fingerprint)])).digest("hex").slice(0, 16);
}

/** Parameters of a run of models. */
const params = {
  type: "object",
  properties: {
    only: { type: ["array", "null"], items: { type: "string" }, default: null, description: "Names of the models to build; null: all." },
    branch: { type: ["string", "null"], pattern: "^[A-Za-z0-9_][A-Za-z0-9_.-]{0,63}$", default: null, description: "A branch of the tables that is built in their stead." },
    full: { type: "boolean", default: false, description: "Build incremental models from the beginning." },
  },
  additionalProperties: false,
};

/** The DAGs that build the models given, each with the problem that keeps it from being one. */
export function modelDags(models: readonly Described[], tables: Record<string, TableDecl>): { decl: DagDecl; problem?: Problem }[] {
  const built = models.filter(({ model }) => model?.dag !== undefined);
  return [...Map.groupBy(built, ({ model }) => model?.dag?.name as string)].map(([name, members]) => modelDag(name, members, tables));
}

function modelDag(name: string, members: Described[], tables: Record<string, TableDecl>): { decl: DagDecl; problem?: Problem } {
  const [first] = members;
  const { settings } = (first.model as ModelDescription).dag as NonNullable<ModelDescription["dag"]>;
  const odd = members.find(({ model }) => canonical(model?.dag?.settings) !== canonical(settings));
  const inDag = new Set(members.map((member) => member.name));
  const decl: DagDecl = { name, ...settings, params, maps: [], tasks: members.map((member) => buildTask(member, inDag, tables)) };
  if (odd === undefined) return { decl };
  const error = invalid(`it is built by DAG "${name}" as table "${first.name}" is, and says other things of when`, `table "${odd.name}", ${odd.site ?? odd.file}`, 'give both the same schedule, start and catchup, or one of them another DAG: dag: "name"');
  return { decl, problem: { ...error.toJSON(), file: odd.file } };
}

export function takenDag(name: string, models: readonly Described[]): Problem {
  const model = models.find((each) => each.model?.dag?.name === name) as Described;
  const error = new MillraceError("MR-MODEL-003", { what: `it is built by a DAG "${name}", and the project declares one of that name`, where: `table "${model.name}", ${model.site ?? model.file}`, mend: 'give the other DAG another name, or the model: dag: "name"' });
  return { ...error.toJSON(), file: model.file };
}

function buildTask({ name, model, site }: Described, inDag: ReadonlySet<string>, tables: Record<string, TableDecl>): TaskDecl {
  const { decl, dag } = model as ModelDescription;
  return {
    ...{ name, kind: "model", into: name, updates: [name], after: builtBefore(decl, tables).filter((other) => inDag.has(other) && other !== name), inputs: {}, code: false, settings: { model: name } },
    // Models that are not chosen are skipped, and those behind them take what is there.
    trigger: "none_failed",
    ...{ retries: dag?.retries ?? 0, retryDelayMs: 300_000, backoff: "fixed", retryDelayMaxMs: 86_400_000, graceMs: 5_000 },
    ...{ pool: "default", slots: 1, priority: 0, dependsOnPast: false, waitForDownstream: false },
    // What one run writes, the next one reads.
    ...(decl.materialize.kind !== "interval" && { concurrency: { key: `model:${name}`, max: 1 } }),
    secrets: decl.secrets,
    declaredAt: site,
  };
}

/** Tables with rows of their own that stand behind what it reads: through views, which have none. */
function builtBefore(decl: Pick<ModelDecl, "reads" | "checks">, tables: Record<string, TableDecl>): string[] {
  return [...new Set(readsOfModel(decl).flatMap((name) => {
    const model = tables[name]?.model;
    return model?.materialize.kind === "view" ? builtBefore(model, tables) : [name];
  }))];
}
