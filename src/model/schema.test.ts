import { type } from "arktype";
import * as v from "valibot";
import { expect, test } from "vitest";
import { z } from "zod";
import type { MillraceError } from "../errors.ts";
import { readSchema } from "./schema.ts";
import type { SchemaInput } from "./schema-types.ts";

const columns = (schema: SchemaInput) => Object.fromEntries(readSchema(schema, "topic").columns.map(({ name, type, nullable, optional }) => [name, `${type}${nullable ? " null" : ""}${optional ? " optional" : ""}`]));
const fault = (schema: SchemaInput): MillraceError => {
  try {
    readSchema(schema, 'topic "t"');
  } catch (error) {
    return error as MillraceError;
  }
  throw new Error("the schema was accepted");
};

const expected = {
  name: "string",
  at: "timestamp",
  size: "integer",
  share: "number null",
  note: "string null optional",
  kind: "string",
  ok: "boolean",
  tags: "json",
  mixed: "json",
};

test("zod", () => {
  expect(
    columns(z.object({ name: z.string(), at: z.iso.datetime(), size: z.int(), share: z.number().nullable(), note: z.string().optional(), kind: z.enum(["a", "b"]), ok: z.boolean(), tags: z.array(z.string()), mixed: z.union([z.string(), z.number()]) })),
  ).toEqual(expected);
  expect(columns(z.object({ day: z.iso.date(), either: z.union([z.int(), z.number()]), any: z.unknown(), nested: z.object({ a: z.int() }), lit: z.literal([1, 2, null]), full: z.string().default("x") }))).toEqual({
    day: "date",
    either: "number",
    any: "json null",
    nested: "json",
    lit: "integer null",
    full: "string",
  });
});

test("valibot", () => {
  expect(
    columns(
      v.object({ name: v.string(), at: v.pipe(v.string(), v.isoTimestamp()), size: v.pipe(v.number(), v.integer()), share: v.nullable(v.number()), note: v.optional(v.string()), kind: v.picklist(["a", "b"]), ok: v.boolean(), tags: v.array(v.string()), mixed: v.union([v.string(), v.number()]) }),
    ),
  ).toEqual(expected);
});

test("arktype", () => {
  expect(columns(type({ name: "string", at: "string.date.iso", size: "number.integer", share: "number | null", "note?": "string", kind: "'a' | 'b'", ok: "boolean", tags: "string[]", mixed: "string | number" }))).toEqual(expected);
});

test("plain JSON Schema", () => {
  expect(
    columns({
      type: "object",
      properties: {
        name: { type: "string" },
        at: { type: "string", format: "date-time" },
        size: { type: "integer" },
        share: { type: ["number", "null"] },
        note: { type: "string" },
        kind: { $ref: "#/$defs/kind" },
        ok: { const: true },
        tags: { type: "array", items: { type: "string" } },
        mixed: { type: ["string", "number"] },
      },
      required: ["name", "at", "size", "share", "kind", "ok", "tags", "mixed"],
      $defs: { kind: { enum: ["a", "b"] } },
    }),
  ).toEqual(expected);
});

test("records are closed, timestamps keep no pattern of their library, integers stay exact", () => {
  const { jsonSchema } = readSchema(v.object({ n: v.pipe(v.number(), v.integer()) }), "topic");
  expect(jsonSchema.additionalProperties).toBe(false);
  expect(jsonSchema.properties).toEqual({ n: { type: "integer", minimum: Number.MIN_SAFE_INTEGER, maximum: Number.MAX_SAFE_INTEGER } });
  expect(readSchema(z.object({ at: z.iso.datetime() }), "topic").jsonSchema.properties).toEqual({ at: { type: "string", format: "date-time" } });
});

test("a library without JSON Schema is told as such", () => {
  const { parts } = fault({ "~standard": { version: 1, vendor: "zod", validate: () => ({ value: 1 }) } });
  expect(parts.what).toBe("this version of zod does not describe its schemas as JSON Schema");
  expect(parts.mend).toContain("zod 4.2");
});

test.each<[string, SchemaInput, string]>([
  ["zod date", z.object({ id: z.string(), at: z.date() }), 'field "at"'],
  ["zod bigint", z.object({ id: z.bigint() }), 'field "id"'],
  ["zod transform", z.object({ id: z.string().transform(Number) }), 'field "id"'],
  ["valibot date", v.object({ at: v.date() }), 'field "at"'],
  ["arktype Date", type({ at: "Date" }), "date"],
  ["arktype bigint", type({ at: "bigint" }), "bigint"],
  ["an open object", z.looseObject({ id: z.string() }), "no column"],
  ["a scalar", z.string(), "not objects"],
  ["a union", z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]), "union"],
  ["an intersection", v.intersect([v.object({ a: v.string() }), v.object({ b: v.string() })]), "intersection"],
  ["no fields", z.object({}), "no fields"],
  ["a number", 4 as unknown as SchemaInput, "neither"],
  ["a required field that is not there", { type: "object", properties: { a: {} }, required: ["b"] }, '"b"'],
])("%s is refused with the reason and the mend", (_, schema, part) => {
  const error = fault(schema);
  expect(error.code).toBe("MR-MODEL-002");
  expect(error.parts.what).toContain(part);
  expect(error.parts.where).toBe('topic "t", schema');
  expect(error.parts.mend).not.toBe("");
});
