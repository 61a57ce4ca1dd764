import type { InstanceState } from "../state/run-store.ts";
import type { DagGraph, TaskNode } from "./graph.ts";
import type { Instance, Run } from "./world.ts";

/** Whether a task of the DAG looks at the run before. */
export function needsPast({ tasks }: DagGraph): boolean {
  return tasks.some(({ decl }) => decl.dependsOnPast || decl.waitForDownstream);
}

/**
 * Whether a task must wait for the run before, as Airflow has it: there the same task, all items of it, must have succeeded or
 * been skipped, and for `waitForDownstream` those directly behind it too. The first run, the first of a backfill, and a
 * task that is new go on.
 */
export function blockedByPast({ run, node }: Instance): boolean {
  const { dependsOnPast, waitForDownstream } = node.decl;
  if (!dependsOnPast && !waitForDownstream) return false;
  if (run.previous === undefined) return true;
  if (run.previous === null || run.row.ordinal === 1) return false;
  const looked = waitForDownstream ? [node, ...node.downs] : [node];
  return !looked.every((each) => isFine(run.previous as Run, each));
}

const fine = new Set<InstanceState>(["success", "skipped", "removed"]);

function isFine(previous: Run, { decl }: TaskNode): boolean {
  const node = previous.graph.byName.get(decl.name);
  // A run that has not started yet has no cells, and all of it is still to come.
  if (!node) return true;
  const cell = previous.cells[node.place];
  // What a run that has ended never began was not in it: the task is newer than that run.
  const ended = previous.row.state !== "queued" && previous.row.state !== "running";
  return cell?.every(({ row }) => fine.has(row.state) || (ended && row.state === "none")) === true;
}
