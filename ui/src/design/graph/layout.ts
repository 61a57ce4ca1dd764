import ELK, { type ElkNode } from "elkjs/lib/elk-api.js";
import type { Box, Placed } from "./box.ts";
import { layOutLayered } from "./layered/lay-out-layered.ts";

const options = {
  "elk.algorithm": "layered",
  "elk.direction": "RIGHT",
  "elk.layered.spacing.nodeNodeBetweenLayers": "72",
  "elk.spacing.nodeNode": "18",
  // An edge that passes a box must not run behind it.
  "elk.spacing.edgeNode": "32",
  "elk.spacing.componentComponent": "36",
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
  "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
  "elk.aspectRatio": "1.8",
};

/** Of more boxes than that the places take ELK seconds: 30 boxes a third of one, 60 twice that, 100 two and more, 150 nine. */
const carefulMax = 60;

let engine: InstanceType<typeof ELK> | undefined;

/** Places for boxes so that edges go to the right: few ones with care, in a thread of its own; many at once. */
export async function layOut(boxes: readonly Box[], edges: readonly { from: string; to: string }[]): Promise<Placed[]> {
  if (boxes.length > carefulMax) return layOutLayered(boxes, edges);
  engine ??= new ELK({ workerFactory: () => new Worker(new URL("./layout-worker.ts", import.meta.url), { type: "module" }) });
  const whole: ElkNode = { id: "root", layoutOptions: options, children: boxes.map((box) => ({ ...box })), edges: edges.map(({ from, to }, i) => ({ id: String(i), sources: [from], targets: [to] })) };
  const { children = [] } = await engine.layout(whole);
  return children.map(({ id, x = 0, y = 0, width = 0, height = 0 }) => ({ id, x, y, width, height }));
}
