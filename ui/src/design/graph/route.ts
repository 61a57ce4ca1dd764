import type { Point } from "./box.ts";

const radius = 8;

/** A route as a path of SVG, its corners round. */
export function pathOf(route: readonly Point[]): string {
  const corners = route.slice(1, -1).map((corner, i) => {
    const [before, after] = [towards(corner, route[i]), towards(corner, route[i + 2])];
    return `L${before.x} ${before.y}Q${corner.x} ${corner.y} ${after.x} ${after.y}`;
  });
  const [first, last] = [route[0], route[route.length - 1]];
  return `M${first.x} ${first.y}${corners.join("")}L${last.x} ${last.y}`;
}

/** As far from a corner as it is round, and never over the middle of the way to the next. */
function towards(corner: Point, next: Point): Point {
  const length = Math.hypot(next.x - corner.x, next.y - corner.y);
  const part = length === 0 ? 0 : Math.min(radius, length / 2) / length;
  return { x: corner.x + (next.x - corner.x) * part, y: corner.y + (next.y - corner.y) * part };
}

/** The middle of the longest straight part of a route: what is written there hides no corner. */
export function middleOf(route: readonly Point[]): Point {
  let longest = -1;
  let middle = route[0];
  for (const [i, to] of route.entries()) {
    if (i === 0) continue;
    const from = route[i - 1];
    const length = Math.hypot(to.x - from.x, to.y - from.y);
    if (length <= longest) continue;
    longest = length;
    middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 };
  }
  return middle;
}
