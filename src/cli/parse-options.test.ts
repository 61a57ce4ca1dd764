import { expect, test } from "vitest";
import { duration, header, startingPoint, timestamp, wholeNumber } from "./parse-options.ts";

test("where reading begins", () => {
  expect(startingPoint("start")).toEqual({ from: "start" });
  expect(startingPoint("12")).toEqual({ offset: 12 });
  expect(startingPoint("2026-01-31T12:00:00+01:00")).toEqual({ time: "2026-01-31T11:00:00.000Z" });
  expect(startingPoint("2026-01-31")).toEqual({ time: "2026-01-31T00:00:00.000Z" });
  for (const text of ["", "begin", "-1", "1.5", "31.1.2026", "2026-99-99"]) expect(() => startingPoint(text)).toThrow(/start/);
});

test("numbers, durations, headers, times", () => {
  expect(wholeNumber(0, 9)("9")).toBe(9);
  for (const text of ["10", "-1", "1e1", "0x1", " 1", "", "99999999999999999999"]) expect(() => wholeNumber(0, 9)(text)).toThrow(/from 0 to 9/);
  expect(duration("1h30m")).toBe("1h30m");
  expect(() => duration("soon")).toThrow(/30s/);
  expect(header("b==2", [["a", "1"]])).toEqual([["a", "1"], ["b", "=2"]]);
  expect(() => header("=x")).toThrow(/name=value/);
  expect(() => timestamp("yesterday")).toThrow(/time/);
});
