import Elk, { type ELK } from "elkjs/lib/elk-api.js";

export interface GraphShape {
  nodes: { id: string; width: number; height: number }[];
  /** Between nodes that are there. */
  edges: { from: string; to: string }[];
}

export type Places = Map<string, { x: number; y: number }>;

let elk: ELK | undefined;

/** Places for the nodes, in layers from left to right, so that few edges cross. The same shape has the same places. */
export async function layoutGraph({ nodes, edges }: GraphShape): Promise<Places> {
  elk ??= new Elk({ workerFactory: () => new Worker(new URL("./elk-worker.ts", import.meta.url), { type: "module" }) });
  const laid = await elk.layout({
    id: "graph",
    layoutOptions: { "elk.algorithm": "layered", "elk.direction": "RIGHT", "elk.spacing.nodeNode": "18", "elk.spacing.edgeNode": "32", "elk.layered.spacing.nodeNodeBetweenLayers": "56", "elk.layered.nodePlacement.strategy": "BRANDES_KOEPF" },
    children: nodes.map((node) => ({ ...node })),
    edges: edges.map(({ from, to }, i) => ({ id: String(i), sources: [from], targets: [to] })),
  });
  return new Map((laid.children ?? []).map(({ id, x = 0, y = 0 }) => [id, { x, y }]));
}
