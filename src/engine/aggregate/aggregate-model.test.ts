import fc from "fast-check";
import { expect, test } from "vitest";
import { RejectRecord } from "../../model/reject-record.ts";
import type { Aggregate } from "../../model/definition.ts";
import type { WindowDecl } from "../../model/manifest.ts";
import { batchOf, iso, type Reading, TestBed } from "./test-bed.ts";

/*
 * Random epochs go to the operator and to a plain model that keeps lists of records; results, their order, late records
 * and dead letters must agree. The operator gets its epochs cut into random batches, and dies and comes back between them.
 */

interface Epoch {
  readings: Reading[];
  /** Where the epoch is cut into batches. */
  cuts: number[];
  /** How far the watermark moves, milliseconds. */
  step: number;
  save: "delta" | "snapshot";
  restart: boolean;
}

interface Held extends Reading {
  offset: number;
}

interface Span {
  group: string;
  parts: unknown[];
  start: number;
  end: number;
  held: Held[];
}

const refused = "refused";

class Model {
  readonly #window: WindowDecl | undefined;
  readonly #by: (keyof Reading)[];
  readonly #lateness: number;
  #spans: Span[] = [];
  #watermark = -Infinity;
  readonly results: unknown[] = [];
  readonly late: number[] = [];
  readonly dead: number[] = [];
  #changed = new Set<Span>();
  #offset = 0;

  constructor(window: WindowDecl | undefined, by: (keyof Reading)[], lateness: number) {
    this.#window = window;
    this.#by = by;
    this.#lateness = lateness;
  }

