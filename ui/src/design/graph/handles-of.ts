import { type NodeHandle, Position } from "@xyflow/react";
import type { Box } from "./box.ts";
import type { Direction } from "./layout.ts";
import { sidesOf } from "./sides-of.ts";

/** As React Flow's stylesheet draws them. */
const side = 6;

/**
 * Where edges end at a box, as React Flow will find it by looking at the page. Told before, with their
 * measures, so that it need not draw all boxes once to find out which of them are in sight.
 */
export function handlesOf(direction: Direction, { width, height }: Omit<Box, "id">): NodeHandle[] {
  const { sourcePosition, targetPosition } = sidesOf(direction);
  const middle = { [Position.Left]: [0, height / 2], [Position.Right]: [width, height / 2], [Position.Top]: [width / 2, 0], [Position.Bottom]: [width / 2, height] };
  return (["source", "target"] as const).map((type) => {
    const position = type === "source" ? sourcePosition : targetPosition;
    const [x, y] = middle[position];
    return { type, position, x: x - side / 2, y: y - side / 2, width: side, height: side };
  });
}
