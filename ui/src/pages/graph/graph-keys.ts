import type { Placed } from "../../design/graph/box.ts";
import type { GraphEdge } from "./scope.ts";

/** Nodes as a person reads them: by layer from the left, from top to bottom in each. */
export function readingOrder(places: ReadonlyMap<string, Placed>): string[] {
  return [...places.values()].sort((a, b) => a.x - b.x || a.y - b.y).map(({ id }) => id);
}

/** Where an arrow leads: right and left along edges, to the nearest of several; up and down to the next one in reading order. */
export function stepTo(key: string, from: string, edges: readonly GraphEdge[], places: ReadonlyMap<string, Placed>): string | undefined {
  const here = places.get(from);
  if (here === undefined) return readingOrder(places)[0];
  const order = readingOrder(places);
  const at = order.indexOf(from);
  if (key === "ArrowDown") return order[at + 1];
  if (key === "ArrowUp") return order[at - 1];
  if (key === "Home") return order[0];
  if (key === "End") return order[order.length - 1];
  const ends = key === "ArrowRight" ? edges.filter((edge) => edge.from === from).map(({ to }) => to) : key === "ArrowLeft" ? edges.filter((edge) => edge.to === from).map((edge) => edge.from) : [];
  const far = (id: string): number => Math.abs((places.get(id)?.y ?? 0) - here.y);
  return ends.filter((id) => places.has(id)).sort((a, b) => far(a) - far(b))[0];
}
