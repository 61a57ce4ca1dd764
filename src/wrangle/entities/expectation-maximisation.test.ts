import fc from "fast-check";
import { expect, test } from "vitest";
import { expectationMaximisation, type Pattern } from "./expectation-maximisation.ts";

/** Pairs as many as a model says that there are of each combination of levels. */
function patternsOf(matching: number, m: readonly number[][], u: readonly number[][], pairs: number): Pattern[] {
  const combinations = m.reduce<number[][]>((all, shares) => all.flatMap((levels) => shares.map((_, level) => [...levels, level])), [[]]);
  const part = (shares: readonly number[][], levels: number[]) => levels.reduce((product, level, i) => product * shares[i][level], 1);
  return combinations.map((levels) => ({ levels, pairs: pairs * (matching * part(m, levels) + (1 - matching) * part(u, levels)) }));
}

const u = [[0.01, 0.02, 0.97], [0.001, 0.999], [0.02, 0.03, 0.95], [0.05, 0.95]];
const shares = (count: number, exact: number): number[] => [exact, ...Array.from({ length: count - 1 }, () => (1 - exact) / (count - 1))];

test("what pairs were made of is found again", () => {
  fc.assert(
    fc.property(fc.double({ min: 0.01, max: 0.9, noNaN: true }), fc.array(fc.double({ min: 0.6, max: 0.98, noNaN: true }), { minLength: 4, maxLength: 4 }), (matching, exact) => {
      const m = u.map((each, i) => shares(each.length, exact[i]));
      const found = expectationMaximisation(patternsOf(matching, m, u, 1e7), { u, without: new Set(), roundsMax: 2_000, still: 1e-9 });
      expect(found.matching).toBeCloseTo(matching, 3);
      for (const [i, each] of m.entries()) for (const [level, share] of each.entries()) expect(found.m[i][level]).toBeCloseTo(share, 2);
    }),
    { numRuns: 30 },
  );
});

test("a column that says nothing stays as it was, nulls say nothing, rounds are bounded", () => {
  const patterns: Pattern[] = [{ levels: [0, -1], pairs: 50 }, { levels: [1, 0], pairs: 50 }, { levels: [-1, -1], pairs: 10 }];
  const two = [[0.1, 0.9], [0.1, 0.9]];
  expect(expectationMaximisation(patterns, { u: two, without: new Set([1]) }).m[1]).toEqual([0.9, expect.closeTo(0.1, 9)]);
  expect(expectationMaximisation(patterns, { u: two, without: new Set(), roundsMax: 2, still: 0 })).toMatchObject({ rounds: 2, converged: false });
  const none = expectationMaximisation([], { u: two, without: new Set() });
  expect([none.matching, ...none.m.flat()].every((share) => share > 0 && share < 1)).toBe(true);
});
