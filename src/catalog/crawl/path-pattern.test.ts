import { expect, test } from "vitest";
import { pathPattern } from "./path-pattern.ts";

test.for([
  ["*.tmp", ["a.tmp", "x/y/a.tmp"], ["a.tmpx", "a/tmp"]],
  ["archive/", ["archive/", "archive/a.csv", "x/archive/y/a.csv"], ["archives/a.csv", "my-archive/a.csv"]],
  ["2019/**", ["2019/a.csv", "2019/x/a.csv"], ["2018/a.csv", "x/2019/a.csv"]],
  ["**/old/*.{csv,json}", ["old/a.csv", "x/y/old/a.json"], ["old/a.xml", "old/x/a.csv"]],
  ["a?.csv", ["ab.csv", "x/a1.csv"], ["a.csv", "a/.csv"]],
  ["sums (1+1).[csv]", ["sums (1+1).[csv]"], ["sums 11.c"]],
] as const)("%s", ([pattern, fits, others]) => {
  const isFit = pathPattern([pattern]);
  expect(fits.filter((path) => !isFit(path))).toEqual([]);
  expect(others.filter(isFit)).toEqual([]);
});

test("no pattern fits nothing", () => {
  expect(pathPattern([])("a.csv")).toBe(false);
});
