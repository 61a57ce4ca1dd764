import fc from "fast-check";
import { expect, test } from "vitest";
import { compareValues, decodeValue, encodeLowerBound, encodeUpperBound, encodeValue, parseBound, parseDays } from "./single-value.ts";

test("values in Iceberg's binary form", () => {
  expect([...encodeValue("boolean", true)]).toEqual([1]);
  expect([...encodeValue("int", 34)]).toEqual([34, 0, 0, 0]);
  expect([...encodeValue("date", -1)]).toEqual([255, 255, 255, 255]);
  expect([...encodeValue("long", 34n)]).toEqual([34, 0, 0, 0, 0, 0, 0, 0]);
  expect([...encodeValue("timestamptz", -1n)]).toEqual(new Array(8).fill(255));
  expect([...encodeValue("double", 1)]).toEqual([0, 0, 0, 0, 0, 0, 240, 63]);
  expect([...encodeValue("string", "ü")]).toEqual([195, 188]);
});

test("a bound of four bytes under a type of eight is from before a promotion", () => {
  expect(decodeValue("long", Uint8Array.from([255, 255, 255, 255]))).toBe(-1n);
  expect(decodeValue("double", encodeValue("float", 1.5))).toBe(1.5);
});

test("bounds of any text hold it, in 16 characters at most", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
      const lower = decodeValue("string", encodeLowerBound("string", text)) as string;
      const upper = encodeUpperBound("string", text);
      expect([...lower].length).toBeLessThanOrEqual(16);
      expect(compareValues(lower, text)).toBeLessThanOrEqual(0);
      if (upper !== undefined) expect(Buffer.compare(upper, Buffer.from(text))).toBeGreaterThanOrEqual(0);
    }),
  );
});

test("an upper bound skips what is no character, and is left out where none is above", () => {
  expect(encodeUpperBound("string", `${"a".repeat(15)}\uD7FFx`)?.toString()).toBe(`${"a".repeat(15)}\uE000`);
  expect(encodeUpperBound("string", `${"a".repeat(15)}\u{10FFFF}x`)?.toString()).toBe(`${"a".repeat(14)}b`);
  expect(encodeUpperBound("string", "\u{10FFFF}".repeat(17))).toBeUndefined();
});

test("bounds as DuckDB prints them", () => {
  expect(parseBound("timestamptz", "2001-01-01 00:00:00+00")).toBe(978307200000000n);
  expect(parseBound("timestamptz", "1969-12-31 23:59:59.999999+00")).toBe(-1n);
  expect(parseBound("timestamptz", "0044-03-15 (BC) 00:00:00+00")).toBeUndefined();
  expect(parseBound("date", "1970-01-02")).toBe(1);
  expect(parseBound("long", "9223372036854775807")).toBe(9223372036854775807n);
  expect(parseBound("double", "1.5e+300")).toBe(1.5e300);
  expect(parseBound("double", "inf")).toBeUndefined();
  expect(parseBound("boolean", "true")).toBe(true);
});

test("only dates of the calendar are dates", () => {
  expect(parseDays("2000-02-29")).toBe(11016);
  expect(parseDays("0001-01-01")).toBe(-719162);
  expect(parseDays("+012345-01-01")).toBeGreaterThan(3_000_000);
  for (const text of ["2001-02-29", "2001-13-01", "2001-1-1", "", "2001-01-01T00:00:00Z", "today"]) expect(parseDays(text)).toBeUndefined();
});
