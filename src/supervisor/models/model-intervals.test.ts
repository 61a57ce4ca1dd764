import fc from "fast-check";
import { expect, test } from "vitest";
import type { Snapshot } from "../../lake/table-metadata.ts";
import { isFilled, readLedger, withFilled, writeLedger } from "./model-intervals.ts";

const hour = 3_600_000;

test("intervals that touch are one, gaps stay, and another statement begins anew", () => {
  let ledger = withFilled(undefined, "a", 0, hour);
  ledger = withFilled(ledger, "a", 2 * hour, 3 * hour);
  expect(ledger.filled).toEqual([[0, hour], [2 * hour, 3 * hour]]);
  expect(isFilled(ledger, "a", 0, 2 * hour)).toBe(false);
  ledger = withFilled(ledger, "a", hour, 2 * hour);
  expect(ledger.filled).toEqual([[0, 3 * hour]]);
  expect(isFilled(ledger, "a", hour, 2 * hour)).toBe(true);
  expect(isFilled(ledger, "b", hour, 2 * hour)).toBe(false);
  expect(withFilled(ledger, "b", 5, 6).filled).toEqual([[5, 6]]);
});

test("in any order, what is noted is what was filled, and a summary keeps it", () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 60 }), (hours) => {
      const ledger = hours.reduce<ReturnType<typeof withFilled> | undefined>((before, at) => withFilled(before, "f", at * hour, (at + 1) * hour), undefined);
      const again = ledger && readLedger({ summary: writeLedger(ledger) } as unknown as Snapshot);
      for (let at = 0; at <= 41; at++) expect(isFilled(again, "f", at * hour, (at + 1) * hour)).toBe(hours.includes(at));
    }),
    { numRuns: 200 },
  );
});
