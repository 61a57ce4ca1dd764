import { expect, test } from "vitest";
import type { Placed } from "./box.ts";
import { firstView, readableFrom, viewOfAll } from "./first-view.ts";
import type { Direction, Layout } from "./layout.ts";

const place = (id: string, x: number, y: number): [string, Placed] => [id, { id, x, y, width: 100, height: 40 }];
const laid = (direction: Direction, ...places: [string, Placed][]): Layout => ({ direction, places: new Map(places), routes: new Map() });
const room = { width: 400, height: 300 };

/** From where to where a place is seen, in pixels. */
function seen(layout: Layout, id: string): { left: number; right: number; top: number; bottom: number } {
  const { x, y, width, height } = layout.places.get(id) as Placed;
  const view = firstView(layout, room);
  return { left: x * view.zoom + view.x, right: (x + width) * view.zoom + view.x, top: y * view.zoom + view.y, bottom: (y + height) * view.zoom + view.y };
}

test("what can be read as a whole is seen as a whole, in the middle", () => {
  const layout = laid("right", place("a", 0, 0), place("b", 200, 100));
  const view = firstView(layout, room);
  expect(view).toEqual(viewOfAll(layout, room));
  expect(seen(layout, "a").left).toBeCloseTo(400 - seen(layout, "b").right);
  expect(seen(layout, "a").top).toBeCloseTo(300 - seen(layout, "b").bottom);
});

test("of what cannot, the first layer is seen, as large as can be read", () => {
  const down = laid("down", place("first", 1_000, 0), place("left", 0, 1_000), place("right", 2_000, 2_000));
  expect(firstView(down, room).zoom).toBe(readableFrom);
  expect((seen(down, "first").left + seen(down, "first").right) / 2).toBeCloseTo(200);
  expect(seen(down, "first").top).toBeCloseTo(12);
  const right = laid("right", place("first", 0, 1_000), place("above", 1_000, 0), place("below", 2_000, 2_000));
  expect(seen(right, "first").left).toBeCloseTo(12);
  expect((seen(right, "first").top + seen(right, "first").bottom) / 2).toBeCloseTo(150);
});

test("no room is left empty beside what is cut off", () => {
  const layout = laid("down", place("first", 400, 0), place("left", 0, 1_000), place("right", 400, 1_000));
  expect(seen(layout, "first").right).toBeCloseTo(400 - 12);
  const wide = laid("down", ...[0, 1, 2, 3, 4, 5].map((i) => place(String(i), i * 120, 0)), place("below", 300, 1_000));
  expect(seen(wide, "0").left).toBeCloseTo(12);
});
