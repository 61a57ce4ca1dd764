import { expect, test } from "vitest";
import { quantileOf } from "./quantile-of.ts";

test("the share of values that are not above", () => {
  const values = Array.from({ length: 100 }, (_, i) => 100 - i);
  expect([0, 0.5, 0.95, 1].map((q) => quantileOf(values, q))).toEqual([1, 50, 95, 100]);
  expect(quantileOf([7], 0.95)).toBe(7);
});
