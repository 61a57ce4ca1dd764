import type { CheckResult } from "./check-result.ts";

/**
 * How good a version is by its checks, 0 to 100: the mean of what each gives, a check that only warns counting half. A check
 * gives the share of its rows that hold; one that judges the whole, or could not be found out, all or nothing.
 *
 * @returns null where nothing was found out
 */
export function scoreOf(results: readonly Pick<CheckResult, "state" | "severity" | "failures" | "rows">[]): number | null {
  const counted = results.filter(({ state }) => state !== "skipped");
  const weights = counted.map(({ severity }) => (severity === "error" ? 1 : 0.5));
  const sum = weights.reduce((all, weight) => all + weight, 0);
  if (sum === 0) return null;
  const good = counted.reduce((all, result, i) => all + weights[i] * shareThatHolds(result), 0);
  return Math.round((good / sum) * 1_000) / 10;
}

function shareThatHolds({ state, failures, rows }: Pick<CheckResult, "state" | "failures" | "rows">): number {
  if (state === "error") return 0;
  if (failures !== null && rows !== null && rows > 0) return 1 - Math.min(1, failures / rows);
  return state === "passed" ? 1 : 0;
}
