import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Rounds } from "./rounds.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("rounds follow one another, also behind one that fails, end with the one under way, and may begin again", async () => {
  let begun = 0;
  let ended = 0;
  const round = async (): Promise<void> => {
    begun++;
    await new Promise((done) => setTimeout(done, 50));
    ended++;
    if (ended === 1) throw new Error("the first fails");
  };
  const rounds: Rounds = new Rounds({ firstMs: 10, everyMs: 100, round });
  rounds.begin();
  await vi.advanceTimersByTimeAsync(10 + 50 + 100 + 10);
  expect([begun, ended, rounds.rests]).toEqual([2, 1, false]);
  const resting = rounds.rest();
  expect(rounds.rests).toBe(true);
  await vi.advanceTimersByTimeAsync(1_000);
  await resting;
  expect([begun, ended]).toEqual([2, 2]);
  rounds.begin();
  await vi.advanceTimersByTimeAsync(10 + 50);
  expect([begun, ended]).toEqual([3, 3]);
  await rounds.rest();
});
