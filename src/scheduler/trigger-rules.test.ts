import { expect, test } from "vitest";
import type { TriggerRule } from "../model/dag-manifest.ts";
import { type Tally, verdictOf } from "./trigger-rules.ts";

/*
 * Airflow 3's outcomes for two tasks before one. S success, F failed, K skipped, U upstream_failed, R still running;
 * r run, s skip, u upstream_failed, . wait.
 */
const pairs = "SS SF SK SU FF FK FU KK KU UU SR FR KR".split(" ");
const outcomes: Partial<Record<TriggerRule, string>> = {
  all_success: "r u s u u u u s u u . u s",
  all_failed: "s s s s r s r s s r s . s",
  all_done: "r r r r r r r r r r . . .",
  all_skipped: "s s s s s s s r s s s s .",
  one_success: "r r r r u u u s u u r . .",
  one_failed: "s r s r r r r s r r . r .",
  one_done: "r r r r r r r s s s r r .",
  none_failed: "r u r u u u u r u u . u .",
  none_failed_min_one_success: "r u r u u u u s u u . u .",
  none_skipped: "r r s r r s r s s r . . s",
  all_done_min_one_success: "r r s r u s u s s u . . s",
  always: "r r r r r r r r r r r r r",
};
const letters = { run: "r", skip: "s", upstream_failed: "u", wait: "." };

function upstreamOf(states: string): Tally {
  const count = (letter: string): number => states.split(letter).length - 1;
  return { total: states.length, success: count("S"), failed: count("F"), skipped: count("K"), upstreamFailed: count("U"), removed: count("X") };
}

test.each(Object.entries(outcomes))("%s", (rule, expected) => {
  expect(pairs.map((pair) => letters[verdictOf(rule as TriggerRule, upstreamOf(pair))]).join(" ")).toBe(expected);
});

test("a task with nothing before it runs, whatever its rule", () => {
  for (const rule of Object.keys(outcomes)) expect(verdictOf(rule as TriggerRule, upstreamOf(""))).toBe("run");
});

test("indices that a map no longer has do not count", () => {
  expect(verdictOf("all_success", upstreamOf("SX"))).toBe("run");
  expect(verdictOf("all_done", upstreamOf("RX"))).toBe("wait");
});

test("a teardown runs when one of its setups has succeeded", () => {
  expect(verdictOf("all_done_setup_success", upstreamOf("SF"), upstreamOf("S"))).toBe("run");
  expect(verdictOf("all_done_setup_success", upstreamOf("SR"), upstreamOf("S"))).toBe("wait");
  expect(verdictOf("all_done_setup_success", upstreamOf("FU"), upstreamOf("F"))).toBe("upstream_failed");
  expect(verdictOf("all_done_setup_success", upstreamOf("KK"), upstreamOf("K"))).toBe("skip");
});
