import { expect, test } from "vitest";
import { isNumberType } from "./cell-text.ts";
import { chartData, defaultAxes, seriesMax, timeKindOf } from "./chart-data.ts";

test("rows become points by series, in the order of the axis, and what is not drawn is counted", () => {
  const data = chartData([3, 1, 2, 1, 1], { isNumber: true, time: undefined }, ["30", 10, null, 11, 5], "n", ["a", "a", "a", "a", "b"]);
  expect(data).toEqual({ x: [1, 3], labels: undefined, time: undefined, said: ["1", "3"], series: [{ name: "a", values: [11, 30], said: ["11", "30"] }, { name: "b", values: [5, null], said: ["5", null] }], hidden: 2, more: 0 });
});

test("texts stand along the axis in the order of the rows, times by the clock", () => {
  expect(chartData(["LAX", null, "ATL"], { isNumber: false, time: undefined }, [1, 2, 3], "flights")).toMatchObject({ x: [0, 1, 2], labels: ["LAX", "null", "ATL"], series: [{ name: "flights", values: [1, 2, 3] }] });
  expect(chartData(["2001-01-02", "2001-01-01T00:00:00.000Z"], { isNumber: false, time: "instant" }, [1, 2], "n").x).toEqual([978_307_200, 978_393_600]);
});

test("of more series than can be told apart the first are drawn", () => {
  const names = Array.from({ length: seriesMax + 3 }, (_, i) => `s${i}`);
  const data = chartData(names.map(() => 1), { isNumber: true, time: undefined }, names.map(() => 1), "n", names);
  expect([data.series.length, data.more]).toEqual([seriesMax, 3]);
});

test("a time and a number are what is drawn first", () => {
  const of = (...types: string[]) => defaultAxes(types.map((type) => ({ name: type, type })), isNumberType);
  expect(of("VARCHAR", "BIGINT")).toEqual({ x: 0, y: 1 });
  expect(of("VARCHAR", "BIGINT", "TIMESTAMP WITH TIME ZONE")).toEqual({ x: 2, y: 1 });
  expect(of("BIGINT", "DOUBLE")).toEqual({ x: 0, y: 1 });
  expect(of("VARCHAR", "VARCHAR").y).toBe(-1);
});

test("times without a zone stand where they are, on the day of a clock change too; what is said of them and of long numbers is said whole", () => {
  const texts = ["2024-03-31T02:30:00", "2024-03-31T03:30:00", "2024-01-01", "2024-01-01T00:00:00.123456"];
  const data = chartData(texts, { isNumber: false, time: "clock" }, ["9007199254740993", 2, 3, 4], "n");
  expect(data.x).toEqual([Date.UTC(2024, 0, 1) / 1_000, Date.UTC(2024, 0, 1) / 1_000 + 0.123, Date.UTC(2024, 2, 31, 2, 30) / 1_000, Date.UTC(2024, 2, 31, 3, 30) / 1_000]);
  expect([data.hidden, data.said, data.series[0].said]).toEqual([0, [texts[2], texts[3], texts[0], texts[1]], ["3", "4", "9007199254740993", "2"]]);
  expect(["TIMESTAMP", "DATE", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_NS", "DATE[]", "VARCHAR"].map(timeKindOf)).toEqual(["clock", "clock", "instant", "clock", undefined, undefined]);
});
