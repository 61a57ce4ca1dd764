import { expect, test } from "vitest";
import { MillraceError } from "../../errors.ts";
import type { Aggregate } from "../../model/definition.ts";
import { batchOf, reading, TestBed } from "./test-bed.ts";

const count: Aggregate = { op: "count" };
const median: Aggregate = { op: "quantile", field: "value", q: 0.5 };
const last: Aggregate = { op: "last", field: "note" };
const minute = { kind: "tumbling", sizeMs: 60_000 } as const;

const codeOf = (action: () => void): string => {
  try {
    action();
  } catch (error) {
    return error instanceof MillraceError ? error.code : `not ours: ${error}`;
  }
  return "none";
};

test("an epoch that changes nothing has no state to save", () => {
  const bed = new TestBed({ window: minute, aggregate: { count } });
  expect(bed.operator.delta?.()).toBeUndefined();
  bed.epoch([batchOf([reading("a", 5)])], 10);
  bed.epoch([], 10);
  expect(bed.entries).toHaveLength(1);
  // The watermark alone is state too: what is late must stay late after a restart.
  bed.epoch([], 20);
  expect(bed.entries).toHaveLength(2);
  expect(bed.entries[1].bytes.byteLength).toBeLessThan(200);
});

test("what was late stays late after a restart", () => {
  const bed = new TestBed({ window: minute, aggregate: { count } });
  bed.epoch([], 60_000);
  bed.restart();
  bed.epoch([batchOf([reading("a", 5)])], 60_000);
  expect(bed.late).toHaveLength(1);
});

test("a delta holds the new values of a quantile, not all of them", () => {
  const bed = new TestBed({ window: minute, aggregate: { median } });
  bed.epoch([batchOf(Array.from({ length: 20_000 }, (_, i) => reading("a", 5, i + 0.5)))], 10);
  bed.epoch([batchOf(Array.from({ length: 10 }, (_, i) => reading("a", 5, i + 0.5)))], 10);
  expect(bed.entries[0].bytes.byteLength).toBeGreaterThan(100_000);
  expect(bed.entries[1].bytes.byteLength).toBeLessThan(400);
  bed.restart();
  bed.epoch([], 60_000);
  expect(bed.emitted[0].record.median).toBe(9_995);
});

test("a snapshot stands for all before it, and deltas go on from it", () => {
  const bed = new TestBed({ window: minute, aggregate: { count, median, last } });
  const some = (n: number) => batchOf(Array.from({ length: n }, (_, i) => reading(`k${i % 3}`, 5, i, { note: `note ${i}` })));
  bed.epoch([some(100)], 10);
  bed.epoch([some(50)], 10, "snapshot");
  expect(bed.operator.delta?.()).toBeUndefined();
  bed.epoch([some(7)], 10);
  expect(bed.entries.map(({ kind }) => kind)).toEqual(["snapshot", "delta"]);
  bed.restart();
  bed.restart();
  bed.epoch([], 60_000);
  expect(bed.emitted.map(({ record }) => [record.count, record.last])).toEqual([
    [54, "note 6"],
    [52, "note 4"],
    [51, "note 5"],
  ]);
});

test("state survives all that a number and a text can be", () => {
  const odd = [-0, NaN, Infinity, -Infinity, 2 ** 53 - 1, Number.MIN_VALUE, 0.1];
  const setup = { by: ["key", "value"], window: minute, aggregate: { count, first: { op: "first", field: "value" } as Aggregate, last }, result: (row: any) => ({ ...row, value: String(row.value), first: Object.is(row.first, -0) ? "-0" : String(row.first) }) };
  const results = [false, true].map((restart) => {
    const bed = new TestBed(setup);
    bed.epoch([batchOf(odd.flatMap((value, i) => [reading(`"\u0000\u2028\u{10ffff}${i}`, 5, value, { note: "\u{1f9ea}".repeat(9) }), reading(null, 5, value)]))], 10);
    if (restart) bed.restart();
    bed.epoch([], 60_000);
    return bed.emitted;
  });
  expect(results[0]).toHaveLength(14);
  expect(results[1]).toEqual(results[0]);
});

