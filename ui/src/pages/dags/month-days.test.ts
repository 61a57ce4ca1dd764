import { expect, test } from "vitest";
import { dayAfter, isDay, spanOf, weeksOf } from "./month-days.ts";

test("a month has its days once, in weeks that begin on Monday", () => {
  const weeks = weeksOf(2001, 1);
  expect(weeks[0]).toEqual(["2001-01-01", "2001-01-02", "2001-01-03", "2001-01-04", "2001-01-05", "2001-01-06", "2001-01-07"]);
  expect(weeks.at(-1)?.slice(2)).toEqual(["2001-01-31", null, null, null, null]);
  expect(weeksOf(2024, 2).flat().filter(Boolean)).toHaveLength(29);
  expect(weeksOf(2026, 11)[0].filter(Boolean)).toEqual(["2026-11-01"]);
});

test("days follow each other over the ends of months and years", () => {
  expect(dayAfter("2000-12-31", 1)).toBe("2001-01-01");
  expect(dayAfter("2001-03-01", -1)).toBe("2001-02-28");
  expect(spanOf("2001-02-01", "2001-01-05")).toEqual({ from: "2001-01-05", to: "2001-02-01" });
  expect(["2001-02-29", "2001-2-1", "x", undefined, "2001-02-28"].map(isDay)).toEqual([false, false, false, false, true]);
});
