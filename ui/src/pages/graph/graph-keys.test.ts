import { expect, test } from "vitest";
import type { Placed } from "../../design/graph/box.ts";
import { readingOrder, stepTo } from "./graph-keys.ts";

const place = (id: string, x: number, y: number): [string, Placed] => [id, { id, x, y, width: 10, height: 10 }];
const places = new Map([place("c", 100, 0), place("a", 0, 0), place("d", 100, 50), place("b", 0, 50)]);
const edges = [{ from: "a", to: "d" }, { from: "a", to: "c" }, { from: "b", to: "d" }];

test("arrows go along edges and through the layers", () => {
  const laid = { direction: "right" as const, places };
  expect(readingOrder(laid)).toEqual(["a", "b", "c", "d"]);
  const step = (key: string, from: string): string | undefined => stepTo(key, from, edges, laid);
  expect([step("ArrowRight", "a"), step("ArrowLeft", "d"), step("ArrowDown", "b"), step("ArrowUp", "a")]).toEqual(["c", "b", "c", undefined]);
  expect([step("Home", "d"), step("End", "a"), step("ArrowRight", "d"), step("ArrowDown", "gone")]).toEqual(["a", "d", undefined, "a"]);
});

test("where edges lead downwards, so do the arrows", () => {
  const laid = { direction: "down" as const, places: new Map([...places].map(([id, { x, y, ...rest }]) => [id, { ...rest, x: y, y: x }])) };
  expect(readingOrder(laid)).toEqual(["a", "b", "c", "d"]);
  const step = (key: string, from: string): string | undefined => stepTo(key, from, edges, laid);
  expect([step("ArrowDown", "a"), step("ArrowUp", "d"), step("ArrowRight", "b"), step("ArrowLeft", "a")]).toEqual(["c", "b", "c", undefined]);
});
