import { Position } from "@xyflow/react";
import type { Direction } from "./layout.ts";

const sides = {
  right: { targetPosition: Position.Left, sourcePosition: Position.Right },
  down: { targetPosition: Position.Top, sourcePosition: Position.Bottom },
};

/** Where edges come into a box, and where they leave it. */
export const sidesOf = (direction: Direction): (typeof sides)[Direction] => sides[direction];
