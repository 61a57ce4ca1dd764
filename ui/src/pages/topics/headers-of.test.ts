import { expect, test } from "vitest";
import { headersOf } from "./headers-of.ts";

test("each line is a header: a name, and all behind its colon", () => {
  expect(headersOf("")).toEqual([]);
  expect(headersOf("trace: a:b\n\n  trace:two \nempty:")).toEqual([["trace", "a:b"], ["trace", "two"], ["empty", ""]]);
});

test("what has no name is no header", () => {
  for (const text of ["trace", ": value", "a: 1\nb"]) expect(headersOf(text)).toBeUndefined();
});
