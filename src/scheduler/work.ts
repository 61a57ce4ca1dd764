import type { StoredResult } from "../state/run-store.ts";
import { counterpart } from "./cells.ts";
import type { Work, WorkRun } from "./executor.ts";
import type { Attempt, Instance, Run } from "./world.ts";

/** What an attempt's worker must know. */
export function workOf({ row, instance }: Attempt): Work {
  const { run, node } = instance;
  const { decl } = run.graph;
  return {
    attempt: row.id,
    fence: row.fence,
    number: row.number,
    task: node.decl,
    index: row.index,
    module: decl.module,
    export: decl.export,
    run: factsOf(run),
    made: run.row.createdAt,
    inputs: inputsOf(instance),
    list: listOf(instance),
    previous: previousOf(instance),
    looks: row.looks,
  };
}

/** What a run says of itself. */
export function factsOf({ row }: Run): WorkRun {
  const { id, dag, kind, release, logicalDate, intervalStart, intervalEnd, params } = row;
  const iso = (at: number): string => new Date(at).toISOString();
  return { id, dag, kind, release, logicalDate: logicalDate === null ? null : iso(logicalDate), interval: { start: iso(intervalStart), end: iso(intervalEnd) }, params };
}

/** Results of the tasks before it, by the name that it has for them. */
export function inputsOf(instance: Instance): Work["inputs"] {
  return Object.fromEntries(Object.entries(instance.node.decl.inputs).map(([name, task]) => [name, inputOf(instance, task)]));
}

/** From inside of a map, the result for the same item; of a map seen from outside, the results for all items. */
function inputOf(instance: Instance, task: string): StoredResult | StoredResult[] | null {
  const { run, node } = instance;
  const of = run.graph.byName.get(task);
  if (!of) return null;
  if (of.map?.until && of.map !== node.map) return run.cells[of.place].findLast(({ row }) => row.state !== "removed")?.row.result ?? null;
  if (of.map === undefined || of.map === node.map) return counterpart(instance, of)?.row.result ?? null;
  return run.cells[of.place].filter(({ row }) => row.index >= 0 && row.state !== "removed").map(({ row }) => row.result ?? { json: "null" });
}

/** In a loop, its result in the round before. */
export function previousOf({ run, node, row }: Instance): StoredResult | undefined {
  return node.map?.until && row.index > 0 ? (run.cells[node.place][row.index - 1].row.result ?? undefined) : undefined;
}

/** The list of its map. */
export function listOf({ run, node: { map } }: Instance): StoredResult | undefined {
  return map?.list ?? (map?.over && run.cells[map.over.place][0].row.result) ?? undefined;
}
