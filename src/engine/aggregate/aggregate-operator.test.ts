import { expect, test } from "vitest";
import { BatchBuilder } from "../../batch/builder.ts";
import type { Aggregate } from "../../model/definition.ts";
import { MillraceError } from "../../errors.ts";
import { batchOf, iso, reading, readingColumns, TestBed, topic } from "./test-bed.ts";

const count: Aggregate = { op: "count" };
const sum: Aggregate = { op: "sum", field: "value" };
const minute = { kind: "tumbling", sizeMs: 60_000 } as const;

test("a tumbling window gives its result when the watermark reaches its end, once", () => {
  const bed = new TestBed({ window: minute, aggregate: { count, sum } });
  bed.epoch([batchOf([reading("a", 0, 2), reading("b", 59_999, 3), reading("a", 60_000, 5)])], 59_999);
  expect(bed.emitted).toEqual([]);
  bed.epoch([], 60_000);
  expect(bed.emitted).toEqual([
    { record: { key: "a", count: 1, sum: 2, window: { start: iso(0), end: iso(60_000) } }, eventTime: 0 },
    { record: { key: "b", count: 1, sum: 3, window: { start: iso(0), end: iso(60_000) } }, eventTime: 59_999 },
  ]);
  bed.epoch([], 70_000);
  expect(bed.emitted).toHaveLength(2);
  expect(bed.operator.held).toBe(1);
});

test("windows before 1970 are aligned as those after", () => {
  const bed = new TestBed({ window: minute, aggregate: { count } });
  bed.epoch([batchOf([reading("a", -1), reading("a", -60_000), reading("a", -60_001)])], 0);
  expect(bed.emitted.map(({ record }) => [record.window.start, record.count])).toEqual([
    [iso(-120_000), 1],
    [iso(-60_000), 2],
  ]);
});

test("a jump of event time gives every window on the way its result", () => {
  const bed = new TestBed({ window: minute, aggregate: { count } });
  const year = 31_536_000_000;
  bed.epoch([batchOf([reading("a", 0), reading("a", 61_000), reading("b", year), reading("a", 62_000)])], year + 60_000);
  expect(bed.emitted.map(({ record }) => [record.key, record.window.start, record.count])).toEqual([
    ["a", iso(0), 1],
    ["a", iso(60_000), 2],
    ["b", iso(year), 1],
  ]);
});

test("a record whose window is over goes to the late topic with its reason", () => {
  const bed = new TestBed({ window: minute, aggregate: { count } });
  bed.epoch([batchOf([reading("a", 10)])], 61_000);
  bed.epoch([batchOf([reading("b", 70_000), reading("a", 20)])], 61_000);
  expect(bed.late).toHaveLength(1);
  expect(bed.late[0].record).toMatchObject({ key: "a", value: 1 });
  expect(bed.late[0].headers).toEqual({ by: "60980", watermark: "61000", window_end: "60000", topic: "readings", partition: "0", offset: "2", stage: "stage", code: "MR-ENGINE-006" });
});

test("allowed lateness holds the window open and gives one result", () => {
  const bed = new TestBed({ window: minute, allowedLatenessMs: 5_000, aggregate: { count } });
  bed.epoch([batchOf([reading("a", 10)])], 64_999);
  bed.epoch([batchOf([reading("a", 20)])], 65_000);
  bed.epoch([batchOf([reading("a", 30)])], 65_001);
  expect(bed.emitted.map(({ record }) => record.count)).toEqual([2]);
  expect(bed.late).toHaveLength(1);
});

test("a record late for some hopping windows counts in the others", () => {
  const bed = new TestBed({ window: { kind: "hopping", sizeMs: 60_000, advanceMs: 20_000 }, aggregate: { count } });
  bed.epoch([], 61_000);
  bed.epoch([batchOf([reading("a", 45_000)])], 1_000_000);
  // In [0, 60 s), which is over, and in the two after it.
  expect(bed.emitted.map(({ record }) => record.window.start)).toEqual([iso(20_000), iso(40_000)]);
  expect(bed.late).toEqual([]);
});

test("hopping windows that the advance does not divide", () => {
  const bed = new TestBed({ window: { kind: "hopping", sizeMs: 25, advanceMs: 10 }, aggregate: { count } });
  bed.epoch([batchOf([reading("a", 21), reading("a", 25), reading("a", 34)])], 1_000);
  expect(bed.emitted.map(({ record }) => [Date.parse(record.window.start), record.count])).toEqual([
    [0, 1],
    [10, 3],
    [20, 3],
    [30, 1],
  ]);
});

