import { MillraceError } from "../../errors.ts";
import type { TaskDecl } from "../dag-manifest.ts";
import type { TableDecl } from "../manifest.ts";
import { nearest } from "../names.ts";
import { type DagDescription, settingsOf } from "./describe-dag.ts";
import { fault, stagesWrite } from "./fault.ts";

/** What there is in the project for a DAG to name. */
export interface Known {
  /** Whether there is such a dataset. */
  has(dataset: string): boolean;
  tables: Readonly<Record<string, TableDecl>>;
  dags: readonly string[];
  stages: readonly string[];
}

/** @throws MillraceError `MR-MODEL-004` for a dataset that could not be had, `MR-MODEL-013` for another DAG or a stage that is not there */
export function checkDagNames({ decl, name }: DagDescription, known: Known, where: string): void {
  if (decl.schedule.kind === "onUpdate") for (const dataset of decl.schedule.datasets) checkDataset(dataset, known, `${where}, schedule`);
  for (const { to } of decl.alerts) {
    if (to.kind !== "dag") continue;
    checkThere("DAG", to.dag, known.dags, `${where}, alerts`);
    if (to.dag === name) throw fault("an alert starts the DAG that it is about", `${where}, alerts`, "a run that fails each time would start the next one for ever; use `retries`, or another DAG");
  }
  for (const task of decl.tasks) checkTask(task, name, known, `task "${task.name}" of ${where}`);
}

function checkTask(task: TaskDecl, dag: string, known: Known, dagWhere: string): void {
  const where = task.declaredAt === undefined ? dagWhere : `task "${task.name}" of DAG "${dag}", ${task.declaredAt}`;
  const { dataset, dag: other, stage } = settingsOf(task);
  for (const each of [...task.updates, ...(task.kind === "wait" && typeof dataset === "string" ? [dataset] : [])]) checkDataset(each, known, where);
  if (task.into !== undefined) checkInto(task.into, known, where);
  if (task.kind === "dag") checkThere("DAG", other as string, known.dags, where);
  if (task.kind === "dag" && other === dag) throw fault("the DAG triggers itself", where, "a run that starts a run of its own kind never ends; use the schedule continuous()");
  if (task.kind === "stage") checkThere("stage", stage as string, known.stages, where);
}

function checkDataset(dataset: string, known: Known, where: string): void {
  if (known.has(dataset)) return;
  throw new MillraceError("MR-MODEL-004", { what: `it uses dataset "${dataset}", which has a problem of its own or is not declared`, where, mend: "mend that dataset's declaration first" });
}

function checkInto(into: string, { tables }: Known, where: string): void {
  if (tables[into] === undefined) throw fault(`it writes "${into}", which is no table`, where, "name a table that tasks write");
  const { loadedBy } = tables[into];
  if (loadedBy !== undefined) throw fault(`it writes "${into}", which source folder "${loadedBy}" loads`, where, "write to a table of its own, and read both");
  if (tables[into].writtenBy !== "tasks") throw stagesWrite(into, where);
}

function checkThere(kind: string, name: string, names: readonly string[], where: string): void {
  if (names.includes(name)) return;
  const near = nearest(name, names);
  throw fault(`it names ${kind} "${name}", which is not there`, where, near ? `write "${near}"` : `declare and export that ${kind}, or mend its problem`);
}
