import { expect, test } from "vitest";
import { formatProblems } from "./check-formats.ts";
import type { TopicDecl } from "./manifest.ts";
import { formatOf, type TopicFormats } from "./value-format.ts";

const topic = (name: string, more: Partial<TopicDecl> = {}): TopicDecl => ({ name, schema: {}, columns: [{ name: "id", type: "string", nullable: false }], partitions: 1, declaredAt: "pipeline.ts:3:1, export x", ...more });
const problems = (formats: TopicFormats, ...topics: TopicDecl[]) => formatProblems({ topics: Object.fromEntries(topics.map((each) => [each.name, each])) }, formats).map(({ code, what, where, file }) => ({ code, what, where, file }));

test("a topic that is not there, or cannot be written so, is told before anything runs", () => {
  const odd = topic("odd", { columns: [{ name: "order-id", type: "string", nullable: false }] });
  expect(problems({ default: "avro", topics: { orders: "json" } }, topic("order"), odd)).toEqual([
    { code: "MR-MODEL-004", what: expect.stringContaining('"orders"'), where: expect.any(String), file: "millrace.config" },
    { code: "MR-MODEL-015", what: expect.stringContaining('"order-id"'), where: 'topic "odd"', file: "pipeline.ts" },
  ]);
  expect(problems({ default: "avro", topics: { odd: "json" } }, odd)).toEqual([]);
  expect(problems({ default: "json", topics: { latest: "columnar" } }, topic("latest", { compact: true }))).toMatchObject([{ code: "MR-MODEL-015" }]);
});

test("what a default does not reach: what is put aside, and compacted topics where it is columnar", () => {
  const columnar: TopicFormats = { default: "columnar", topics: { "s.late": "avro" } };
  const all = [topic("t"), topic("t.feed", { internal: "feed" }), topic("s.dlq", { internal: "dlq" }), topic("s.late", { internal: "late" }), topic("c", { compact: true })];
  expect(all.map((decl) => formatOf({ name: decl.name, decl, compact: decl.compact }, columnar))).toEqual(["columnar", "columnar", "json", "avro", "json"]);
  expect(formatOf(topic("c", { compact: true }), { default: "avro", topics: {} })).toBe("avro");
  expect(formatOf(topic("t"), undefined)).toBe("json");
  expect(problems(columnar, ...all)).toEqual([]);
});
