import { expect, test } from "vitest";
import { lastKnown, withGaps } from "./chart-data.ts";

test("a line breaks where points are missing, and nowhere else", () => {
  expect(withGaps([1, 2, 3], [[5, null, 7]], 1)).toEqual({ at: [1, 2, 3], series: [[5, null, 7]] });
  expect(withGaps([1_000, 2_000, 9_000, 10_000], [[1, 2, 3, 4], [null, 5, 6, null]], 1_000)).toEqual({ at: [1_000, 2_000, 3_000, 9_000, 10_000], series: [[1, 2, null, 3, 4], [null, 5, null, 6, null]] });
  expect(withGaps([], [[]], 10)).toEqual({ at: [], series: [[]] });
});

test("the last value that is known", () => {
  expect([lastKnown([1, 2, null]), lastKnown([null]), lastKnown([])]).toEqual([1, -1, -1]);
});
