import { expectTypeOf, test } from "vitest";
import { z } from "zod";
import { applyMapping, flatten, pivot, type Rows, relationalize, resolveChoice, sql, table, unpivot } from "../index.ts";

const Quake = z.object({
  id: z.string(),
  properties: z.object({ mag: z.number().nullable(), place: z.string(), "net.code": z.string(), more: z.object({ felt: z.int() }).optional() }),
  sources: z.array(z.string()).nullable(),
  features: z.array(z.object({ type: z.string(), geometry: z.object({ coordinates: z.array(z.number()) }).nullable() })),
  tags: z.record(z.string(), z.string()),
  price: z.unknown(),
});
const quakes = table("raw.quakes", { schema: Quake, writtenBy: "tasks" });

type RowOf<R> = R extends Rows<infer T> ? T : never;
const row = <T>(_rows: Rows<T>): T => ({}) as T;

test("flatten knows the columns, their paths, and which may be null", () => {
  const flat = row(flatten(quakes));
  expectTypeOf(flat["properties.mag"]).toEqualTypeOf<number | null>();
  expectTypeOf(flat["properties.place"]).toEqualTypeOf<string>();
  expectTypeOf(flat["properties.more.felt"]).toEqualTypeOf<number | null>();
  expectTypeOf(flat.sources).toEqualTypeOf<string[] | null>();
  expectTypeOf(flat.tags).toEqualTypeOf<Record<string, string>>();
  // @ts-expect-error it has been opened
  flat.properties;
  expectTypeOf(row(flatten(quakes, { separator: "_", depth: 1 })).properties_more).toEqualTypeOf<{ felt: number } | null>();
  expectTypeOf(row(flatten(quakes, { depth: 0 })).properties).toHaveProperty("place");
});

test("relationalize knows the tables, their keys, and the columns of items", () => {
  const tables = relationalize(quakes, { key: ["id"] });
  expectTypeOf(row(tables).features).toEqualTypeOf<string>();
  expectTypeOf(row(tables).sources).toEqualTypeOf<string | null>();
  expectTypeOf<RowOf<ReturnType<typeof tables.table<"sources">>>>().toEqualTypeOf<{ id: string; index: number; "sources.val": string }>();
  const features = row(tables.table("features"));
  expectTypeOf(features).toEqualTypeOf<{ id: string; index: number; "features.val.type": string; "features.val.geometry.coordinates": string | null }>();
  expectTypeOf(row(tables.table("features.val.geometry.coordinates"))["features.val.geometry.coordinates.val"]).toEqualTypeOf<number>();
  // @ts-expect-error no such column
  relationalize(quakes, { key: ["ids"] });
});

test("a mapping completes paths, and its result has the structs that its targets build", () => {
  const mapped = row(
    applyMapping(quakes, [
      ["properties.mag", "double", "size.mag", "double"],
      ["properties.`net.code`", "string", "net", "long"],
      { from: "properties.place", to: "size.place" },
      { from: "properties.more.felt", to: "felt", type: "string" },
    ]),
  );
  expectTypeOf(mapped).toEqualTypeOf<{ size: { mag: number | null; place: string }; net: number; felt: string | null }>();
  expectTypeOf(row(applyMapping(quakes, [{ from: "id", to: "id" }, { from: "id", to: "n", type: "long" }], { misfits: "quarantine" }))).toEqualTypeOf<{ id: string; n: number | null; _misfits: { column: string; type: string; value: string }[] | null }>();
  // @ts-expect-error no such field
  applyMapping(quakes, [["properties.mga", "double", "mag", "double"]]);
  // @ts-expect-error no such type
  applyMapping(quakes, [{ from: "id", to: "id", type: "lung" }]);
});

test("choices give the columns that they name", () => {
  const chosen = row(resolveChoice(flatten(quakes), { price: { makeColumns: ["long", "string"] }, id: { cast: "int" } }));
  expectTypeOf(chosen.price_long).toEqualTypeOf<number | null>();
  expectTypeOf(chosen.price_string).toEqualTypeOf<string | null>();
  expectTypeOf(chosen.id).toEqualTypeOf<number | null>();
  expectTypeOf(chosen["properties.place"]).toEqualTypeOf<string>();
  expectTypeOf(row(resolveChoice(quakes, { price: { makeStruct: ["double", "json"] } })).price).toEqualTypeOf<{ double: number | null; json: unknown }>();
  // @ts-expect-error no such column
  resolveChoice(quakes, { cost: { cast: "long" } });
  // @ts-expect-error no such column any more
  chosen.price;
});

test("pivots know their columns", () => {
  const sales = table("raw.sales", { schema: z.object({ who: z.string(), month: z.enum(["jan", "feb"]), n: z.int() }), writtenBy: "tasks" });
  expectTypeOf(row(pivot(sales, { names: "month", values: ["jan", "feb", null], value: "n", aggregate: "sum" }))).toEqualTypeOf<{ who: string; jan: number | null; feb: number | null; null: number | null }>();
  expectTypeOf(row(pivot(sales, { names: "month", values: ["jan"], value: "n", aggregate: "count", rows: [] }))).toEqualTypeOf<{ jan: number }>();
  expectTypeOf(row(unpivot(sales, { columns: ["month", "n"], name: "what" }))).toEqualTypeOf<{ who: string; what: "month" | "n"; value: "jan" | "feb" | number }>();
  // @ts-expect-error no such column
  unpivot(sales, { columns: ["m"] });
});

test("what is given back stands in SQL", () => {
  expectTypeOf(sql`select * from ${flatten(quakes)}`.text).toEqualTypeOf<string>();
  expectTypeOf(row(flatten(sql`select 1 as a`))).not.toBeAny();
});
