import fc from "fast-check";
import { expect, test } from "vitest";
import type { Box, Placed } from "../box.ts";
import { layOutLayered } from "./lay-out-layered.ts";

const size = { width: 190, height: 52 };
const box = (id: string | number): Box => ({ id: String(id), ...size });
const overlap = (a: Placed, b: Placed): boolean => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
const laidOut = (ids: string[], edges: [string, string][]): Record<string, Placed> => Object.fromEntries(layOutLayered(ids.map(box), edges.map(([from, to]) => ({ from, to }))).map((place) => [place.id, place]));

test("each box has a place, no two share one, and edges go to the right", () => {
  const graphs = fc.integer({ min: 1, max: 30 }).chain((count) => fc.record({ count: fc.constant(count), edges: fc.array(fc.tuple(fc.nat(count - 1), fc.nat(count - 1)), { maxLength: 60 }) }));
  fc.assert(
    fc.property(graphs, ({ count, edges }) => {
      const forward = edges.filter(([from, to]) => from < to).map(([from, to]) => ({ from: String(from), to: String(to) }));
      const places = layOutLayered(Array.from({ length: count }, (_, i) => box(i)), forward);
      const byId = new Map(places.map((place) => [place.id, place]));
      expect(byId.size).toBe(count);
      for (const { from, to } of forward) expect((byId.get(from) as Placed).x + size.width).toBeLessThan((byId.get(to) as Placed).x);
      for (const [i, a] of places.entries()) for (const b of places.slice(i + 1)) expect(overlap(a, b)).toBe(false);
    }),
    { numRuns: 60 },
  );
});

test("a circle and an edge to itself are laid out too, and an edge to nobody is left out", () => {
  const { a, b, c } = laidOut(["a", "b", "c"], [["a", "b"], ["b", "c"], ["c", "a"], ["b", "b"], ["a", "gone"]]);
  expect([a.x < b.x, b.x < c.x]).toEqual([true, true]);
});

test("ways that need not cross do not, and what leads straight on stands straight", () => {
  const places = laidOut(["a", "b", "c", "A", "B", "C", "end"], [["c", "C"], ["a", "A"], ["b", "B"], ["A", "end"], ["B", "end"], ["C", "end"]]);
  const rows = (names: string): string => [...names].sort((x, y) => places[x].y - places[y].y).join("").toLowerCase();
  expect(rows("abc")).toBe(rows("ABC"));
  for (const name of "abc") expect(places[name].y).toBeCloseTo(places[name.toUpperCase()].y);
});

test("a source stands before what it leads to, not at the far left", () => {
  const { late, d } = laidOut(["a", "b", "c", "d", "late"], [["a", "b"], ["b", "c"], ["c", "d"], ["late", "d"]]);
  expect(d.x - late.x).toBe(size.width + 72);
});

test("parts that nothing joins stand beside each other, as a screen is shaped", () => {
  const places = layOutLayered(Array.from({ length: 400 }, (_, i) => box(i)), Array.from({ length: 200 }, (_, i) => ({ from: String(2 * i), to: String(2 * i + 1) })));
  const [width, height] = [Math.max(...places.map(({ x }) => x)), Math.max(...places.map(({ y }) => y))];
  expect(width / height).toBeGreaterThan(1.2);
  expect(width / height).toBeLessThan(2.6);
});
