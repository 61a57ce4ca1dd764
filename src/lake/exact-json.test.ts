import { expect, test } from "vitest";
import { parseExact, stringifyExact } from "./exact-json.ts";

test("ids of 63 bits survive; other numbers stay numbers", () => {
  const text = '{"snapshot-id":9223372036854775807,"current-snapshot-id":-1,"parent-snapshot-id":5,"n":5,"big":9007199254740993,"x":1.5,"s":"9223372036854775807"}';
  const value = parseExact(text) as Record<string, unknown>;
  expect(value).toEqual({ "snapshot-id": 9223372036854775807n, "current-snapshot-id": -1n, "parent-snapshot-id": 5n, n: 5, big: 9007199254740993n, x: 1.5, s: "9223372036854775807" });
  expect(stringifyExact(value)).toBe(text);
});
