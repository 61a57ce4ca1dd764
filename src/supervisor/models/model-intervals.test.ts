import fc from "fast-check";
import { expect, test } from "vitest";
import type { Snapshot } from "../../lake/table-metadata.ts";
import { filledSpans, type IntervalLedger, readLedger, replacedFrom, withFilled, writeLedger } from "./model-intervals.ts";

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
  expect(replacedFrom(days, day + hour, day + 2 * hour)).toBe(day);
  expect(filledSpans(withFilled(days, "a", day + hour, day + 2 * hour))).toEqual([[0, day], [day + hour, day + 2 * hour]]);
});

test("an interval without length is noted nowhere", () => {
  expect(withFilled(undefined, "a", 5, 5).filled).toEqual([]);
  expect(replacedFrom(undefined, 5, 5)).toBe(5);
});

/** Rows as a table has them: each knows what time it was made of. */
type Row = { at: number; of: number };

test("whatever intervals are filled, each time that counts as filled is in the rows once, and no other is", () => {
  fc.assert(
    fc.property(fc.array(fc.record({ from: fc.integer({ min: 0, max: 12 }), length: fc.integer({ min: 1, max: 5 }) }), { maxLength: 25 }), (runs) => {
      let rows: Row[] = [];
      let ledger: IntervalLedger | undefined;
      for (const { from, length } of runs) {
        const to = from + length;
        const first = replacedFrom(ledger, from, to);
        rows = [...rows.filter(({ at }) => at < first || at >= to), ...Array.from({ length }, (_, i) => ({ at: from, of: from + i }))];
        ledger = readLedger({ summary: writeLedger(withFilled(ledger, "f", from, to)) } as unknown as Snapshot);
      }
      const filled = filledSpans(ledger).flatMap(([from, to]) => Array.from({ length: to - from }, (_, i) => from + i));
      expect(rows.map(({ of }) => of).sort((a, b) => a - b)).toEqual(filled);
    }),
    { numRuns: 500 },
  );
});