test("sessions merge at the gap, and one record can join two", () => {
  const bed = new TestBed({ window: { kind: "session", gapMs: 100 }, aggregate: { count, sum, first: { op: "first", field: "note" }, last: { op: "last", field: "note" } } });
  bed.epoch([batchOf([reading("a", 1_000, 1, { note: "one" }), reading("a", 1_200, 2, { note: "two" }), reading("a", 1_401, 4, { note: "three" })])], 0);
  expect(bed.operator.held).toBe(3);
  bed.epoch([batchOf([reading("a", 1_100, 8, { note: "four" })])], 1_300);
  expect(bed.operator.held).toBe(2);
  bed.epoch([], 1_301);
  bed.epoch([], 1_502);
  expect(bed.emitted).toEqual([
    { record: { key: "a", count: 3, sum: 11, first: "one", last: "four", window: { start: iso(1_000), end: iso(1_200) } }, eventTime: 1_200 },
    { record: { key: "a", count: 1, sum: 4, first: "three", last: "three", window: { start: iso(1_401), end: iso(1_401) } }, eventTime: 1_401 },
  ]);
});

test("a record that would be a session of its own that is over is late", () => {
  const bed = new TestBed({ window: { kind: "session", gapMs: 100 }, aggregate: { count } });
  bed.epoch([], 1_000);
  bed.epoch([batchOf([reading("a", 899), reading("a", 900)])], 1_001);
  expect(bed.late.map(({ headers }) => headers.window_end)).toEqual(["899"]);
  expect(bed.emitted.map(({ record }) => record.count)).toEqual([1]);
});

test("without windows each epoch gives the groups that it changed", () => {
  const bed = new TestBed({ aggregate: { count, sum } });
  bed.epoch([batchOf([reading("b", 5, 1), reading("a", 7, 2)]), batchOf([reading("b", 3, 4)])], -Infinity);
  bed.epoch([batchOf([reading("b", 9, 8)])], -Infinity);
  bed.epoch([], 100);
  expect(bed.emitted).toEqual([
    { record: { key: "a", count: 1, sum: 2 }, eventTime: 7 },
    { record: { key: "b", count: 2, sum: 5 }, eventTime: 5 },
    { record: { key: "b", count: 3, sum: 13 }, eventTime: 9 },
  ]);
});

test("null is a group, and fields of every type group", () => {
  const bed = new TestBed({ by: ["key", "zone", "flag", "at"], aggregate: { count } });
  bed.epoch([batchOf([reading(null, 5), reading("null", 5), reading(null, 5, 1, { zone: 3, flag: true }), reading(null, 5.5)])], 0);
  expect(bed.emitted.map(({ record }) => record)).toEqual([
    { key: null, zone: null, flag: false, at: iso(5), count: 2 },
    { key: null, zone: 3, flag: true, at: iso(5), count: 1 },
    { key: "null", zone: null, flag: false, at: iso(5), count: 1 },
  ]);
});

test("without fields to group by there is one group", () => {
  const bed = new TestBed({ by: [], aggregate: { count } });
  bed.epoch([batchOf([reading("a", 5), reading("b", 5)])], 0);
  expect(bed.emitted.map(({ record }) => record)).toEqual([{ count: 2 }]);
});

test("nulls count as records only", () => {
  const ops = ["sum", "mean", "min", "max"] as const;
  const aggregate: Record<string, Aggregate> = { count, q: { op: "quantile", field: "value", q: 0.5 }, first: { op: "first", field: "value" }, note: { op: "last", field: "note" } };
  for (const op of ops) aggregate[op] = { op, field: "value" };
  const bed = new TestBed({ aggregate });
  bed.epoch([batchOf([reading("a", 1, null), reading("b", 1, null), reading("b", 1, 4, { note: "x" }), reading("b", 2, 1), reading("b", 2, null)])], 0);
  expect(bed.emitted.map(({ record }) => record)).toEqual([
    { key: "a", count: 1, q: null, first: null, note: null, sum: null, mean: null, min: null, max: null },
    { key: "b", count: 4, q: 2.5, first: 4, note: "x", sum: 5, mean: 2.5, min: 1, max: 4 },
  ]);
});

