import { expect, test } from "vitest";
import { recordSkeleton } from "./record-skeleton.ts";

test("a record to be filled in has each field that must be there, with a value of its type", () => {
  const columns = [...["integer", "number", "boolean", "timestamp", "date", "json", "string"].map((type) => ({ name: type, type })), { name: "left out", type: "string", optional: true }];
  expect(JSON.parse(recordSkeleton(columns, new Date(0)))).toEqual({ integer: 0, number: 0, boolean: false, timestamp: "1970-01-01T00:00:00.000Z", date: "1970-01-01", json: {}, string: "" });
});
