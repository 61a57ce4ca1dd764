import { expect, test } from "vitest";
import { middleOf, pathOf } from "./route.ts";

const around = [{ x: 0, y: 0 }, { x: 0, y: 10 }, { x: 100, y: 10 }, { x: 100, y: 60 }];

test("a route's corners are round, and never rounder than half of the way between two", () => {
  expect(pathOf(around)).toBe("M0 0L0 5Q0 10 8 10L92 10Q100 10 100 18L100 60");
  expect(pathOf([{ x: 0, y: 0 }, { x: 9, y: 0 }])).toBe("M0 0L9 0");
  expect(pathOf([{ x: 0, y: 0 }, { x: 0, y: 0 }, { x: 4, y: 0 }])).toBe("M0 0L0 0Q0 0 2 0L4 0");
});

test("what stands on a route stands in the middle of its longest part", () => {
  expect(middleOf(around)).toEqual({ x: 50, y: 10 });
  expect(middleOf([{ x: 0, y: 4 }, { x: 0, y: 4 }])).toEqual({ x: 0, y: 4 });
});