test("NaN is larger than every number", () => {
  const aggregate: Record<string, Aggregate> = { min: { op: "min", field: "value" }, max: { op: "max", field: "value" }, low: { op: "quantile", field: "value", q: 0 }, high: { op: "quantile", field: "value", q: 1 } };
  const bed = new TestBed({ aggregate, result: (row) => Object.fromEntries(Object.entries(row).map(([name, value]) => [name, String(value)])) });
  bed.epoch([batchOf([reading("a", 1, 3), reading("a", 1, NaN), reading("a", 1, -Infinity), reading("b", 1, NaN)])], 0);
  expect(bed.emitted.map(({ record }) => record)).toEqual([
    { key: "a", min: "-Infinity", max: "NaN", low: "-Infinity", high: "NaN" },
    { key: "b", min: "NaN", max: "NaN", low: "NaN", high: "NaN" },
  ]);
});

test("a record that a reduce refuses goes to the dead letters and counts nowhere", () => {
  const words: Aggregate = {
    op: "reduce",
    init: () => [],
    add: (state: string[], { note }) => {
      if (note === "bad") throw new Error("bad note");
      return [...state, note ?? "none"];
    },
    result: (state) => state.join(" "),
  };
  const bed = new TestBed({ window: { kind: "hopping", sizeMs: 20, advanceMs: 10 }, aggregate: { count, words } });
  bed.epoch([batchOf([reading("a", 10, 1, { note: "x" }), reading("a", 11, 1, { note: "bad" }), reading("a", 12), reading("b", 12, 1, { note: "bad" })])], 1_000);
  expect(bed.emitted.map(({ record }) => [record.key, record.count, record.words])).toEqual([
    ["a", 2, "x none"],
    ["a", 2, "x none"],
  ]);
  expect(bed.dead.map(({ record, headers }) => [record.key, record.note, headers.errorCode, headers.errorMessage])).toEqual([
    ["a", "bad", "MR-ENGINE-001", "bad note"],
    ["b", "bad", "MR-ENGINE-001", "bad note"],
  ]);
});

test("reduced states of sessions merge in the order of the sessions", () => {
  const notes: Aggregate = { op: "reduce", init: () => [], add: (state: unknown[], { note }) => [...state, note], merge: (a, b) => [...a, ...b] };
  const bed = new TestBed({ window: { kind: "session", gapMs: 10 }, aggregate: { notes } });
  const at = (time: number, note: string) => reading("a", time, 1, { note });
  bed.epoch([batchOf([at(100, "late one"), at(101, "late two"), at(80, "early"), at(90, "between")])], 1_000);
  expect(bed.emitted[0].record.notes).toEqual(["early", "late one", "late two", "between"]);
});

test("an event time that is no time goes to the dead letters", () => {
  for (const window of [minute, { kind: "session", gapMs: 10 } as const, undefined]) {
    const bed = new TestBed({ window, aggregate: { count } });
    // Our own builder refuses such times; a batch that something else wrote may still have them.
    const times = [NaN, Infinity, 8.7e15, 5];
    const batch = batchOf(times.map(() => reading("a", 0)));
    bed.epoch([{ ...batch, eventTime: Float64Array.from(times) }], 100_000);
    expect(bed.emitted.map(({ record }) => record.count)).toEqual([1]);
    expect(bed.dead.map(({ headers }) => headers.errorCode)).toEqual(Array(3).fill("MR-DATA-001"));
  }
});

test("a record that deletes its key counts nowhere", () => {
  const bed = new TestBed({ aggregate: { count } });
  const builder = new BatchBuilder({ columns: readingColumns, key: "key", eventTime: "at", where: "test" });
  builder.append({ ...reading("a", 0), at: iso(0) }, 0);
  builder.appendTombstone("a", 5);
  bed.epoch([builder.finish()], 0);
  expect(bed.emitted.map(({ record }) => record)).toEqual([{ key: "a", count: 1 }]);
});

test("a quiet input closes what the wall clock has passed, and what comes for it later is late", () => {
  const bed = new TestBed({ window: minute, allowedLatenessMs: 1_000, aggregate: { count } });
  bed.epoch([batchOf([reading("a", 10), reading("a", 60_010)])], 0);
  expect(bed.quiet(60_999)).toBeUndefined();
  expect(bed.quiet(62_000)).toBe(61_000);
  expect(bed.emitted).toHaveLength(1);
  bed.restart();
  bed.epoch([batchOf([reading("a", 20)])], 0);
  expect(bed.late).toHaveLength(1);
  expect(bed.quiet(1e12)).toBe(121_000);
  expect(bed.quiet(1e12)).toBeUndefined();
});

