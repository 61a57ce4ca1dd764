import { expect, test } from "vitest";
import { simulate } from "./simulation-for-tests.ts";

test("under any faults nothing is run twice at once, too early or beyond its pool, and in the end all has run", { timeout: 300_000 }, () => {
  const totals = { crashes: 0, takeovers: 0, lost: 0, attempts: 0 };
  for (let seed = 1; seed <= 200; seed++) {
    let result: ReturnType<typeof simulate>;
    try {
      result = simulate(seed);
    } catch (error) {
      throw new Error(`seed ${seed}: ${(error as Error).message}`, { cause: error });
    }
    expect(simulate(seed).digest, `seed ${seed} is not the same twice`).toBe(result.digest);
    for (const key of ["crashes", "takeovers", "lost", "attempts"] as const) totals[key] += result[key];
  }
  // The faults did come.
  expect(totals.crashes).toBeGreaterThan(200);
  expect(totals.takeovers).toBeGreaterThan(200);
  expect(totals.lost).toBeGreaterThan(200);
  expect(totals.attempts).toBeGreaterThan(20_000);
});
