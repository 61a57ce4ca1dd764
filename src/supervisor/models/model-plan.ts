import { timetableOf } from "../../calendar/timetable.ts";
import type { Lake } from "../../lake/lake.ts";
import type { Manifest, TableDecl } from "../../model/manifest.ts";
import type { ModelDecl } from "../../model/models/model-decl.ts";
import { readsOfModel } from "../../model/models/model-graph.ts";
import { canonical } from "../../model/release.ts";
import { exampleRun, filledStatement } from "../../model/dags/templates.ts";
import type { ModelPlan } from "../../server/model-control.ts";
import type { QueryRequest } from "../../sql/query-request.ts";
import type { SqlRunner } from "../../sql/sql-runner.ts";
import { compareStatements, type StatementTree } from "./compare-statements.ts";
import { filledSpans, readLedger } from "./model-intervals.ts";

type Tables = Manifest["tables"];

export interface ModelPlanParts {
  lake: Pick<Lake, "table">;
  /** Parses statements. */
  runner: Pick<SqlRunner, "run">;
  from: Pick<Manifest, "tables" | "dags">;
  to: Pick<Manifest, "tables" | "dags">;
}

/** Intervals are counted as far as this. */
const countedMax = 100_000;

/** What another release does to the rows of models: of those that it changes, and of those that stand on them. */
export async function modelPlans(parts: ModelPlanParts): Promise<ModelPlan[]> {
  const [before, after] = [modelsOf(parts.from.tables), modelsOf(parts.to.tables)];
  const plans = new Map<string, ModelPlan>();
  for (const [name, model] of after) {
    const old = before.get(name);
    const plan = old === undefined ? { name, change: "added" as const, effect: "build" as const, why: "it is new", fills: null } : await changedPlan(parts, name, old, model);
    if (plan) plans.set(name, plan);
  }
  for (const name of before.keys()) if (!after.has(name)) plans.set(name, { name, change: "removed", effect: "none", why: "its rows stay until the table is dropped", fills: null });
  for (const plan of indirectPlans(after, plans)) plans.set(plan.name, plan);
  return Promise.all([...plans.values()].map(async (plan) => ({ ...plan, fills: plan.effect === "rebuild" ? await fillsOf(parts, plan.name) : null })));
}

function modelsOf(tables: Tables): Map<string, ModelDecl> {
  return new Map(Object.values(tables).flatMap(({ name, model }) => (model === undefined ? [] : [[name, model] as const])));
}

async function changedPlan({ runner, from, to }: ModelPlanParts, name: string, old: ModelDecl, model: ModelDecl): Promise<ModelPlan | undefined> {
  const changed = (effect: ModelPlan["effect"], why: string): ModelPlan => ({ name, change: "changed", effect, why, fills: null });
  if (old.materialize.kind === "seed" && model.materialize.kind === "seed" && old.materialize.digest !== model.materialize.digest) return changed("rebuild", "its file holds something else");
  if (canonical(old.materialize) !== canonical(model.materialize)) return changed("rebuild", `it was kept as ${old.materialize.kind} and is kept as ${model.materialize.kind}`);
  if (old.fingerprint === model.fingerprint) return notesOf(from.tables[name]) === notesOf(to.tables[name]) ? undefined : changed("none", "what is said of it has changed, or what is checked");
  const change = await statementChange(runner, old, model);
  if (change === "same") return changed("none", "its statement says the same in other words");
  if (change === "columns-added") return changed("columns-added", "its statement gives more columns; rows of before have none there until they are built again");
  return changed("rebuild", "its statement gives other rows");
}

/** All that can change without the rows. */
function notesOf(table: TableDecl): string {
  const { declaredAt: _, ...rest } = table;
  return canonical(rest);
}

async function statementChange(runner: Pick<SqlRunner, "run">, old: ModelDecl, model: ModelDecl): Promise<ReturnType<typeof compareStatements>> {
  const pairs = [[old.sql, model.sql], [old.sqlIncremental ?? old.sql, model.sqlIncremental ?? model.sql]];
  const changes = new Set<ReturnType<typeof compareStatements>>();
  for (const [before, after] of pairs) {
    const [a, b] = [await treeOf(runner, before), await treeOf(runner, after)];
    // Of one that is no statement, or too long to be looked at, nothing is known.
    changes.add(a && b ? compareStatements(a, b) : "different");
  }
  return changes.has("different") ? "different" : changes.has("columns-added") ? "columns-added" : "same";
}

/** The statement as the engine parses it; it is not run. */
export async function treeOf(runner: Pick<SqlRunner, "run">, sql: string): Promise<StatementTree | undefined> {
  let tree: StatementTree | undefined;
  const parsed = new Error("the statement was parsed, and that was all");
  const resolve: QueryRequest["resolve"] = async (_references, about) => {
    tree = about.tree;
    throw parsed;
  };
  await runner.run({ sql: filledStatement(sql, exampleRun, "the plan"), tree: true, resolve }).catch(() => undefined);
  return tree;
}

/** Models that read others whose rows change, at any remove. */
function indirectPlans(models: Map<string, ModelDecl>, plans: ReadonlyMap<string, ModelPlan>): ModelPlan[] {
  const found = new Map<string, ModelPlan>();
  const isRebuilt = (name: string): boolean => found.has(name) || plans.get(name)?.effect === "rebuild";
  for (let grown = true; grown; ) {
    grown = false;
    for (const [name, model] of models) {
      const source = isRebuilt(name) ? undefined : readsOfModel(model).find(isRebuilt);
      const own = plans.get(name);
      if (source === undefined || own?.change === "added") continue;
      found.set(name, { name, change: own?.change ?? "indirect", effect: "rebuild", why: `it reads ${source}, whose rows change`, fills: null });
      grown = true;
    }
  }
  return [...found.values()];
}

/** Intervals that were filled by the statement of before. Null for a model without intervals, or without rows. */
async function fillsOf({ lake, to }: ModelPlanParts, name: string): Promise<ModelPlan["fills"]> {
  const model = to.tables[name]?.model;
  if (model?.materialize.kind !== "interval") return null;
  const table = await lake.table(name).catch(() => undefined);
  const filled = filledSpans(readLedger(await table?.currentSnapshot()));
  if (filled.length === 0) return null;
  const [first, last] = [filled[0], filled[filled.length - 1]];
  return { count: countOf(filled, to.dags[model.dag]), start: new Date(first[0]).toISOString(), end: new Date(last[1]).toISOString() };
}

function countOf(filled: [number, number][], dag: Manifest["dags"][string] | undefined): number {
  const timetable = dag && timetableOf(dag.schedule);
  if (!timetable?.periodic) return filled.length;
  let count = 0;
  for (const [from, to] of filled) for (let at: number | undefined = from; at !== undefined && at < to && count < countedMax; at = timetable.tickAfter(at)) count += 1;
  return count;
}
