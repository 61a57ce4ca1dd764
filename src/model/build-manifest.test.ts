import { expect, test } from "vitest";
import { notNull } from "./quality/column-checks.ts";
import { contract } from "./quality/contract.ts";
import { z } from "zod";
import { count, day, files, hour, http, jsonSchema, last, mean, sink, stage, sum, table, topic, tumbling } from "../index.ts";
import { buildManifest } from "./build-manifest.ts";
import { describeModule } from "./describe-module.ts";
import type { Manifest } from "./manifest.ts";

const manifestOf = (exports: Record<string, unknown>): Manifest => buildManifest("test", [describeModule("/project", "/project/pipeline.ts", exports)]);
const problemsOf = (exports: Record<string, unknown>) => manifestOf(exports).problems.map(({ code, what }) => `${code} ${what}`);

const Order = z.object({ id: z.string(), customer: z.string(), amount: z.number(), note: z.string().nullable(), at: z.iso.datetime() });
const orders = topic("orders", { schema: Order, key: "customer", eventTime: "at", partitions: 4, retention: { time: "7d", size: "1GiB" } });
const totals = topic("totals", { schema: z.object({ customer: z.string(), total: z.number() }) });
const write = async () => {};

test("a topic stands as it was declared, with its defaults", () => {
  const { topics, problems } = manifestOf({ orders, totals });
  expect(problems).toEqual([]);
  expect(topics.orders).toMatchObject({ key: "customer", eventTime: "at", partitions: 4, retentionMs: 604_800_000, retentionBytes: 2 ** 30 });
  expect(topics.totals).toMatchObject({ partitions: 1 });
  expect(topics.totals).not.toHaveProperty("key");
});

test("datasets are found through the stages that use them, without an export", () => {
  const copy = stage("copy", { from: orders, to: { totals }, run: () => {} });
  const { topics, stages } = manifestOf({ copy });
  expect(Object.keys(topics)).toEqual(["copy.dlq", "copy.redrive", "orders", "totals"]);
  expect(stages.copy).toMatchObject({ to: { totals: "totals" }, scale: { min: 1, max: 1, targetDrainSeconds: 10 }, retries: { attempts: 1, backoffMs: 100 }, failureLimit: { ratio: 0.2, window: 1_000 }, place: {} });
});

test("a stage's options arrive in the units of the manifest", () => {
  const copy = stage("copy", { from: orders, to: totals, run: () => {}, scale: { max: 4, targetDrain: "1m" }, place: { cpu: 0.5, memory: "256MiB" }, retries: { attempts: 3, backoff: "2s" }, failureLimit: { ratio: 0.5 } });
  expect(manifestOf({ copy }).stages.copy).toMatchObject({ scale: { min: 1, max: 4, targetDrainSeconds: 60 }, place: { cpu: 0.5, memoryBytes: 2 ** 28 }, retries: { attempts: 3, backoffMs: 2_000 }, failureLimit: { ratio: 0.5, window: 1_000 } });
});

test("a table of a topic becomes a stage that writes it", () => {
  const { tables, stages } = manifestOf({ t: table("lake.orders", { from: orders, partitionBy: [day("at")], commitEvery: "5s" }) });
  expect(tables["lake.orders"]).toMatchObject({ from: "orders", partitionBy: [{ column: "at", transform: "day" }], commitEveryMs: 5_000 });
  expect(tables["lake.orders"].columns.map(({ name }) => name)).toEqual(["id", "customer", "amount", "note", "at"]);
  expect(stages["table:lake.orders"]).toMatchObject({ kind: "table", from: ["orders"], to: {}, table: "lake.orders" });
  expect(stages["table:lake.orders"]).not.toHaveProperty("module");
});

test("a table that stages write takes its rows through a topic of its own", () => {
  const rows = table("lake.rows", { schema: Order, key: "id", eventTime: "at" });
  const { topics, tables, stages } = manifestOf({ copy: stage("copy", { from: orders, to: { rows, totals }, run: () => {} }) });
  expect(topics["lake.rows.feed"]).toMatchObject({ internal: "feed", key: "id", eventTime: "at" });
  expect(tables["lake.rows"].from).toBe("lake.rows.feed");
  expect(stages.copy.to).toEqual({ rows: "lake.rows.feed", totals: "totals" });
  expect(problemsOf({ wrong: stage("wrong", { from: totals, to: table("lake.orders", { from: orders }), run: () => {} }) })[0]).toMatch(/^MR-MODEL-001 it writes to table "lake.orders", whose rows are those of topic "orders"/);
});

test("dead letters and late records get topics as wide as the inputs", () => {
  const windowed = stage("windowed", { from: orders, to: totals, window: tumbling("1h"), aggregate: { total: sum("amount") }, result: ({ customer, total }) => ({ customer, total }) });
  const { topics, stages } = manifestOf({ windowed });
  expect(stages.windowed).toMatchObject({ kind: "aggregate", by: ["customer"], window: { kind: "tumbling", sizeMs: 3_600_000 }, dlq: "windowed.dlq", redrive: "windowed.redrive", late: "windowed.late" });
  expect(topics["windowed.dlq"]).toMatchObject({ internal: "dlq", key: "customer", partitions: 4, columns: topics.orders.columns, schema: topics.orders.schema });
  expect(topics["windowed.late"]).toMatchObject({ internal: "late", eventTime: "at" });
  expect(topics["windowed.dlq"]).not.toHaveProperty("retentionMs");
});

