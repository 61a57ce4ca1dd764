import { expect, test } from "vitest";
import { recordFilter } from "./record-filter.ts";
import type { RecordView } from "./record-view.ts";

const record: RecordView = {
  ...{ partition: 2, offset: 40, eventTime: "2001-03-01T12:00:00.000Z", appendedAt: "2026-01-01T00:00:00.000Z" },
  ...{ key: "SFO", headers: [["source", "web"], ["a.b", "x"]] },
  value: { delay: 61, origin: "SFO", code: "007", nothing: null, yes: true, customer: { city: "New York", key: "k" }, key: "inner", "two words": 1, list: [1, 2] },
};

test.each([
  "", "delay > 60", "delay>=61 and delay <= 61", "delay != 60", "origin = SFO and delay < 62", 'origin = "SFO"', "customer.city ~ york", "customer.city !~ paris", "key = SFO", "value.key = inner", "customer.key = k",
  "partition = 2 and offset >= 40", "header.source = web", "header.a.b = x", "time >= 2001-03-01", "time < 2001-03-01T12:00:01Z", "time = 2001-03-01T12:00:00Z", "nothing = null", "missing = null", "yes = true", "code = 007", 'code = "007"',
  "york", '"New York"', "WEB", "list = [1,2]", "delay = 61.0", "origin > SFN", "missing != 3", "york AND sfo",
])("holds: %s", (text) => expect(recordFilter(text)(record)).toBe(true));

test.each([
  "delay > 61", "origin = sfo", "origin = SFO and delay = 3", "missing = 3", "missing > 3", "missing < 3", "delay < abc", "header.other = web", "time < 2001-03-01", "constructor.name = Object", "__proto__ != null", "nothing > 0", 'nothing = "null"', "elsewhere",
])("does not hold: %s", (text) => expect(recordFilter(text)(record)).toBe(false));

test.each(["delay > 60 origin = SFO", "time > soon", "york paris", `${"a = 1 and ".repeat(16)}a = 1`, "a = 1 and"])("is refused with a mend: %s", (text) => {
  expect(() => recordFilter(text)).toThrow(expect.objectContaining({ code: "MR-HTTP-006" }));
});

test("long hostile texts are read to their end", () => {
  expect(() => recordFilter(`${'"\\'.repeat(50_000)} and a = `)).toThrow();
  expect(recordFilter(`a.${"b.".repeat(900)}c = 1`)(record)).toBe(false);
});
