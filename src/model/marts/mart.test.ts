import { expect, expectTypeOf, test } from "vitest";
import { buildManifest } from "../build-manifest.ts";
import type { MartDefinition, TableDefinition } from "../definition.ts";
import { describeModule } from "../describe-module.ts";
import { unique } from "../quality/dataset-checks.ts";
import { selectModels } from "../models/select-models.ts";
import { sql } from "../sql-tag.ts";
import { table } from "../table.ts";
import { topic } from "../topic.ts";
import { jsonSchema } from "../schema-types.ts";
import { type MartOptions, mart } from "./mart.ts";
import { readersOf, tablesOfReader } from "./mart-decl.ts";

const order = jsonSchema<{ id: string; at: string }>({ type: "object", properties: { id: { type: "string" }, at: { type: "string", format: "date-time" } }, required: ["id", "at"], additionalProperties: false });
const orders = topic("orders", { schema: order, eventTime: "at" });
const daily = table("sales.daily", { sql: sql`select id, at from ${orders}` });
const manifestOf = (exports: Record<string, unknown>) => buildManifest("shop", [describeModule("/shop", "/shop/pipeline.ts", exports)]);

const finance = mart("finance", {
  description: "What finance reads",
  owner: "data-platform",
  readers: ["finance-team", "audit"],
  tables: { revenue: daily, orders, customers: sql`select id from ${daily}`, monthly: { sql: sql`select id from ${daily}`, materialize: "table", checks: [unique("id")], owner: "ada" } },
});

test("a mart's tables are models of their own names, which know what they stand on", () => {
  const { tables, marts, dags, problems } = manifestOf({ finance });
  expect(problems).toEqual([]);
  expect(marts).toEqual({ finance: { name: "finance", description: "What finance reads", owner: "data-platform", readers: ["audit", "finance-team"], tables: ["finance.customers", "finance.monthly", "finance.orders", "finance.revenue"], declaredAt: expect.stringMatching(/mart\.test\.ts:\d+:\d+, export finance$/) } });
  expect(Object.keys(tables)).toEqual(["finance.customers", "finance.monthly", "finance.orders", "finance.revenue", "sales.daily"]);
  const about = Object.fromEntries(Object.values(tables).map(({ name, model }) => [name, [model?.materialize.kind, model?.reads, model?.owner]]));
  expect(about).toEqual({
    "finance.customers": ["view", ["sales.daily"], "data-platform"],
    "finance.monthly": ["table", ["sales.daily"], "ada"],
    "finance.orders": ["view", ["topics.orders"], "data-platform"],
    "finance.revenue": ["view", ["sales.daily"], "data-platform"],
    "sales.daily": ["table", ["topics.orders"], undefined],
  });
  expect(dags.models.tasks.map(({ name, after }) => [name, after])).toEqual([["sales.daily", []], ["finance.monthly", ["sales.daily"]]]);
  expect(selectModels(tables, ["finance.*"])).toEqual(["finance.customers", "finance.monthly", "finance.orders", "finance.revenue"]);
  expect(selectModels(tables, ["+finance.monthly"])).toEqual(["sales.daily", "finance.monthly"]);
});

test("an audience may read the tables of the marts that name it, and no others", () => {
  const sales = mart("desk", { readers: ["audit"], tables: { daily } });
  const manifest = manifestOf({ finance, sales });
  expect(readersOf(manifest)).toEqual(["audit", "finance-team"]);
  expect([...tablesOfReader(manifest, "finance-team")]).toEqual(["finance.customers", "finance.monthly", "finance.orders", "finance.revenue"]);
  expect([...tablesOfReader(manifest, "audit")]).toContain("desk.daily");
  expect([...tablesOfReader(manifest, "Finance-Team")]).toEqual([]);
  expect([...tablesOfReader(manifestOf({ daily }), "audit")]).toEqual([]);
});

test("rows have the types of what they are taken from", () => {
  expectTypeOf(finance.tables.revenue).toEqualTypeOf<TableDefinition<any>>();
  expectTypeOf(finance.tables.orders).toEqualTypeOf<TableDefinition<{ id: string; at: string }>>();
  const typed = mart("typed", { tables: { a: { sql: sql`select 'x' as id, now() as at`, schema: order } } });
  expectTypeOf(typed.tables.a).toEqualTypeOf<TableDefinition<{ id: string; at: string }>>();
  expectTypeOf(typed).toExtend<MartDefinition>();
});

test("a name in a mart's namespace belongs to the mart", () => {
  const { problems, tables, marts } = manifestOf({ finance, stray: table("Finance.stray", { sql: sql`select 1 as a` }) });
  expect(problems.map(({ code, what }) => [code, what])).toEqual([["MR-MODEL-003", 'its namespace is that of mart "finance", which does not name it']]);
  expect(Object.keys(tables)).not.toContain("Finance.stray");
  expect(marts?.finance.tables).toHaveLength(4);
});

test("a table of a mart that has a problem is left out, and the others stand", () => {
  const { problems, marts } = manifestOf({ broken: mart("broken", { tables: { good: daily, bad: sql`select '{{ interval.start }}' as a` } }) });
  expect(problems).toHaveLength(1);
  expect(marts?.broken.tables).toEqual(["broken.good"]);
});

test.each<[string, unknown, RegExp]>([
  ["a.b", { tables: { daily } }, /no name for a mart/],
  ["m m", { tables: { daily } }, /no name for a table/],
  ["m", { tables: {} }, /no tables/],
  ["m", { tables: { daily: 1 } }, /neither a table nor a statement/],
  ["m", { tables: { daily: { sql: sql`select 1`, materialize: "ephemeral" } } }, /ephemeral/],
  ["m", { tables: { daily: finance } }, /a mart cannot stand in a mart/],
  ["m", { tables: { daily }, readers: ["a b"] }, /no name for an audience/],
  ["m", { tables: { daily }, readers: "finance" }, /no list/],
  ["m", { tables: { daily }, reader: ["finance"] }, /write "readers"/],
])("mart(%j, %j) is refused", (name, options, message) => {
  expect(() => mart(name, options as MartOptions<{ daily: typeof daily }>)).toThrow(message);
});