test("the dead letters of a union hold every field of every input", () => {
  const other = topic("other", { schema: z.object({ id: z.int(), customer: z.string(), extra: z.boolean() }) });
  const { topics } = manifestOf({ out: sink("out", { from: [orders, other], write }) });
  expect(topics["out.dlq"].columns).toEqual([
    { name: "id", type: "json", nullable: false },
    { name: "customer", type: "string", nullable: false },
    { name: "amount", type: "number", nullable: true, optional: true },
    { name: "note", type: "string", nullable: true, optional: true },
    { name: "at", type: "timestamp", nullable: true, optional: true },
    { name: "extra", type: "boolean", nullable: true, optional: true },
  ]);
  expect(topics["out.dlq"]).not.toHaveProperty("key");
});

test("connectors are stages without user code", () => {
  const { stages, problems } = manifestOf({ in1: http("intake", { to: orders }), in2: files("replay", { to: orders, path: ["data/*.csv", "/project/data/x.csv"], orderBy: "at", speed: 60 }) });
  expect(problems).toEqual([]);
  expect(stages.intake).toMatchObject({ kind: "http", to: { out: "orders" }, settings: { path: "/ingest/intake", recordBytesMax: 2 ** 20 } });
  expect(stages.replay).toMatchObject({ kind: "files", bounded: true, settings: { paths: ["data/*.csv", "data/x.csv"], format: "csv", orderBy: ["at"], speed: 60 } });
  for (const { module, dlq } of Object.values(stages)) expect([module, dlq]).toEqual([undefined, undefined]);
});

const loose = <T extends Record<string, unknown>>(options: T) => options as never;
const flat = topic("flat", { schema: z.object({ customer: z.string(), total: z.number(), window_start: z.iso.datetime(), window_end: z.iso.datetime() }) });

test("without `result` an aggregation gives one flat record", () => {
  expect(problemsOf({ a: stage("a", { from: orders, to: totals, aggregate: { total: sum("amount") } }) })).toEqual([]);
  expect(problemsOf({ a: stage("a", { from: orders, to: flat, window: tumbling("1h"), aggregate: { total: sum("amount") } }) })).toEqual([]);
  expect(problemsOf({ a: stage("a", { from: orders, to: totals, window: tumbling("1h"), aggregate: { total: sum("amount") } }) })).toEqual(['MR-MODEL-001 its result has a field "window_start" that "totals" has not']);
  expect(problemsOf({ a: stage("a", { from: orders, to: totals, aggregate: { sum: sum("amount") } }) })).toEqual(['MR-MODEL-001 its result lacks the field "total" of "totals"']);
});

const unkeyed = topic("unkeyed", { schema: Order, eventTime: "at", partitions: 2 });
const timeless = topic("timeless", { schema: Order, key: "customer" });
const nullKey = topic("null-key", { schema: Order, key: "note", partitions: 2 });
const three = topic("three", { schema: Order, key: "customer", eventTime: "at", partitions: 3 });
const result = () => ({ customer: "", total: 0 });

