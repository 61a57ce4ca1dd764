import { expect, test } from "vitest";
import { fieldTime, startOf } from "./records-search.ts";

test("the address says where reading begins; what does not fit is not there", () => {
  expect(startOf({})).toEqual({});
  expect(startOf({ from: "start", filter: " a = 1 " })).toEqual({ from: "start", filter: "a = 1" });
  expect(startOf({ partition: "2", offset: "17", time: "2001-01-01" })).toEqual({ partition: 2, offset: 17 });
  expect(startOf({ offset: "17" })).toEqual({});
  expect(startOf({ partition: "-1", offset: "x", from: "elsewhere", filter: "  " })).toEqual({});
  expect(startOf({ partition: "1", time: "2001-03-01T12:00:00Z" })).toEqual({ partition: 1, time: "2001-03-01T12:00:00.000Z" });
  expect(startOf({ time: "soon" })).toEqual({});
  expect(startOf({ cursor: "0:5,1:7", from: "start", filter: "x" })).toEqual({ cursor: "0:5,1:7", filter: "x" });
});

test("a moment goes into the browser's field and comes out the same", () => {
  const at = new Date(2001, 2, 4, 5, 6, 7);
  expect(fieldTime(at.toISOString())).toBe("2001-03-04T05:06:07");
  expect(new Date(fieldTime(at.toISOString())).getTime()).toBe(at.getTime());
  expect([fieldTime(undefined), fieldTime("soon")]).toEqual(["", ""]);
});
