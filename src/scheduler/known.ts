import { MillraceError } from "../errors.ts";
import type { DagDecl } from "../model/dag-manifest.ts";
import { makeCells } from "./cells.ts";
import type { StoredRun } from "./events.ts";
import { type DagGraph, dagGraph } from "./graph.ts";
import type { Dag, Run, World } from "./world.ts";

export function dagNamed(world: World, name: string): Dag {
  const dag = world.dags.get(name);
  if (dag) return dag;
  throw new MillraceError("MR-SCHED-001", { what: `DAG "${name}" does not exist`, where: "the scheduler", mend: `use one of ${[...world.dags.keys()].map((known) => `"${known}"`).join(", ") || "those that a pipeline declares; there are none"}` });
}

export function graphOf(world: World, decl: DagDecl, release: string): DagGraph {
  const key = `${release} ${decl.name}`;
  let graph = world.graphs.get(key);
  if (!graph) world.graphs.set(key, (graph = dagGraph(decl, release)));
  return graph;
}

export function runNamed(world: World, id: string): Run {
  const run = world.runs.get(id);
  if (run) return run;
  throw new MillraceError("MR-SCHED-002", { what: `run ${id} does not go on`, where: "the scheduler", mend: "look at `millrace runs list` for those that do" });
}

/** Makes a run known again as it is in the store. */
export function load(world: World, { run: row, instances, attempts, decl }: StoredRun): Run {
  const known = world.runs.get(row.id);
  if (known) return known;
  const dag = dagNamed(world, row.dag);
  const graph = decl ? graphOf(world, decl, row.release) : dag.graph;
  const run: Run = { row: { ...row }, dag, graph, cells: [], tallies: [], unfinished: 0, left: [], next: new Set() };
  makeCells(run, instances, attempts);
  return run;
}

/** The same for a run that people or backfills change: later ones that wait for it see what becomes of it. */
export function loadForChange(world: World, stored: StoredRun): Run {
  const run = load(world, stored);
  for (const later of world.runs.values()) {
    if (later.previous?.row.id !== run.row.id || later.previous === run) continue;
    later.previous = run;
    run.next.add(later);
  }
  return run;
}
