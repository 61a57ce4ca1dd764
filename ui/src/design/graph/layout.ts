import ELK, { type ElkExtendedEdge, type ElkNode } from "elkjs/lib/elk-api.js";
import type { Box, Line, Placed, Point } from "./box.ts";
import { layOutLayered } from "./layered/lay-out-layered.ts";

/** Where edges lead to. */
export type Direction = "right" | "down";

export interface Layout {
  direction: Direction;
  places: ReadonlyMap<string, Placed>;
  /** The corners of edges that are led around boxes, by `lineKey`; an edge that has none here goes straight. */
  routes: ReadonlyMap<string, Point[]>;
}

export const lineKey = ({ from, to }: Line): string => `${from} ${to}`;

const options = {
  "elk.algorithm": "layered",
  "elk.edgeRouting": "ORTHOGONAL",
  // An edge that goes back leaves where the others leave, and is led around the boxes.
  "elk.layered.feedbackEdges": "true",
  "elk.layered.spacing.edgeNodeBetweenLayers": "12",
  "elk.layered.spacing.edgeEdgeBetweenLayers": "8",
  "elk.spacing.nodeNode": "16",
  "elk.spacing.edgeNode": "16",
  "elk.spacing.componentComponent": "36",
  "elk.layered.nodePlacement.strategy": "NETWORK_SIMPLEX",
  "elk.layered.considerModelOrder.strategy": "NODES_AND_EDGES",
  // Parts that nothing joins stand in the order in which their boxes are given.
  "elk.layered.considerModelOrder.components": "MODEL_ORDER",
};

/** What goes along an edge stands on it: to the right it needs more room than downwards. */
const layerGaps: Record<Direction, string> = { right: "64", down: "34" };

/** Of more boxes than that the places take ELK seconds: 30 boxes a third of one, 60 twice that, 100 two and more, 150 nine. */
export const carefulMax = 60;

let engine: InstanceType<typeof ELK> | undefined;

/**
 * Places for boxes so that edges go one way: few ones with care, in a thread of its own; many at once.
 * @param aspect - how much wider than high the picture should be where parts of it can stand beside each other or below
 */
export async function layOut(boxes: readonly Box[], edges: readonly Line[], direction: Direction = "right", aspect = 1.8): Promise<Layout> {
  if (boxes.length > carefulMax) return { direction, places: byId(direction === "right" ? layOutLayered(boxes, edges) : layOutLayered(boxes.map(turnedBox), edges).map(turned)), routes: new Map() };
  engine ??= new ELK({ workerFactory: () => new Worker(new URL("./layout-worker.ts", import.meta.url), { type: "module" }) });
  const whole: ElkNode = {
    id: "root",
    layoutOptions: { ...options, "elk.direction": direction.toUpperCase(), "elk.layered.spacing.nodeNodeBetweenLayers": layerGaps[direction], "elk.aspectRatio": String(aspect) },
    children: boxes.map((box) => ({ ...box })),
    edges: edges.map((edge) => ({ id: lineKey(edge), sources: [edge.from], targets: [edge.to] })),
  };
  const { children = [], edges: routed = [] } = await engine.layout(whole);
  return { direction, places: byId(children.map(({ id, x = 0, y = 0, width = 0, height = 0 }) => ({ id, x, y, width, height }))), routes: new Map(routed.flatMap((edge) => routeOf(edge))) };
}

const byId = (places: readonly Placed[]): Map<string, Placed> => new Map(places.map((place) => [place.id, place]));

const turnedBox = ({ id, width, height }: Box): Box => ({ id, width: height, height: width });
const turned = ({ id, x, y, width, height }: Placed): Placed => ({ id, x: y, y: x, width: height, height: width });

function routeOf({ id, sections }: ElkExtendedEdge): [string, Point[]][] {
  const section = sections?.[0];
  return section ? [[id, [section.startPoint, ...(section.bendPoints ?? []), section.endPoint]]] : [];
}
