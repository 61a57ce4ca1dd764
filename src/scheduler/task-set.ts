import { MillraceError } from "../errors.ts";
import type { DagDecl } from "../model/dag-manifest.ts";
import type { InstanceRow } from "../state/run-store.ts";
import type { TaskChoice } from "./events.ts";
import { before, behind, dagGraph, type TaskNode } from "./graph.ts";

export interface SetRequest {
  tasks: TaskChoice[];
  /** Those behind them too, those before them too. */
  downstream: boolean;
  upstream: boolean;
  /** Of all those, the ones alone that failed, or could not run for that. */
  onlyFailed: boolean;
}

const broken = new Set(["failed", "upstream_failed", "cancelled"]);

/**
 * The instances of a run that a clearing or marking is about, in the graph's order. A setup or teardown goes with what it serves.
 *
 * @throws MillraceError `MR-SCHED-002` for a task that the run does not have
 */
export function taskSet(decl: DagDecl, run: string, instances: readonly InstanceRow[], { tasks, downstream, upstream, onlyFailed }: SetRequest): InstanceRow[] {
  const graph = dagGraph(decl, "");
  const chosen = new Map<TaskNode, Set<number> | "all">();
  for (const { task, index } of tasks) {
    const node = graph.byName.get(task);
    if (!node) throw new MillraceError("MR-SCHED-002", { what: `run ${run} has no task "${task}"`, where: `DAG "${decl.name}"`, mend: `use one of ${decl.tasks.map(({ name }) => `"${name}"`).join(", ")}` });
    const standing = chosen.get(node);
    if (index === undefined || standing === "all") chosen.set(node, "all");
    else chosen.set(node, new Set([...(standing ?? []), index]));
  }
  for (const node of [...chosen.keys()]) {
    const more = [...(downstream ? behind([node]) : []), ...(upstream ? before([node]) : [])];
    for (const other of more) addAlong(chosen, node, other);
  }
  for (const node of [...chosen.keys()]) for (const setup of [...node.setups, ...node.ups.filter(({ decl: up }) => up.setup)]) if (downstream) addAlong(chosen, node, setup);
  for (const { task, index } of tasks) if (index !== undefined && index >= 0) requireItem(run, instances, task, index);
  return graph.tasks.flatMap((node) => {
    const indices = chosen.get(node);
    if (!indices) return [];
    const rows = instances.filter(({ task, state }) => task === node.decl.name && state !== "removed");
    return rows.filter(({ index, state }) => (indices === "all" || indices.has(index)) && (!onlyFailed || broken.has(state)));
  });
}

function requireItem(run: string, instances: readonly InstanceRow[], name: string, index: number): void {
  const items = instances.filter(({ task, state }) => task === name && state !== "removed").map((row) => row.index);
  if (items.includes(index)) return;
  const last = Math.max(...items);
  throw new MillraceError("MR-SCHED-002", { what: `task "${name}" has no item ${index} in run ${run}`, where: `run "${run}"`, mend: last >= 0 ? `name one from "${name}[0]" to "${name}[${last}]", or "${name}" for all of them` : `name "${name}" alone: it runs once, or its list is not known yet` });
}

/** In the same map the same items; elsewhere, all. */
function addAlong(chosen: Map<TaskNode, Set<number> | "all">, node: TaskNode, other: TaskNode): void {
  const own = chosen.get(node) as Set<number> | "all";
  const standing = chosen.get(other);
  if (own !== "all" && other.map !== undefined && other.map === node.map && standing !== "all") chosen.set(other, new Set([...(standing ?? []), ...own]));
  else chosen.set(other, "all");
}
