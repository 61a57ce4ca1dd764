import { expect, test } from "vitest";
import { z } from "zod";
import { type AvroType, columnsOfAvro, declaredAvro, wideAvro } from "./avro-schema.ts";
import { readSchema } from "./schema.ts";

function fieldsOf(shape: z.ZodRawShape): Record<string, AvroType> {
  const { jsonSchema: schema, columns } = readSchema(z.object(shape), "test");
  const record = declaredAvro({ name: "shop.orders-2", schema, columns });
  expect(columnsOfAvro(record)).toEqual(columns.map(({ name, type, nullable }) => ({ name, type, nullable })));
  return Object.fromEntries(record.fields.map(({ name, type }) => [name, type]));
}

const json = { type: "string", logicalType: "json" };

test("each type of ours is one of Avro's", () => {
  const fields = fieldsOf({
    whole: z.int(),
    number: z.number(),
    flag: z.boolean(),
    text: z.string(),
    at: z.iso.datetime(),
    day: z.iso.date(),
    missing: z.string().optional(),
    nullable: z.number().nullable(),
    size: z.enum(["S", "M"]),
    level: z.enum(["1", "2"]),
    tags: z.array(z.string()),
    prices: z.record(z.string(), z.number()),
    either: z.union([z.string(), z.int(), z.null()]),
    anything: z.unknown(),
    address: z.object({ street: z.string(), zip: z.string().nullable(), floor: z.int().optional(), at: z.iso.datetime(), more: z.object({ x: z.number() }) }),
  });
  expect(fields).toEqual({
    whole: "long",
    number: "double",
    flag: "boolean",
    text: "string",
    at: { type: "long", logicalType: "timestamp-millis" },
    day: { type: "int", logicalType: "date" },
    missing: ["null", "string"],
    nullable: ["null", "double"],
    size: { type: "enum", name: "orders_2_size", symbols: ["S", "M"] },
    level: "string",
    tags: { type: "array", items: "string" },
    prices: { type: "map", values: "double" },
    either: ["null", "string", "long"],
    anything: ["null", json],
    address: {
      type: "record",
      name: "orders_2_address",
      fields: [
        { name: "street", type: "string" },
        { name: "zip", type: ["null", "string"] },
        { name: "floor", type: ["null", "long"], default: null },
        { name: "at", type: "string" },
        { name: "more", type: { type: "record", name: "orders_2_address_more", fields: [{ name: "x", type: "double" }] } },
      ],
    },
  });
});

test("what Avro cannot tell apart is JSON text", () => {
  const tree: z.ZodType = z.object({ name: z.string(), get children() { return z.array(tree); } });
  expect(fieldsOf({ shapes: z.union([z.object({ a: z.string() }), z.object({ b: z.string() })]), pair: z.tuple([z.string(), z.number()]), open: z.looseObject({ a: z.string() }), odd: z.object({ "a-b": z.string() }) })).toEqual({ shapes: json, pair: json, open: json, odd: json });
  expect(JSON.stringify(fieldsOf({ tree }))).toContain(JSON.stringify(json));
});

test("the names of a topic become those of a record, and each type within it has its own", () => {
  const { jsonSchema: schema, columns } = readSchema(z.object({ a: z.object({ b: z.object({}) }), a_b: z.object({}) }), "test");
  const record = declaredAvro({ name: "1.größe.x", schema, columns });
  expect(record).toMatchObject({ name: "x", namespace: "_1.gr__e" });
  const names = [...JSON.stringify(record).matchAll(/"type":"record","name":"(\w+)"/g)].map(([, name]) => name);
  expect(names).toEqual(["x", "x_a_b", "x_a", "x_a_b_2"].sort((p, q) => names.indexOf(p) - names.indexOf(q)));
  expect(new Set(names).size).toBe(4);
});

test("a field whose name Avro does not allow is refused", () => {
  const columns = [{ name: "order-id", type: "string", nullable: false }] as const;
  for (const make of [() => declaredAvro({ name: "t", schema: {}, columns: [...columns] }), () => wideAvro("t", columns)]) expect(make).toThrow(expect.objectContaining({ code: "MR-MODEL-015" }));
});
