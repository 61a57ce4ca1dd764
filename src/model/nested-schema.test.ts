import { expect, test } from "vitest";
import { z } from "zod";
import { flatten, jsonSchema, relationalize, sql, table, topic } from "../index.ts";
import { nestedFieldTypes } from "./nested-schema.ts";

test("fields that hold objects and lists are described, null and absence aside", () => {
  const schema = z.object({ id: z.int(), a: z.object({ n: z.int().nullable(), "x.`y": z.iso.datetime().optional(), deep: z.object({ on: z.boolean() }).nullable() }), l: z.array(z.object({ s: z.string() })).optional(), map: z.record(z.string(), z.int()), any: z.unknown(), either: z.union([z.object({ a: z.int() }), z.string()]) });
  const expected = { a: "struct<`n`: long, `x.``y`: timestamptz, `deep`: struct<`on`: boolean>>", l: "list<struct<`s`: string>>" };
  const events = topic("events", { schema });
  expect(nestedFieldTypes(events)).toEqual(expected);
  expect(nestedFieldTypes(table("lake.events", { from: events }))).toEqual(expected);
});

test("a schema that refers to itself ends", () => {
  const node = { type: "object", properties: { value: { type: "integer" }, next: { $ref: "#/$defs/node" } } };
  const [text] = Object.values(nestedFieldTypes(topic("lists", { schema: jsonSchema<{ head: object }>({ type: "object", properties: { head: { $ref: "#/$defs/node" } }, $defs: { node } }) })));
  expect(text.startsWith("struct<`value`: long, `next`: struct<`value`: long, `next`: ")).toBe(true);
  expect(text.split("struct").length).toBeLessThan(30);
});

test("a call says what is in the JSON of its input, and of nothing else", () => {
  const events = topic("events", { schema: z.object({ id: z.int(), "it's": z.array(z.string()) }) });
  const types = "\"json\" := {'it''s': 'list<string>'}";
  expect(flatten(events, { depth: 1 }).text).toBe(`flatten(topics."events", "depth" := 1, ${types})`);
  expect(relationalize(events, { key: ["id"] }).table("it's").text).toBe(`relationalize(topics."events", 'it''s', "key" := ['id'], ${types})`);
  expect(relationalize(flatten(sql`select 1`)).text).toBe("relationalize(flatten((select 1)))");
  expect(() => flatten("raw.events" as never)).toThrow(/given no rows/);
});
