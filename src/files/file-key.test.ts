import fc from "fast-check";
import { expect, test } from "vitest";
import { keyToPath, pathToKey } from "./file-key.ts";

test.each([
  ["sales/day=2001-01-01/a.parquet", "sales/day=2001-01-01/a.parquet"],
  ["t/ü b", "t/%C3%BC%20b"],
  ["t/.x", "t/%2Ex"],
  ["\uE000", "%EE%80%80"],
  ["\uE000a", "%EE%80%80a"],
])("key %j is path %j", (key, path) => {
  expect([keyToPath(key), pathToKey(path)]).toEqual([path, key]);
});

test.each([["t/city=New+York/0.parquet"], ["t/a=x%2Fy/0.parquet"], ["t/a=what%21/0"], ["t/100%/a"], ["t/%zz"], ["t/%c3%bc"], [`t/${"x".repeat(255)}`], ["t/%EE%80%80a+b"], ["t/ü"]])("%j, as another program calls a file, has a key", (path) => {
  const key = pathToKey(path) as string;
  expect(key.split("/")).toHaveLength(path.split("/").length);
  expect(keyToPath(key)).toBe(path);
});

test.each([[""], ["a//b"], ["."], [".."], ["a/../b"], [".staging/x"], ["a/.x.crc"], ["a\\b"], ["a\0"], ["x".repeat(256)]])("%j is the path of no key", (path) => {
  expect(pathToKey(path)).toBeUndefined();
});

test("keys and paths stand for one another, one to one", () => {
  const text = fc.oneof(fc.string({ unit: "binary", maxLength: 20 }), fc.stringMatching(/^[\uE000%A-F0-9a+=. /-]{0,12}$/));
  fc.assert(
    fc.property(text, (path) => {
      const key = pathToKey(path);
      if (key !== undefined) expect(keyToPath(key)).toBe(path);
    }),
    { numRuns: 2_000 },
  );
  fc.assert(
    fc.property(text, (key) => {
      fc.pre(key.isWellFormed() && !key.split("/").includes(""));
      expect(pathToKey(keyToPath(key))).toBe(key);
    }),
    { numRuns: 2_000 },
  );
});
