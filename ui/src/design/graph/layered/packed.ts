import type { Placed } from "../box.ts";
import { frameOf } from "../frame-of.ts";

const gap = 36;
const aspect = 1.8;

/** Pictures beside and below each other, the highest first, about as wide to high as a screen is. */
export function packed(pictures: readonly Placed[][]): Placed[] {
  const framed = pictures.map((places) => ({ places, ...frameOf(places) })).sort((a, b) => b.height - a.height);
  const area = framed.reduce((sum, { width, height }) => sum + (width + gap) * (height + gap), 0);
  const widest = Math.max(Math.sqrt(area * aspect), ...framed.map(({ width }) => width));
  let [left, top, shelf] = [0, 0, 0];
  return framed.flatMap(({ places, x, y, width, height }) => {
    if (left > 0 && left + width > widest) [left, top, shelf] = [0, top + shelf + gap, 0];
    const [dx, dy] = [left - x, top - y];
    left += width + gap;
    shelf = Math.max(shelf, height);
    return places.map((place) => ({ ...place, x: place.x + dx, y: place.y + dy }));
  });
}
