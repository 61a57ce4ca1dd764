import { visibleLine } from "../../design/visible-text.ts";
import type { DrawnBox, DrawnEdge, Drawing } from "./draw-picture.ts";
import type { PartNode } from "./graph-node.tsx";
import { edgeRate, type Live, edgeCounts, rateLabel } from "./node-facts.ts";
import type { Picture } from "./scope.ts";

/** What is drawn of a picture with many nodes. */
export function drawingOf({ edges }: Picture, nodes: readonly PartNode[], live: Live): Drawing {
  const boxes = new Map(nodes.map((node) => [node.id, boxOf(node)]));
  const counts = edgeCounts(edges);
  return {
    boxes: [...boxes.values()],
    edges: edges.flatMap((edge): DrawnEdge[] => {
      const [from, to] = [boxes.get(edge.from), boxes.get(edge.to)];
      if (!from || !to) return [];
      const label = rateLabel(edgeRate(edge, counts, live));
      return [{ from: [from.x + from.width, from.y + from.height / 2], to: [to.x, to.y + to.height / 2], look: label === "" ? (edge.kind === "order" ? "order" : "quiet") : "flowing", label }];
    }),
  };
}

function boxOf({ position, width = 0, height = 0, data: { part, facts, isFaint, isFocus } }: PartNode): DrawnBox {
  const line = [facts.state, facts.line].filter(Boolean).join(" ") || part.form;
  return { ...position, width, height, kind: part.kind, name: visibleLine(part.name.slice(0, 60)), tone: facts.tone, line: visibleLine(line.slice(0, 60)), isFaint, isFocus };
}
