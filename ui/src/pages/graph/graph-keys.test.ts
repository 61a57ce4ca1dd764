import { expect, test } from "vitest";
import { readingOrder, stepTo } from "./graph-keys.ts";
import type { Placed } from "../../design/graph/box.ts";

const place = (id: string, x: number, y: number): [string, Placed] => [id, { id, x, y, width: 10, height: 10 }];
const places = new Map([place("c", 100, 0), place("a", 0, 0), place("d", 100, 50), place("b", 0, 50)]);
const edges = [{ from: "a", to: "d", kind: "data" as const }, { from: "a", to: "c", kind: "data" as const }, { from: "b", to: "d", kind: "order" as const }];

test("arrows go along edges and through the layers", () => {
  expect(readingOrder(places)).toEqual(["a", "b", "c", "d"]);
  const step = (key: string, from: string): string | undefined => stepTo(key, from, edges, places);
  expect([step("ArrowRight", "a"), step("ArrowLeft", "d"), step("ArrowDown", "b"), step("ArrowUp", "a")]).toEqual(["c", "b", "c", undefined]);
  expect([step("Home", "d"), step("End", "a"), step("ArrowRight", "d"), step("ArrowDown", "gone")]).toEqual(["a", "d", undefined, "a"]);
});