test("a quiet input closes sessions", () => {
  const bed = new TestBed({ window: { kind: "session", gapMs: 100 }, aggregate: { count } });
  bed.epoch([batchOf([reading("a", 10), reading("b", 500)])], 0);
  expect(bed.quiet(111)).toBe(111);
  expect(bed.emitted.map(({ record }) => record.key)).toEqual(["a"]);
});

test("readers of the results are held back until the results are there", () => {
  const results = (setup: ConstructorParameters<typeof TestBed>[0], watermark: number) => new TestBed(setup).operator.resultsFrom?.(watermark);
  expect(results({ window: minute, aggregate: { count } }, 119_999)).toBe(60_000);
  expect(results({ window: minute, aggregate: { count } }, 120_000)).toBe(120_000);
  expect(results({ window: minute, allowedLatenessMs: 1, aggregate: { count } }, 120_000)).toBe(60_000);
  expect(results({ window: { kind: "hopping", sizeMs: 30, advanceMs: 10 }, aggregate: { count } }, 100)).toBe(80);
  expect(results({ window: { kind: "session", gapMs: 10 }, aggregate: { count } }, 100)).toBe(89);
  expect(results({ window: minute, aggregate: { count } }, -Infinity)).toBe(-Infinity);
  expect(results({ aggregate: { count } }, 100)).toBe(100);
});

test("without a shape of the user's the result is flat, and its event-time field is its event time", () => {
  const columns = [...readingColumns.slice(0, 1), { name: "count", type: "integer", nullable: false } as const, ...["window_start", "window_end"].map((name) => ({ name, type: "timestamp", nullable: false }) as const)];
  const bed = new TestBed({ window: minute, aggregate: { count }, output: topic("results", columns, { eventTime: "window_start" }) });
  bed.epoch([batchOf([reading("a", 61_000)])], 120_000);
  expect(bed.emitted).toEqual([{ record: { key: "a", count: 1, window_start: iso(60_000), window_end: iso(120_000) }, eventTime: 60_000 }]);
});

test("what a user's result throws names the stage", () => {
  const bed = new TestBed({
    aggregate: { count },
    result: () => {
      throw new Error("no");
    },
  });
  expect(() => bed.epoch([batchOf([reading("a", 1)])], 0)).toThrow(/MR-ENGINE-001: `result` threw: no\n {2}where: stage "stage"/);
});

test("a stage that cannot be computed is refused", () => {
  const refusal = (setup: ConstructorParameters<typeof TestBed>[0]): string => {
    try {
      new TestBed(setup);
    } catch (error) {
      return error instanceof MillraceError ? `${error.code} ${error.parts.what}` : String(error);
    }
    return "";
  };
  expect(refusal({ aggregate: {} })).toMatch(/MR-MODEL-001 it names no aggregate/);
  expect(refusal({ by: ["nobody"], aggregate: { count } })).toMatch(/`by` names the field "nobody"/);
  expect(refusal({ aggregate: { sum: { op: "sum", field: "flag" } } })).toMatch(/takes the sum of "flag", which is a boolean/);
  expect(refusal({ aggregate: { q: { op: "quantile", field: "value", q: 95 } } })).toMatch(/quantile 95/);
  expect(refusal({ window: { kind: "tumbling", sizeMs: 0.5 }, aggregate: { count } })).toMatch(/length of 0.5 ms/);
  expect(refusal({ window: { kind: "hopping", sizeMs: 10_001, advanceMs: 1 }, aggregate: { count } })).toMatch(/in 10001 windows/);
  expect(refusal({ window: { kind: "hopping", sizeMs: 1, advanceMs: 2 }, aggregate: { count } })).toMatch(/leave out/);
  expect(refusal({ window: { kind: "session", gapMs: 1 }, aggregate: { r: { op: "reduce", init: () => 0, add: () => 0 } } })).toMatch(/no merge/);
});

test("a record in very many windows", () => {
  const bed = new TestBed({ window: { kind: "hopping", sizeMs: 10_000, advanceMs: 1 }, aggregate: { count } });
  bed.epoch([batchOf(Array.from({ length: 10 }, (_, i) => reading("a", 20_000 + i)))], 1e6, "nothing");
  expect(bed.emitted).toHaveLength(10_009);
  expect(bed.emitted.reduce((total, { record }) => total + record.count, 0)).toBe(100_000);
});
