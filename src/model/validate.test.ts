import * as v from "valibot";
import { expect, test } from "vitest";
import { z } from "zod";
import { readSchema } from "./schema.ts";
import { compileValidator, violationsMax } from "./validate.ts";

const schema = z.object({
  at: z.iso.datetime(),
  delay: z.int(),
  share: z.number().min(0).nullable(),
  origin: z.string().min(3),
  note: z.string().optional(),
  level: z.enum(["low", "high"]).default("low"),
  stops: z.array(z.object({ code: z.string() })).optional(),
  mixed: z.union([z.string(), z.boolean()]).optional(),
});
const validate = compileValidator(readSchema(schema, "topic").jsonSchema);
const good = { at: "2001-01-01T00:00:00Z", delay: -4, share: null, origin: "SFO" };

test("a good record has no violations, and gets its defaults", () => {
  const record: Record<string, unknown> = { ...good };
  expect(validate(record)).toEqual([]);
  expect(record.level).toBe("low");
});

test("every violation names field, rule and what must be", () => {
  const violations = validate({ at: "yesterday", delay: 1.5, share: -1, level: "mid", extra: 1, stops: [{ code: "A" }, { code: 2 }], mixed: 4 });
  expect(violations.map(({ field, rule }) => `${field} ${rule}`).sort()).toEqual(["at format", "delay type", "extra additionalProperties", "level enum", "mixed type", "origin required", "share minimum", "stops[1].code type"]);
  expect(violations.find(({ field }) => field === "origin")?.message).toBe("is required");
});

test("nothing is coerced", () => {
  expect(validate({ ...good, delay: "4" })).toEqual([{ field: "delay", rule: "type", message: "must be integer" }]);
  expect(validate({ ...good, delay: 2 ** 60 }).map(({ rule }) => rule)).toEqual(["maximum"]);
});

test.each(["2001-01-01T00:00:00Z", "2001-01-01T00:00Z", "2001-01-01T00:00:00.123456Z", "2001-12-31T23:59:59+05:30", "2000-02-29T00:00:00-08:00"])("%s is a timestamp", (at) => {
  expect(validate({ ...good, at })).toEqual([]);
});

test.each(["2001-01-01", "2001-01-01T00:00:00", "2001-02-30T00:00:00Z", "2001-02-29T00:00:00Z", "2001-13-01T00:00:00Z", "2001-01-01T24:30:00Z", "2001-01-01T00:00:61Z", "2001-01-01 00:00:00Z", "2001-01-01T00:00:00+25:00", ""])("%s is none", (at) => {
  expect(validate({ ...good, at }).map(({ field, rule }) => `${field} ${rule}`)).toEqual(["at format"]);
});

test("what is not an object at all is told of the record itself", () => {
  for (const value of [null, 4, "x", [], undefined]) expect(validate(value)).toEqual([{ field: "", rule: "type", message: "must be object" }]);
});

test("keys that play with prototypes are refused, and inherited ones do not count", () => {
  expect(validate(JSON.parse('{"at":"2001-01-01T00:00:00Z","delay":1,"share":1,"origin":"SFO","stops":[{"code":"a","__proto__":{"x":1}}]}'))).toEqual([{ field: "stops[0].__proto__", rule: "propertyNames", message: "must not be named __proto__" }]);
  const needsToString = compileValidator({ type: "object", properties: { toString: { type: "string" } }, required: ["toString"], additionalProperties: false });
  expect(needsToString({})).toEqual([{ field: "toString", rule: "required", message: "is required" }]);
});

test("of a union that only adds null, the branch that is meant is told; of any other, the union", () => {
  const union = compileValidator(readSchema(v.object({ a: v.nullable(v.pipe(v.number(), v.minValue(0))), b: v.union([v.number(), v.array(v.string())]) }), "topic").jsonSchema);
  expect(union({ a: -1, b: "x" }).map(({ field, rule }) => `${field} ${rule}`)).toEqual(["a minimum", "b anyOf"]);
  expect(union({ a: null, b: ["x"] })).toEqual([]);
});

test("a record nested too deep is refused, not followed", () => {
  const open = compileValidator({ type: "object", properties: { any: {} } });
  expect(open({ any: JSON.parse(`${"[".repeat(50_000)}${"]".repeat(50_000)}`) })[0].rule).toBe("maxDepth");
});

test("a record with countless faults gives a bounded answer", () => {
  const stops = Array.from({ length: 10_000 }, () => ({ code: 1 }));
  expect(validate({ ...good, stops })).toHaveLength(violationsMax);
});