test("state of other aggregates, fields or windows is refused by name", () => {
  const bed = new TestBed({ window: minute, aggregate: { count, last } });
  bed.epoch([batchOf([reading("a", 5)])], 10);
  const others: ConstructorParameters<typeof TestBed>[0][] = [{ window: minute, aggregate: { count } }, { window: { ...minute, sizeMs: 1 }, aggregate: { count, last } }, { by: ["zone"], window: minute, aggregate: { count, last } }];
  for (const other of others) {
    const changed = new TestBed(other);
    expect(codeOf(() => changed.operator.restore?.(bed.entries[0]))).toBe("MR-ENGINE-009");
  }
  // A figure that comes out of what is kept anyway changes nothing.
  const same = new TestBed({ window: minute, aggregate: { events: count, last, again: last } });
  expect(codeOf(() => same.operator.restore?.(bed.entries[0]))).toBe("none");
});

test("damaged state is refused, whatever the damage", () => {
  const bed = new TestBed({ by: ["key", "zone"], window: minute, aggregate: { count, median, last, list: { op: "reduce", init: () => [], add: (state: unknown[], { note }) => [...state, note] } } });
  bed.epoch([batchOf(Array.from({ length: 40 }, (_, i) => reading(`k${i % 7}`, i, i / 3, { note: `n${i}`, zone: i % 2 })))], 10);
  const { bytes } = bed.entries[0];
  for (let length = 0; length < bytes.byteLength; length += 7) {
    const cut = bytes.slice(0, length);
    expect(codeOf(() => bed.start().restore?.({ kind: "delta", bytes: cut }))).toBe("MR-ENGINE-009");
  }
  for (let at = 0; at < bytes.byteLength; at++) {
    const changed = bytes.slice();
    changed[at] ^= 0xff;
    expect(["MR-ENGINE-009", "none"]).toContain(codeOf(() => bed.start().restore?.({ kind: "delta", bytes: changed })));
  }
});

test("a state that is no JSON is named as such", () => {
  const loop: Aggregate = { op: "reduce", init: () => ({}), add: (state: { self?: unknown }) => Object.assign(state, { self: state }) };
  const bed = new TestBed({ window: minute, aggregate: { loop } });
  expect(() => bed.epoch([batchOf([reading("a", 5)])], 10)).toThrow(/MR-ENGINE-001: the state of a reduce is no JSON/);
});

test("groups that come and go leave nothing behind", () => {
  for (const by of [["key"], ["zone", "key"], ["value"]]) {
    const bed = new TestBed({ by, window: minute, aggregate: { count } });
    const epochs = 24;
    for (let epoch = 0; epoch < epochs; epoch++) {
      // Each key is there in two windows that follow each other; every fourth epoch brings the first ones back.
      const base = epoch % 4 === 3 ? 0 : epoch * 1_500;
      bed.epoch([batchOf(Array.from({ length: 3_000 }, (_, i) => reading(`customer number ${base + i}`, epoch * 60_000, base + i)))], epoch * 60_000, epoch % 5 === 0 ? "snapshot" : "delta");
      if (epoch % 6 === 5) bed.restart();
      expect(bed.operator.held).toBe(3_000);
    }
    bed.epoch([], Infinity);
    expect(bed.operator.held).toBe(0);
    expect(bed.emitted).toHaveLength(epochs * 3_000);
    expect(bed.emitted.every(({ record }) => record.count === 1)).toBe(true);
    const keys = bed.emitted.slice(-3_000).map(({ record }) => record[by.at(-1) as string]);
    expect(keys).toEqual(keys.toSorted((a, b) => (a < b ? -1 : 1)));
  }
});
