import type { Line, Placed } from "../../design/graph/box.ts";
import type { Direction } from "../../design/graph/layout.ts";

interface Laid {
  direction: Direction;
  places: ReadonlyMap<string, Placed>;
}

/** Along the edges and against them, to the next node and to the one before. */
const arrows = {
  right: { along: "ArrowRight", against: "ArrowLeft", next: "ArrowDown", before: "ArrowUp" },
  down: { along: "ArrowDown", against: "ArrowUp", next: "ArrowRight", before: "ArrowLeft" },
};

/** Nodes as a person reads them: layer after layer in the direction of the edges, each from its begin. */
export function readingOrder({ direction, places }: Laid): string[] {
  return [...places.values()].sort(direction === "right" ? (a, b) => a.x - b.x || a.y - b.y : (a, b) => a.y - b.y || a.x - b.x).map(({ id }) => id);
}

/** Where an arrow leads: along edges, to the nearest of several; across them to the next node in reading order. */
export function stepTo(key: string, from: string, edges: readonly Line[], laid: Laid): string | undefined {
  const { direction, places } = laid;
  const order = readingOrder(laid);
  const here = places.get(from);
  if (here === undefined) return order[0];
  const { along, against, next, before } = arrows[direction];
  const at = order.indexOf(from);
  if (key === next) return order[at + 1];
  if (key === before) return order[at - 1];
  if (key === "Home") return order[0];
  if (key === "End") return order[order.length - 1];
  const ends = key === along ? edges.filter((edge) => edge.from === from).map(({ to }) => to) : key === against ? edges.filter((edge) => edge.to === from).map((edge) => edge.from) : [];
  const far = (id: string): number => {
    const { x, y } = places.get(id) ?? here;
    return direction === "right" ? Math.abs(y - here.y) : Math.abs(x - here.x);
  };
  return ends.filter((id) => places.has(id)).sort((a, b) => far(a) - far(b))[0];
}