test.each<[string, Record<string, unknown>, RegExp]>([
  ["a key that is no field", { t: topic("t", loose({ schema: Order, key: "custommer" })) }, /^MR-MODEL-001 key names the field "custommer"/],
  ["a key of several types", { t: topic("t", { schema: z.object({ a: z.union([z.string(), z.int()]) }), key: "a" }) }, /^MR-MODEL-001 the key "a"/],
  ["an event time that is no timestamp", { t: topic("t", { schema: Order, eventTime: "id" }) }, /^MR-MODEL-001 eventTime names "id", which is a string/],
  ["an event time that may be absent", { t: topic("t", { schema: z.object({ at: z.iso.datetime().optional() }), eventTime: "at" }) }, /may be null or absent/],
  ["an unreadable schema", { t: topic("t", { schema: z.object({ at: z.date() }) }) }, /^MR-MODEL-002 field "at"/],
  ["a partition column that is not there", { t: table("a.t", loose({ from: orders, partitionBy: [day("when" as "at")] })) }, /partitionBy names the field "when"/],
  ["a partition transform that does not suit", { t: table("a.t", { from: orders, partitionBy: [hour("customer")] }) }, /hour\("customer"\) is over a string/],
  ["columns that differ in case alone", { t: table("a.t", { schema: z.object({ id: z.string(), ID: z.string() }) }) }, /differ in case alone/],
  ["a group without the key", { s: stage("s", { from: orders, to: totals, by: "id", aggregate: { n: count() }, result }) }, /^MR-MODEL-009 it groups by id, but topic "orders" is keyed by customer/],
  ["a group over a topic without a key", { s: stage("s", { from: unkeyed, to: totals, by: "id", aggregate: { n: count() }, result }) }, /^MR-MODEL-009 .* has no key and 2 partitions/],
  ["a group by a key that may be null", { s: stage("s", { from: nullKey, to: totals, aggregate: { n: count() }, result }) }, /^MR-MODEL-009 .* may be null/],
  ["inputs of different width", { s: stage("s", { from: [orders, three], to: totals, aggregate: { n: count() }, result }) }, /^MR-MODEL-009 .* 4 and 3 partitions/],
  ["a memory of keys that are in several places", { s: stage("s", { from: orders, to: flat, by: "id", init: () => 0, runKeyed: () => 0 }) }, /^MR-MODEL-009 it groups by id, but topic/],
  ["a memory that ends, without event time", { s: stage("s", { from: timeless, to: flat, by: "id", init: () => 0, keepFor: "1h", runKeyed: () => 0 }) }, /^MR-MODEL-001 it counts in event time, but/],
  ["a window without event time", { s: stage("s", { from: timeless, to: totals, window: tumbling("1h"), aggregate: { n: count() }, result }) }, /^MR-MODEL-001 it counts in event time, but topic "timeless" has none/],
  ["an aggregate of text", { s: stage("s", { from: orders, to: totals, aggregate: { n: mean("id" as "amount") }, result }) }, /takes the mean of "id", which is a string/],
  ["an aggregate of no field", { s: stage("s", { from: orders, to: totals, aggregate: { n: last("nothing" as "id") }, result }) }, /aggregate "n" names the field "nothing"/],
  ["an order by no field", { s: files("f", loose({ to: orders, path: "a.csv", orderBy: "when" })) }, /orderBy names the field "when"/],
  ["a speed without event time", { s: files("f", { to: timeless, path: "a.csv", speed: 2 }) }, /has no event time/],
  ["a contract that is not kept", { c: contract("billing", { on: orders, columns: { customer: "string", total: "number" }, checks: [notNull("id")] }) }, /^MR-QUALITY-006 "topics.orders" does not keep it: column "total" is gone$/],
  ["two topics of one name", { a: topic("same", { schema: Order }), b: topic("same", { schema: Order }) }, /^MR-MODEL-003 topic "same" is declared twice/],
  ["two names that differ in case alone", { a: topic("same", { schema: Order }), b: topic("Same", { schema: Order }) }, /^MR-MODEL-003 topic "Same" differs from "same" in case alone/],
  ["a topic in the place of dead letters", { a: topic("s.dlq", { schema: Order }), s: sink("s", { from: orders, write }) }, /^MR-MODEL-003 it needs a topic "s.dlq" of its own/],
])("%s is a problem", (_, exports, expected) => {
  const problems = problemsOf(exports);
  expect(problems).toHaveLength(1);
  expect(problems[0]).toMatch(expected);
});

test("with one partition, any grouping is right", () => {
  expect(problemsOf({ s: stage("s", { from: timeless, to: totals, by: ["id"], aggregate: { n: count() }, result }) })).toEqual([]);
  expect(problemsOf({ s: stage("s", { from: orders, to: totals, by: ["id", "customer"], aggregate: { n: count() }, result }) })).toEqual([]);
});

test("one bad declaration takes with it what needs it, and nothing else", () => {
  const bad = topic("bad", { schema: z.object({ at: z.date() }) });
  const { stages, topics, problems } = manifestOf({ bad, needs: sink("needs", { from: bad as never, write }), fine: sink("fine", { from: orders, write }) });
  expect(Object.keys(stages)).toEqual(["fine"]);
  expect(Object.keys(topics)).toEqual(["fine.dlq", "fine.redrive", "orders"]);
  expect(problems.map(({ code }) => code)).toEqual(["MR-MODEL-002", "MR-MODEL-004"]);
  expect(problems[0].where).toMatch(/build-manifest\.test\.ts:\d+:\d+, schema$/);
});

test("a circle of stages is opened", () => {
  const a = topic("a", { schema: Order });
  const b = topic("b", { schema: Order });
  const { stages, topics, problems } = manifestOf({ there: stage("there", { from: a, to: b, run: () => {} }), back: stage("back", { from: b, to: a, run: () => {} }) });
  expect(problems).toHaveLength(1);
  expect(problems[0].what).toContain("there → back → there");
  expect(Object.keys(stages)).toEqual(["there"]);
  expect(Object.keys(topics)).toEqual(["a", "b", "there.dlq", "there.redrive"]);
});

test("names that objects have by nature are names like others", () => {
  const schema = jsonSchema<{ constructor: string }>({ type: "object", properties: { constructor: { type: "string" }, toString: { type: "string" } }, required: ["constructor"] });
  const { topics, stages, problems } = manifestOf({ s: sink("toString", { from: topic("constructor", { schema }), write }) });
  expect(problems).toEqual([]);
  expect(Object.keys(topics)).toEqual(["constructor", "toString.dlq", "toString.redrive"]);
  expect(Object.keys(stages)).toEqual(["toString"]);
});

test("the release is the same for the same project, whatever the order of its exports", () => {
  expect(manifestOf({ orders, totals }).release).toBe(manifestOf({ totals, orders }).release);
  expect(manifestOf({ orders }).release).not.toBe(manifestOf({ totals }).release);
});
