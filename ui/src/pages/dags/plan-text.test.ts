import { expect, test } from "vitest";
import { planText } from "./plan-text.ts";

const intervals = (...decisions: ("run" | "rerun" | "in flight" | "already exists")[]) => ({ intervals: decisions.map((decision, i) => ({ ordinal: i + 1, interval: { start: "", end: "" }, run: null, state: null, decision })) });

test("what is run and what is left is counted", () => {
  expect(planText(intervals("run", "already exists", "run", "in flight"))).toBe("Of 4 intervals: 2 run for the first time; 1 left, since they go on; 1 left, since they have a run.");
  expect(planText(intervals("rerun"))).toBe("Of 1 intervals: 1 run again.");
  expect(planText(intervals())).toBe("The schedule has no interval that begins in these days.");
});
