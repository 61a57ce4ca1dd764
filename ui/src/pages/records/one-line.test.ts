import { expect, test } from "vitest";
import { oneLine } from "./one-line.ts";

test("a value stands on one line, and a long one is cut", () => {
  expect(oneLine({ a: 1, b: "x", c: { d: [true, null] } })).toBe('a: 1  b: x  c: {"d":[true,null]}');
  expect(oneLine(null)).toBe("deletes its key");
  expect(oneLine({})).toBe("");
  expect(oneLine({ a: "y".repeat(1_000_000) }).length).toBeLessThan(320);
  expect(oneLine(Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`c${i}`, i]))).length).toBeLessThan(320);
});
