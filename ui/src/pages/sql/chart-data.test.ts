import { expect, test } from "vitest";
import { isNumberType } from "./cell-text.ts";
import { chartData, defaultAxes, seriesMax } from "./chart-data.ts";

test("rows become points by series, in the order of the axis, and what is not drawn is counted", () => {
  const data = chartData([3, 1, 2, 1, 1], { isNumber: true, isTime: false }, ["30", 10, null, 11, 5], "n", ["a", "a", "a", "a", "b"]);
  expect(data).toEqual({ x: [1, 3], labels: undefined, isTime: false, series: [{ name: "a", values: [11, 30] }, { name: "b", values: [5, null] }], hidden: 2, more: 0 });
});

test("texts stand along the axis in the order of the rows, times by the clock", () => {
  expect(chartData(["LAX", null, "ATL"], { isNumber: false, isTime: false }, [1, 2, 3], "flights")).toMatchObject({ x: [0, 1, 2], labels: ["LAX", "null", "ATL"], series: [{ name: "flights", values: [1, 2, 3] }] });
  expect(chartData(["2001-01-02", "2001-01-01T00:00:00.000Z"], { isNumber: false, isTime: true }, [1, 2], "n").x).toEqual([978_307_200, 978_393_600]);
});

test("of more series than can be told apart the first are drawn", () => {
  const names = Array.from({ length: seriesMax + 3 }, (_, i) => `s${i}`);
  const data = chartData(names.map(() => 1), { isNumber: true, isTime: false }, names.map(() => 1), "n", names);
  expect([data.series.length, data.more]).toEqual([seriesMax, 3]);
});

test("a time and a number are what is drawn first", () => {
  const of = (...types: string[]) => defaultAxes(types.map((type) => ({ name: type, type })), isNumberType);
  expect(of("VARCHAR", "BIGINT")).toEqual({ x: 0, y: 1 });
  expect(of("VARCHAR", "BIGINT", "TIMESTAMP WITH TIME ZONE")).toEqual({ x: 2, y: 1 });
  expect(of("BIGINT", "DOUBLE")).toEqual({ x: 0, y: 1 });
  expect(of("VARCHAR", "VARCHAR").y).toBe(-1);
});
