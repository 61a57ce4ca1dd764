import { expect, test } from "vitest";
import { metricsOf, seriesPoints } from "./series-points.ts";

const versions = [1, 2, 3].map((n) => ({ version: String(n), at: `2026-01-0${n}T00:00:00.000Z`, values: { rows: n * 10, ...(n > 1 && { "added rows": 10 }) } }));
const odd = { metric: "added rows", at: "2026-01-03T00:00:00.000Z", value: 10, expected: 50, usual: [40, 60], score: -9, text: "few" };

test("a figure's points carry what was odd about them, and what was odd comes first", () => {
  expect(metricsOf(versions, [odd])).toEqual(["added rows", "rows"]);
  expect(seriesPoints(versions, [odd], "added rows")).toEqual([{ at: Date.parse("2026-01-02"), value: 10, odd: undefined }, { at: Date.parse("2026-01-03"), value: 10, odd }]);
  expect(seriesPoints(versions, [odd], "rows").every((point) => point.odd === undefined)).toBe(true);
  expect(seriesPoints(versions, [], "toString")).toEqual([]);
});
