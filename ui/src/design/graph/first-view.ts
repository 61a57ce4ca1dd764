import type { Placed, Room } from "./box.ts";
import { frameOf } from "./frame-of.ts";
import type { Layout } from "./layout.ts";

/** Where the corner of a picture stands, in pixels, and how many pixels one unit has. */
export interface View {
  x: number;
  y: number;
  zoom: number;
}

/** From here on words of 12.5 units have 11 pixels and more: all of them can be read. */
export const readableFrom = 0.88;
const zoomMax = 1.1;
const margin = 12;

/** How large a picture may be so that all of it is seen. */
export function zoomToFit(places: Iterable<Placed>, room: Room): number {
  const { width, height } = frameOf(places);
  return Math.min(zoomMax, (room.width - 2 * margin) / width, (room.height - 2 * margin) / height);
}

/** All of a picture, in the middle. */
export function viewOfAll({ places }: Layout, room: Room): View {
  const { x, y, width, height } = frameOf(places.values());
  const zoom = zoomToFit(places.values(), room);
  return { zoom, x: (room.width - width * zoom) / 2 - x * zoom, y: (room.height - height * zoom) / 2 - y * zoom };
}

/** All of a picture where that can be read; else its beginning, as large as can be read. */
export function firstView(layout: Layout, room: Room): View {
  const all = viewOfAll(layout, room);
  if (all.zoom >= readableFrom) return all;
  const whole = frameOf(layout.places.values());
  const isDown = layout.direction === "down";
  const first = frameOf([...layout.places.values()].filter(({ x, y }) => (isDown ? y <= whole.y : x <= whole.x)));
  return {
    zoom: readableFrom,
    x: begin({ from: first.x, length: first.width }, { from: whole.x, length: whole.width }, room.width),
    y: begin({ from: first.y, length: first.height }, { from: whole.y, length: whole.height }, room.height),
  };
}

interface Span {
  from: number;
  length: number;
}

/** Where a picture begins, in pixels: in the middle where it has room; else with what comes first in the middle, but so that no room is left empty beside what is cut off. */
function begin(first: Span, whole: Span, room: number): number {
  const middle = ({ from, length }: Span): number => room / 2 - (from + length / 2) * readableFrom;
  const [least, most] = [room - margin - (whole.from + whole.length) * readableFrom, margin - whole.from * readableFrom];
  return least > most ? middle(whole) : Math.min(most, Math.max(least, first.length * readableFrom > room ? most : middle(first)));
}
