import { expect, test } from "vitest";
import { covers, type IntervalSet, withInterval } from "./interval-set.ts";

test("spans that meet become one", () => {
  let set: IntervalSet = [];
  for (const [start, end] of [[10, 20], [30, 40], [50, 60], [20, 30], [5, 7], [7, 9]]) set = withInterval(set, start, end);
  expect(set).toEqual([[5, 9], [10, 40], [50, 60]]);
  expect(withInterval(set, 0, 100)).toEqual([[0, 100]]);
  expect(withInterval(set, 3, 3)).toBe(set);
});

test("a span is covered by one that holds all of it", () => {
  const set: IntervalSet = [[0, 10], [20, 30]];
  expect(covers(set, 2, 10)).toBe(true);
  expect(covers(set, 8, 22)).toBe(false);
  expect(covers(set, 30, 31)).toBe(false);
});

test("in any order the same set comes out", () => {
  const spans = Array.from({ length: 200 }, (_, i) => [(i * 7919) % 1_000, ((i * 7919) % 1_000) + 3] as const);
  const sets = [spans, [...spans].reverse(), [...spans].sort((a, b) => a[0] - b[0])].map((all) => all.reduce<IntervalSet>((set, [start, end]) => withInterval(set, start, end), []));
  expect(sets[1]).toEqual(sets[0]);
  expect(sets[2]).toEqual(sets[0]);
  for (let at = 0; at < 1_002; at++) expect(covers(sets[0], at, at + 1)).toBe(spans.some(([start, end]) => start <= at && at < end));
});
