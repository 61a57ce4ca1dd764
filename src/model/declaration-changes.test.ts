import { expect, test } from "vitest";
import { z } from "zod";
import { buildManifest } from "./build-manifest.ts";
import { declarationChanges } from "./declaration-changes.ts";
import { describeModule } from "./describe-module.ts";
import type { StageDecl, TableDecl, TopicDecl } from "./manifest.ts";
import { notNull, range } from "./quality/column-checks.ts";
import { stage } from "./stage.ts";
import { table } from "./table.ts";
import { topic } from "./topic.ts";

function declared(schema: z.ZodObject, options: object = {}, scale = {}): { topic: TopicDecl; table: TableDecl; stage: StageDecl } {
  const orders = topic("orders", { schema, ...options } as never);
  const copied = topic("copied", { schema } as never);
  const manifest = buildManifest("shop", [describeModule("/p", "/p/pipeline.ts", { orders, copied, kept: table("shop.orders", { from: orders }), copy: stage("copy", { from: orders, to: copied, scale, run: (order, emit) => emit(order as never) }) })]);
  return { topic: manifest.topics.orders, table: manifest.tables["shop.orders"], stage: manifest.stages.copy };
}

const base = { id: z.string(), amount: z.number(), note: z.string().nullable() };
const before = declared(z.object(base), { partitions: 2, checks: [notNull("id")] });

test("columns are told by name with what they hold, and what of it no longer fits", () => {
  const after = declared(z.object({ id: z.int(), note: z.string(), more: z.string(), maybe: z.string().optional() }), { partitions: 2, checks: [notNull("id")] });
  const topics = declarationChanges("topic", before.topic, after.topic);
  expect(topics).toEqual([
    { field: "column id", before: "string", after: "integer", breaks: "records that are there have the other type" },
    { field: "column amount", before: "number", after: null, breaks: "who reads it finds it no more" },
    { field: "column note", before: "string, may be null", after: "string", breaks: "records that are there may lack it" },
    { field: "column more", before: null, after: "string", breaks: "records that are there may lack it" },
    { field: "column maybe", before: null, after: "string, may be absent", breaks: null },
  ]);
  const tables = Object.fromEntries(declarationChanges("table", before.table, after.table).map(({ field, breaks }) => [field, breaks]));
  expect(tables).toEqual({ "column id": expect.stringContaining("keeps its type"), "column amount": expect.stringContaining("does not let it go"), "column note": null, "column more": expect.stringContaining("does not take it"), "column maybe": null });
});

test("other fields are told by their paths, and rules of a column that stays by the schema's", () => {
  const after = declared(z.object({ ...base, amount: z.number().min(3) }), { partitions: 4, checks: [range("amount", { min: 0 })] }, { max: 8, targetDrain: "1m" });
  const topics = declarationChanges("topic", before.topic, after.topic);
  expect(topics.map(({ field, before, after }) => [field, before, after])).toEqual([
    ["check not_null_id", expect.objectContaining({ kind: "notNull" }), null],
    ["check range_amount", null, expect.objectContaining({ kind: "range" })],
    ["partitions", 2, 4],
    ["schema.properties.amount.minimum", null, 3],
  ]);
  expect(topics.filter(({ breaks }) => breaks !== null).map(({ field }) => field)).toEqual(["partitions"]);
  expect(declarationChanges("stage", before.stage, after.stage)).toContainEqual({ field: "scale.max", before: 1, after: 8, breaks: null });
});

test("where it is declared is no change", () => {
  expect(declarationChanges("topic", before.topic, { ...before.topic, declaredAt: "elsewhere.ts" })).toEqual([]);
});

test("what may be a secret is hidden in the settings of a stage, and the names of secrets are not", () => {
  const withSettings = (settings: object, secrets: string[]): StageDecl => ({ ...before.stage, settings: settings as never, secrets });
  const changes = declarationChanges("stage", withSettings({ url: "https://ann:pw1@host/a", headers: { Authorization: "Bearer abc" }, password: "{{ secrets.shop }}" }, ["one"]), withSettings({ url: "https://ann:pw2@host/b", headers: { Authorization: "Bearer def" }, password: "literal" }, ["two"]));
  expect(changes.map(({ field, before, after }) => [field, before, after])).toEqual([
    ["secrets", ["one"], ["two"]],
    ["settings.headers.Authorization", "(hidden)", "(hidden)"],
    ["settings.password", "{{ secrets.shop }}", "(hidden)"],
    ["settings.url", "https://ann:(hidden)@host/a", "https://ann:(hidden)@host/b"],
  ]);
});
