import { expect, test } from "vitest";
import { commonZone, intervalText, momentText } from "./moment-text.ts";

const zone = "America/New_York";

test("times are those on the zone's clocks, as exact as need be", () => {
  expect(momentText("2001-01-31T11:00:00.000Z", zone)).toBe("2001-01-31 06:00");
  expect(momentText("2001-07-31T11:00:30.000Z", zone)).toBe("2001-07-31 07:00:30");
  expect(momentText("2001-01-31T11:00:00.250Z", "UTC")).toBe("2001-01-31 11:00");
  expect(momentText("2001-01-31T11:00:01.999Z", "UTC")).toBe("2001-01-31 11:00:01");
  expect(momentText("2001-01-31T11:00:00.000Z", "Asia/Kathmandu")).toBe("2001-01-31 16:45");
  expect(momentText(null, zone)).toBe("");
});

test("where the clocks show a time twice, the offset tells which", () => {
  expect(momentText("2001-10-28T05:30:00.000Z", zone)).toBe("2001-10-28 01:30-04:00");
  expect(momentText("2001-10-28T06:30:00.000Z", zone)).toBe("2001-10-28 01:30-05:00");
  expect(intervalText({ start: "2001-10-28T05:30:00.000Z", end: "2001-10-28T06:30:00.000Z" }, zone)).toBe("2001-10-28 01:30-04:00 to 01:30-05:00");
});

test("intervals: a day of the zone by its date, however long it is", () => {
  expect(intervalText({ start: "2001-01-31T05:00:00.000Z", end: "2001-02-01T05:00:00.000Z" }, zone)).toBe("2001-01-31");
  expect(intervalText({ start: "2001-04-01T05:00:00.000Z", end: "2001-04-02T04:00:00.000Z" }, zone)).toBe("2001-04-01");
  expect(intervalText({ start: "2001-01-31T05:00:00.000Z", end: "2001-02-01T05:00:00.000Z" }, "UTC")).toBe("2001-01-31 05:00 to 2001-02-01 05:00");
  expect(intervalText({ start: "2001-01-01T00:00:00.000Z", end: "2001-02-01T00:00:00.000Z" }, "UTC")).toBe("2001-01-01 00:00 to 2001-02-01 00:00");
  expect(intervalText({ start: "2001-01-01T06:00:00.000Z", end: "2001-01-01T06:00:00.500Z" }, "UTC")).toBe("2001-01-01 06:00 to 06:00:00.500");
  expect(intervalText({ start: "2001-01-01T06:00:00.500Z", end: "2001-01-01T06:00:00.500Z" }, "UTC")).toBe("2001-01-01 06:00");
  expect(intervalText({ start: "2001-01-01T06:00:00.000Z", end: "2001-01-01T07:00:00.000Z" }, "UTC")).toBe("2001-01-01 06:00 to 07:00");
});

test("one zone for a table, else UTC", () => {
  expect(commonZone([zone, zone])).toBe(zone);
  expect(commonZone([zone, "UTC"])).toBe("UTC");
  expect(commonZone([])).toBe("UTC");
});
