import { expect, test } from "vitest";
import type { Manifest } from "../../../../src/model/manifest.ts";
import { differenceSql, keyOf } from "./row-difference.ts";

test("without a key rows are gone or new; with one those that changed are told; names stay names", () => {
  const pair = { name: 's.t"', before: "1", after: "2" };
  const plain = differenceSql({ ...pair, key: [] });
  expect(plain).toContain('"s"."t""" at (version => 1)');
  expect(plain).toContain("select 'gone' as difference, * from gone union all select 'new', * from fresh");
  expect(differenceSql({ ...pair, key: ['a"b', "c"] })).toContain(`case when exists (select 1 from fresh where gone."a""b" is not distinct from fresh."a""b" and gone."c" is not distinct from fresh."c") then 'before' else 'gone' end`);
});

test("a key is the model's own, or what a check says is unique among all rows", () => {
  const manifest = (table: object) => ({ tables: { t: table } }) as unknown as Manifest;
  const unique = { kind: "unique", columns: ["a", "b"] };
  expect(keyOf(manifest({ model: { materialize: { kind: "merge", key: ["k"] }, checks: [unique] } }), "t")).toEqual(["k"]);
  expect(keyOf(manifest({ checks: [{ kind: "notNull", columns: ["x"] }, { ...unique, where: "a > 1" }, unique] }), "t")).toEqual(["a", "b"]);
  expect(keyOf(manifest({ model: { materialize: { kind: "table" }, checks: [unique] } }), "t")).toEqual(["a", "b"]);
  expect([keyOf(manifest({}), "t"), keyOf(manifest({}), "toString")]).toEqual([[], []]);
});
