import fc from "fast-check";
import { expect, test } from "vitest";
import { addedWaits, Waits, waitQuantile, waitsSince } from "./waits.ts";

const noted = (...times: number[]): number[] => {
  const waits = new Waits();
  for (const ms of times) waits.note(ms, 1);
  return waits.counts;
};

test("a share's time is within a fifth of that of the sorted times, from nothing to days", () => {
  // At the edge of a class: of days, in milliseconds, the last digits of a number are above a millionth.
  const rounding = 1e-9;
  const time = fc.oneof(fc.double({ min: 0, max: 100, noNaN: true }), fc.double({ min: 0, max: 1e9, noNaN: true }));
  fc.assert(
    fc.property(fc.array(time, { minLength: 1, maxLength: 300 }), fc.constantFrom(0.5, 0.9, 0.99, 1), (times, share) => {
      const exact = times.toSorted((a, b) => a - b)[Math.max(0, Math.ceil(times.length * share - 1e-9) - 1)];
      const told = waitQuantile(noted(...times), share) as number;
      expect(told).toBeGreaterThanOrEqual(exact <= 1 ? 0 : (exact / 2 ** 0.25) * (1 - rounding));
      expect(told).toBeLessThanOrEqual(Math.max(1, exact * 2 ** 0.25) * (1 + rounding));
    }),
  );
});

test("many records at once count as many; a clock that is behind counts as no wait; what never ends is in the last class", () => {
  const waits = new Waits();
  waits.note(-5_000, 99);
  waits.note(64, 1);
  waits.note(5, 0);
  expect(waitQuantile(waits.counts, 0.5)).toBeLessThan(1);
  expect(waitQuantile(waits.counts, 1)).toBeCloseTo(64);
  expect(waits.counts.reduce((sum, count) => sum + count)).toBe(100);
  waits.note(Number.MAX_SAFE_INTEGER, 1);
  expect(waits.counts).toHaveLength(121);
  expect(waitQuantile([], 0.5)).toBeNull();
});

test("those of several processes are added, and those between two looks are what is more", () => {
  const [before, now] = [noted(3, 40), noted(3, 40, 40, 900)];
  expect(waitsSince(before, now)).toEqual(waitsSince([], noted(40, 900)));
  expect(addedWaits(before, waitsSince(before, now))).toEqual(now);
  expect(waitQuantile(waitsSince(now, before), 0.5)).toBeNull();
});
