import { expect, test } from "vitest";
import { simulateYear } from "./simulated-year-for-tests.ts";
import { simulate } from "./simulation-for-tests.ts";

/** `npm run simulate` goes on with other seeds. */
test("under any faults nothing is run twice at once, too early or beyond its pool, and in the end all has run", { timeout: 300_000 }, () => {
  const totals = { crashes: 0, takeovers: 0, lost: 0, attempts: 0 };
  for (let seed = 1; seed <= 100; seed++) {
    const shards = seed % 4 === 0 ? 5 : 1;
    let result: ReturnType<typeof simulate>;
    try {
      result = simulate(seed, { shards });
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
    if (seed % 5 === 0) expect(simulate(seed, { shards }).digest, `seed ${seed} is not the same twice`).toBe(result.digest);
    for (const key of ["crashes", "takeovers", "lost", "attempts"] as const) totals[key] += result[key];
  }
  // The faults did come.
  expect(totals.crashes).toBeGreaterThan(100);
  expect(totals.takeovers).toBeGreaterThan(100);
  expect(totals.lost).toBeGreaterThan(100);
  expect(totals.attempts).toBeGreaterThan(10_000);
});

test("hourly DAGs run once for each hour, through a crash a day, and nothing is kept of what has ended", () => {
  const { runs, again, most } = simulateYear(40, 10);
  expect(runs).toBe(40 * 24 * 10);
  expect(again).toBeGreaterThan(50);
  // Timers of what has ended fall due soon; only those of the DAGs stay.
  expect(most).toMatchObject({ runs: 40, attempts: 40, limits: 0, storedRows: 120 });
  expect(most.timers).toBeLessThan(300);
});
