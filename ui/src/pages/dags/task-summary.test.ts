import { expect, test } from "vitest";
import { byUrgency, cellState, statesText, summaryState, tookMs, totalOf } from "./task-summary.ts";

test("of many states the most urgent stands for all, and all are told", () => {
  const states = { success: 9_970, running: 3, failed: 27, skipped: 0 };
  expect(summaryState(states)).toBe("failed");
  expect(statesText(states)).toBe("27 failed, 3 running, 9,970 success");
  expect(totalOf(states)).toBe(10_000);
  expect(statesText({ upstream_failed: 1 })).toBe("upstream failed");
  expect(byUrgency({})).toEqual([]);
  expect(summaryState({})).toBeUndefined();
});

test("a task without a word waits while its run goes on, and is not there when it has ended", () => {
  expect(cellState(undefined, "running")).toBe("none");
  expect(cellState(undefined, "failed")).toBeUndefined();
  expect(cellState({ task: "a", states: { success: 2, up_for_retry: 1 }, attempts: 2, startedAt: null, endedAt: null }, "running")).toBe("up_for_retry");
});

test("how long something took, or goes on", () => {
  expect(tookMs({ startedAt: null, endedAt: null }, 5_000)).toBeNull();
  expect(tookMs({ startedAt: "1970-01-01T00:00:01Z", endedAt: null }, 5_000)).toBe(4_000);
  expect(tookMs({ startedAt: "1970-01-01T00:00:01Z", endedAt: "1970-01-01T00:00:03Z" }, 5_000)).toBe(2_000);
});
