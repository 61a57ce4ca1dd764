import type { StoredResult } from "../state/run-store.ts";
import { counterpart } from "./cells.ts";
import type { Work } from "./executor.ts";
import type { Attempt, Instance } from "./world.ts";

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
    run: {
      id: run.row.id,
      dag: run.row.dag,
      kind: run.row.kind,
      release: run.row.release,
      logicalDate: run.row.logicalDate === null ? null : new Date(run.row.logicalDate).toISOString(),
      interval: { start: new Date(run.row.intervalStart).toISOString(), end: new Date(run.row.intervalEnd).toISOString() },
      params: run.row.params,
    },
    made: run.row.createdAt,
    inputs: Object.fromEntries(Object.entries(node.decl.inputs).map(([name, task]) => [name, inputOf(instance, task)])),
    list: listOf(instance),
    looks: row.looks,
  };
}

/** From inside of a map, the result for the same item; of a map seen from outside, the results for all items. */
function inputOf(instance: Instance, task: string): StoredResult | StoredResult[] | null {
  const { run, node } = instance;
  const of = run.graph.byName.get(task);
  if (!of) return null;
  if (of.map === undefined || of.map === node.map) return counterpart(instance, of)?.row.result ?? null;
  return run.cells[of.place].filter(({ row }) => row.index >= 0 && row.state !== "removed").map(({ row }) => row.result ?? { json: "null" });
}

function listOf({ run, node }: Instance): StoredResult | undefined {
  if (!node.map) return undefined;
  const { over } = node.map.decl;
  if ("items" in over) return { json: JSON.stringify(over.items), items: over.items.length };
  return (node.map.over && run.cells[node.map.over.place][0].row.result) ?? undefined;
}