  add(reading: Reading): void {
    const held = { ...reading, offset: this.#offset++ };
    const parts = this.#by.map((field) => (field === "at" ? iso(reading.at) : (reading[field] ?? null)));
    const found = this.#place(JSON.stringify(parts), parts, held);
    if (found.length === 0) this.late.push(held.offset);
    else if (reading.note === refused) this.dead.push(held.offset);
    else for (const span of found) span.held.push(held);
    if (reading.note !== refused && !this.#window) for (const span of found) this.#changed.add(span);
  }

  #place(group: string, parts: unknown[], held: Held): Span[] {
    const window = this.#window;
    if (!window) return [this.#span(group, parts, 0, 0)];
    if (window.kind === "session") return this.#session(group, parts, held, window.gapMs);
    const advance = window.kind === "hopping" ? window.advanceMs : window.sizeMs;
    const spans: Span[] = [];
    for (let start = Math.floor(held.at / advance) * advance; start > held.at - window.sizeMs; start -= advance) {
      if (start + window.sizeMs + this.#lateness > this.#watermark) spans.push(this.#span(group, parts, start, start + window.sizeMs));
    }
    return spans;
  }

  #span(group: string, parts: unknown[], start: number, end: number): Span {
    let span = this.#spans.find((each) => each.group === group && each.start === start);
    if (!span) this.#spans.push((span = { group, parts, start, end, held: [] }));
    return span;
  }

  #session(group: string, parts: unknown[], { at }: Held, gap: number): Span[] {
    const near = this.#spans.filter((each) => each.group === group && at >= each.start - gap && at <= each.end + gap);
    if (near.length === 0 && at + gap + this.#lateness < this.#watermark) return [];
    this.#spans = this.#spans.filter((each) => !near.includes(each));
    const start = Math.min(at, ...near.map((each) => each.start));
    const end = Math.max(at, ...near.map((each) => each.end));
    const span = { group, parts, start, end, held: near.flatMap((each) => each.held) };
    this.#spans.push(span);
    return [span];
  }

  advance(watermark: number): void {
    this.#watermark = Math.max(this.#watermark, watermark);
    const isOver = ({ end }: Span): boolean => (this.#window?.kind === "session" ? end + this.#window.gapMs + this.#lateness < this.#watermark : end + this.#lateness <= this.#watermark);
    const over = this.#window ? this.#spans.filter(isOver) : [...this.#changed];
    if (this.#window) this.#spans = this.#spans.filter((span) => !isOver(span));
    this.#changed.clear();
    over.sort((a, b) => a.end - b.end || a.start - b.start || compareLists(a.parts, b.parts));
    for (const span of over) if (span.held.length > 0) this.results.push(this.#result(span));
  }

  #result({ parts, start, end, held }: Span): unknown {
    const arrived = held.toSorted((a, b) => a.offset - b.offset);
    const values = arrived.flatMap(({ value }) => (value === null ? [] : [value]));
    const sum = values.reduce((a, b) => a + b, 0);
    const some = (value: number): number | null => (values.length === 0 ? null : value);
    const notes = arrived.flatMap(({ note }) => note ?? []);
    const latest = this.#window?.kind === "session" ? end : Math.max(...held.map(({ at }) => at));
    return {
      record: {
        ...Object.fromEntries(this.#by.map((field, i) => [field, parts[i]])),
        ...(this.#window ? { window: { start: iso(start), end: iso(end) } } : {}),
        count: held.length,
        sum: some(sum),
        mean: some(sum / values.length),
        min: some(Math.min(...values)),
        max: some(Math.max(...values)),
        median: quantile(values, 0.5),
        p95: quantile(values, 0.95),
        first: notes[0] ?? null,
        last: notes.at(-1) ?? null,
        lastFlag: arrived.at(-1)?.flag,
        firstZone: arrived.flatMap(({ zone }) => zone ?? [])[0] ?? null,
        flags: arrived.filter(({ flag }) => flag).length,
      },
      eventTime: latest,
    };
  }
}

function compareLists(a: unknown[], b: unknown[]): number {
  for (let i = 0; i < a.length; i++) {
    if (a[i] === b[i]) continue;
    if (a[i] === null || b[i] === null) return a[i] === null ? -1 : 1;
    return (a[i] as string) < (b[i] as string) ? -1 : 1;
  }
  return 0;
}

function quantile(values: number[], q: number): number | null {
  if (values.length === 0) return null;
  const sorted = values.toSorted((a, b) => a - b);
  const at = (sorted.length - 1) * q;
  const share = at - Math.floor(at);
  const [low, high] = [sorted[Math.floor(at)], sorted[Math.ceil(at)]];
  return low === high ? low : low * (1 - share) + high * share;
}

const flags: Aggregate = {
  op: "reduce",
  init: () => ({ n: 0 }),
  add: (state: { n: number }, { note, flag }) => {
    if (note === refused) throw new RejectRecord("no");
    return { n: state.n + (flag ? 1 : 0) };
  },
  merge: (a, b) => ({ n: a.n + b.n }),
  result: ({ n }) => n,
};

const aggregate: Record<string, Aggregate> = {
  count: { op: "count" },
  sum: { op: "sum", field: "value" },
  mean: { op: "mean", field: "value" },
  min: { op: "min", field: "value" },
  max: { op: "max", field: "value" },
  median: { op: "quantile", field: "value", q: 0.5 },
  p95: { op: "quantile", field: "value", q: 0.95 },
  first: { op: "first", field: "note" },
  last: { op: "last", field: "note" },
  lastFlag: { op: "last", field: "flag" },
  firstZone: { op: "first", field: "zone" },
  flags,
};

// Times cluster, spread and jump by years; values are halves, so that sums do not depend on their order.
const times = fc.oneof({ weight: 6, arbitrary: fc.integer({ min: -50, max: 400 }) }, { weight: 2, arbitrary: fc.integer({ min: -2_000, max: 20_000 }) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 3 }).map((years) => years * 31_536_000_000) });
const keys = fc.oneof({ weight: 5, arbitrary: fc.constantFrom<string | null>("a", "b", null, "", "zürich \u{1f30d}", "a key that is long enough to be cut out of another") }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 40 }).map((n) => `key ${n}`) });
const readings: fc.Arbitrary<Reading> = fc.record({
  key: keys,
  zone: fc.constantFrom(null, 0, 1, -7),
  value: fc.option(fc.integer({ min: -40, max: 40 }).map((n) => n / 2), { freq: 5 }),
  flag: fc.boolean(),
  note: fc.oneof({ weight: 9, arbitrary: fc.constantFrom<string | null>(null, "x", "y", "a note that is longer than most") }, { weight: 1, arbitrary: fc.constant(refused) }),
  at: times,
});
const epochs: fc.Arbitrary<Epoch[]> = fc.array(
  fc.record({
    readings: fc.array(readings, { maxLength: 30 }),
    cuts: fc.array(fc.nat(30), { maxLength: 3 }),
    step: fc.oneof(fc.integer({ min: 0, max: 150 }), fc.constantFrom(0, 5_000, 31_536_000_000)),
    save: fc.constantFrom("delta", "delta", "delta", "snapshot"),
    restart: fc.boolean(),
  }),
  { minLength: 1, maxLength: 12 },
);

const windows: Record<string, WindowDecl | undefined> = {
  tumbling: { kind: "tumbling", sizeMs: 60 },
  hopping: { kind: "hopping", sizeMs: 90, advanceMs: 30 },
  "hopping that does not divide": { kind: "hopping", sizeMs: 100, advanceMs: 45 },
  session: { kind: "session", gapMs: 25 },
  running: undefined,
};

const bys: (keyof Reading)[][] = [["key"], ["key", "zone"], ["flag", "key", "zone"], ["zone"], ["at"], []];

function cutUp(all: Reading[], cuts: number[]): Reading[][] {
  const at = [0, ...cuts.map((cut) => Math.min(cut, all.length)).sort((a, b) => a - b), all.length];
  return at.slice(1).map((end, i) => all.slice(at[i], end));
}

function run(window: WindowDecl | undefined, by: (keyof Reading)[], lateness: number, given: Epoch[]): void {
  const bed = new TestBed({ window, by, allowedLatenessMs: lateness, aggregate });
  const model = new Model(window, by, lateness);
  let watermark = -100;
  for (const { readings: some, cuts, step, save, restart } of given) {
    watermark += step;
    for (const each of some) model.add(each);
    model.advance(watermark);
    bed.epoch(cutUp(some, cuts).map((part, i) => batchOf(part, i % 2 === 0)), watermark, save);
    if (restart) bed.restart();
  }
  model.advance(Infinity);
  bed.epoch([], Infinity);
  expect(bed.emitted).toEqual(model.results);
  expect(bed.late.map(({ offset }) => offset).sort((a, b) => a - b)).toEqual(model.late);
  expect(bed.dead.map(({ offset }) => offset).sort((a, b) => a - b)).toEqual(model.dead);
  if (window) expect(bed.operator.held).toBe(0);
}

for (const [name, window] of Object.entries(windows)) {
  test(`${name}: random input, cuts and restarts give what a plain model gives`, () => {
    fc.assert(
      fc.property(fc.constantFrom(...bys), window ? fc.constantFrom(0, 20, 500) : fc.constant(0), epochs, (by, lateness, given) => run(window, by, lateness, given)),
      { numRuns: 150 },
    );
  });
}

test("every record counts once in tumbling windows, is late or is refused", () => {
  fc.assert(
    fc.property(epochs, (given) => {
      const bed = new TestBed({ window: windows.tumbling, aggregate });
      let watermark = 0;
      for (const { readings: some, cuts, step } of given) bed.epoch(cutUp(some, cuts).map((part) => batchOf(part)), (watermark += step));
      bed.epoch([], Infinity);
      const counted = bed.emitted.reduce((sum, { record }) => sum + record.count, 0);
      expect(counted + bed.late.length + bed.dead.length).toBe(given.reduce((sum, { readings: some }) => sum + some.length, 0));
    }),
  );
});
