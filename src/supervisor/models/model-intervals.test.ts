import fc from "fast-check";
import { expect, test } from "vitest";
import type { Snapshot } from "../../lake/table-metadata.ts";
import { filledSpans, type IntervalLedger, readLedger, replacedTimes, withFilled, writeLedger } from "./model-intervals.ts";

const hour = 3_600_000;
const day = 24 * hour;

test("intervals that touch are one, gaps stay, and another statement begins anew", () => {
  let ledger = withFilled(undefined, "a", 0, hour);
  ledger = withFilled(ledger, "a", 2 * hour, 3 * hour);
  expect(filledSpans(ledger)).toEqual([[0, hour], [2 * hour, 3 * hour]]);
  ledger = withFilled(ledger, "a", hour, 2 * hour);
  expect(ledger.filled).toEqual([{ from: 0, to: 3 * hour, length: hour }]);
  expect(filledSpans(withFilled(ledger, "b", 5, 6))).toEqual([[5, 6]]);
});

test("days that are shorter or longer, as clocks are changed, are filled in one span", () => {
  const lengths = [24, 23, 24, 24, 25, 24];
  let at = 0;
  let ledger: IntervalLedger | undefined;
  for (const hours of lengths) ledger = withFilled(ledger, "a", at, (at += hours * hour));
  expect(filledSpans(ledger)).toEqual([[0, at]]);
  expect(ledger?.filled.map(({ length }) => length / hour)).toEqual([24, 23, 24, 25, 24]);
});

test("a longer interval takes in the shorter ones, and a shorter one leaves the rest of a longer one to be filled", () => {
  const days = withFilled(withFilled(undefined, "a", 0, day), "a", day, 2 * day);
  expect(withFilled(days, "a", 0, 2 * day).filled).toEqual([{ from: 0, to: 2 * day, length: 2 * day }]);
  expect(filledSpans(withFilled(days, "a", 0, hour))).toEqual([[0, hour], [day, 2 * day]]);
  expect(replacedTimes(days, day + hour, day + 2 * hour)).toEqual([day, day + 2 * hour]);
  expect(filledSpans(withFilled(days, "a", day + hour, day + 2 * hour))).toEqual([[0, day], [day + hour, day + 2 * hour]]);
});

test("an interval without length is noted nowhere", () => {
  expect(withFilled(undefined, "a", 5, 5).filled).toEqual([]);
  expect(replacedTimes(undefined, 5, 5)).toEqual([5, 6]);
  const days = withFilled(undefined, "a", 0, 2 * day);
  // What it finds around it stays, rows and note.
  expect([replacedTimes(days, hour, hour), filledSpans(withFilled(days, "a", hour, hour))]).toEqual([[hour, hour + 1], [[0, 2 * day]]]);
});

/** Rows as a table has them: each knows what time it was made of. */
type Row = { at: number; of: number; by: string };

test("whatever intervals are filled, by whatever statements, each time that counts as filled is in the rows once, and no time twice", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ from: fc.integer({ min: 0, max: 12 }), length: fc.integer({ min: 0, max: 5 }), by: fc.constantFrom("a", "b") }), { maxLength: 25 }), (runs) => {
      let rows: Row[] = [];
      let ledger: IntervalLedger | undefined;
      let last = "";
      for (const { from, length, by } of runs) {
        const to = from + length;
        const [first, end] = replacedTimes(ledger, from, to);
        rows = [...rows.filter(({ at }) => at < first || at >= end), ...Array.from({ length }, (_, i) => ({ at: from, of: from + i, by }))];
        ledger = readLedger({ summary: writeLedger(withFilled(ledger, by, from, to)) } as unknown as Snapshot);
        last = by;
      }
      const times = rows.map(({ of }) => of);
      expect(new Set(times).size).toBe(times.length);
      const filled = filledSpans(ledger).flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i));
      const counted = rows.filter(({ of, by }) => by === last && filled.includes(of)).map(({ of }) => of);
      expect(counted.sort((a, b) => a - b)).toEqual(filled);
    }),
    { numRuns: 500 },
  );
});
