import { describe, expect, test } from "vitest";
import { instantIn } from "./instant-in.ts";

const read = (text: string, zone: string): string => new Date(instantIn(text, zone)).toISOString();

test.each([
  ["2001-01-01", "America/New_York", "2001-01-01T05:00:00.000Z"],
  ["2001-07-01", "America/New_York", "2001-07-01T04:00:00.000Z"],
  ["2001-07-01", "UTC", "2001-07-01T00:00:00.000Z"],
  ["2001-07-01T06:30", "Asia/Kathmandu", "2001-07-01T00:45:00.000Z"],
  ["2001-07-01T06:30:15.1234", "UTC", "2001-07-01T06:30:15.123Z"],
  ["2001-07-01T06:30Z", "America/New_York", "2001-07-01T06:30:00.000Z"],
  ["2001-07-01T06:30:00+02:00", "America/New_York", "2001-07-01T04:30:00.000Z"],
])("%s in %s", (text, zone, expected) => expect(read(text, zone)).toBe(expected));

describe("where the clocks change", () => {
  test("a time in a gap is as much later, and of two it is the second, as cron's", () => {
    expect(read("2025-03-09T02:30", "America/New_York")).toBe("2025-03-09T07:30:00.000Z");
    expect(read("2023-10-29T02:00", "Europe/Zurich")).toBe("2023-10-29T01:00:00.000Z");
  });
  test("a day begins at its first instant", () => {
    expect(read("2017-10-15", "America/Sao_Paulo")).toBe("2017-10-15T03:00:00.000Z"); // From 00:00 to 01:00.
    expect(read("2024-11-03", "America/Havana")).toBe("2024-11-03T04:00:00.000Z"); // From 01:00 back to 00:00.
    expect(read("2011-12-30", "Pacific/Apia")).toBe("2011-12-30T10:00:00.000Z"); // A day that there was not.
  });
});

test.each(["", "tomorrow", "2001", "2001-1-1", "2001-02-29", "2001-13-01", "0001-01-01", "2001-01-01 06:00", "2001-01-01T24:00", "2001-01-01T06", "2001-01-01T06:60", "2001-01-01Z", "01.01.2001", "2001-01-01T06:00+25:00"])("%j is refused", (text) => {
  expect(() => instantIn(text, "UTC", 'dag "daily", start')).toThrow(expect.objectContaining({ code: "MR-MODEL-012", message: expect.stringContaining('dag "daily", start') }));
});

test("so is a zone that does not exist", () => expect(() => instantIn("2001-01-01", "Mars/Olympus")).toThrow(/MR-MODEL-010/));
