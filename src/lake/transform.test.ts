import { expect, test } from "vitest";
import { murmur3 } from "./murmur3.ts";
import type { IcebergType } from "./iceberg-type.ts";
import type { SourceValue } from "./transform.ts";
import { transformOf } from "./transform.ts";

const micros = (iso: string, rest = 0n) => BigInt(Date.parse(iso)) * 1000n + rest;
const days = (iso: string) => Date.parse(iso) / 86_400_000;
const apply = (name: string, value: SourceValue, source: IcebergType = "string") => transformOf(name)?.apply(value, source);
/** Buckets are the hash's low 31 bits: so many of them show the hash itself. */
const hash = (value: SourceValue) => apply(`bucket[${2 ** 31 - 1}]`, value);
const bucketOfHash = (signed: number) => (signed & 0x7fff_ffff) % (2 ** 31 - 1);

// Iceberg's specification, appendix B, "32-bit hash requirements".
test.each<[string, SourceValue, number]>([
  ["int or long 34", 34, 2017239379],
  ["date 2017-11-16", days("2017-11-16"), -653330422],
  ["timestamptz 2017-11-16T14:31:08-08:00", micros("2017-11-16T14:31:08-08:00"), -2047944441],
  ["timestamptz 2017-11-16T14:31:08.000001-08:00", micros("2017-11-16T14:31:08-08:00", 1n), -1207196810],
  ["string iceberg", "iceberg", 1210000089],
])("the published hash of %s", (_label, value, published) => {
  expect(hash(value)).toBe(bucketOfHash(published));
});

test("the published hash of four bytes, and hashes of every length of tail", () => {
  expect(murmur3(Uint8Array.from([0, 1, 2, 3]))).toBe(-188683207);
  // Reference values of MurmurHash3_x86_32 with seed 0.
  expect(murmur3(new Uint8Array())).toBe(0);
  expect(murmur3(Buffer.from("hello")) >>> 0).toBe(0x248bfa47);
  expect(murmur3(Buffer.from("hello, world")) >>> 0).toBe(0x149bbb7f);
  expect(murmur3(Buffer.from("The quick brown fox jumps over the lazy dog")) >>> 0).toBe(0x2e4ff723);
});

test("an integer hashes alike as number and as bigint, negative ones too", () => {
  for (const value of [0, 1, -1, 34, -34, 2 ** 31, -(2 ** 31), 2 ** 32 + 1, -(2 ** 40) - 3, Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]) {
    expect(hash(value), String(value)).toBe(hash(BigInt(value)));
  }
});

// The specification's examples of truncation.
test.each<[number, number]>([[1, 0], [-1, -10], [0, 0], [9, 0], [10, 10], [-10, -10], [-11, -20]])("truncate[10] of %i is %i", (value, cut) => {
  expect(apply("truncate[10]", value)).toBe(cut);
});

test("text is cut after characters, not after code units", () => {
  expect(apply("truncate[3]", "iceberg")).toBe("ice");
  expect(apply("truncate[3]", "ic")).toBe("ic");
  expect(apply("truncate[2]", "𝄞𝄞𝄞")).toBe("𝄞𝄞");
});

test.each<[string, string, number, number, number, number]>([
  ["2017-12-01T10:12:55.038Z", "after 1970", 47, 575, 17501, 420034],
  ["1970-01-01T00:00:00.000Z", "1970 itself", 0, 0, 0, 0],
  ["1969-12-31T23:59:59.999Z", "just before 1970", -1, -1, -1, -1],
  ["1968-02-29T01:00:00.000Z", "long before 1970", -2, -23, -672, -16127],
])("calendar transforms of %s, %s", (iso, _label, year, month, day, hour) => {
  const at = micros(iso);
  expect([apply("year", at), apply("month", at), apply("day", at), apply("hour", at)]).toEqual([year, month, day, hour]);
  const date = Math.floor(Date.parse(iso) / 86_400_000);
  expect([apply("year", date), apply("month", date), apply("day", date)]).toEqual([year, month, day]);
});

test("a transform of a later format is not guessed", () => {
  expect(transformOf("zorder")).toBeUndefined();
  expect(transformOf("void")).toBeUndefined();
});
