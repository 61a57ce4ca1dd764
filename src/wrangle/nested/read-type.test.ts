import { expect, test } from "vitest";
import { varchar } from "./nested-type.ts";
import { withJsonTypes } from "./read-type.ts";
import { typeName } from "./type-names.ts";

const read = (text: string) => withJsonTypes([{ name: "c", type: varchar }], { C: text }, "a test")[0].type;

test("types are read as they are printed", () => {
  for (const text of ["long", "decimal(10,2)", "list<list<string>>", "struct<a: long, `b.``c`: list<struct<é: timestamptz>>>"]) expect(typeName(read(text))).toBe(text);
  expect(typeName(read(" STRUCT < a : Long ,b:list< json > > "))).toBe("struct<a: long, b: list<json>>");
});

test("what is no type is refused with the place, and 20,000 levels too", () => {
  for (const text of ["", "lung", "struct<>", "struct<a long>", "struct<a: long", "list<long>>", "list<long, long>", "struct<`a: long>", "decimal(40,1)"]) expect(() => read(text), text).toThrow(/MR-WRANGLE-001/);
  expect(() => read("list<".repeat(20_000))).toThrow(/MR-WRANGLE-002/);
});

test("a column that is no text keeps its type", () => {
  const field = { name: "c", type: { kind: "scalar", sql: "BIGINT" } as const };
  expect(withJsonTypes([field], { c: "struct<a: long>" }, "a test")).toEqual([field]);
});
