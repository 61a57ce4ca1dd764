import { expect, test } from "vitest";
import type { RecordView } from "./record-view.ts";
import { shortened } from "./shortened.ts";

const record = (value: Record<string, unknown>, more: Partial<RecordView> = {}): RecordView => ({ partition: 0, offset: 0, eventTime: "", appendedAt: "", key: "k", headers: [], value, ...more });

test("what is small stays the same object", () => {
  const small = record({ a: "x", b: { c: [1, null, true] } });
  expect(shortened(small, 10)).toBe(small);
});

test("texts are cut wherever they stand, and it is told", () => {
  const long = "x".repeat(1_000_000);
  expect(shortened(record({ a: { b: [long] } }, { key: long, headers: [["h", long]] }), 4)).toMatchObject({ key: "xxxx…", headers: [["h", "xxxx…"]], value: { a: { b: ["xxxx…"] } }, shortened: true });
});

test("of a million fields, items or levels only the first are shown", () => {
  const wide = Object.fromEntries(Array.from({ length: 20_000 }, (_, i) => [`c${i}`, i]));
  expect(Object.keys(shortened(record(wide), 10).value ?? {}).length).toBe(1_999);
  expect(shortened(record({ list: Array.from({ length: 20_000 }, () => 1) }), 10).value?.list).toHaveLength(1_998);
  expect(shortened(record({ lists: Array.from({ length: 1_900 }, () => [1, 2, 3]) }), 10).shortened).toBe(true);
});
