import { expect, test } from "vitest";
import type { TriggerRule } from "../model/dag-manifest.ts";
import { type Tally, verdictOf } from "./trigger-rules.ts";
import { outcomes, pairs } from "./trigger-table-for-tests.ts";

const letters = { run: "r", skip: "s", upstream_failed: "u", wait: "." };

function upstreamOf(states: string): Tally {
  const count = (letter: string): number => states.split(letter).length - 1;
  return { total: states.length, success: count("S"), failed: count("F"), skipped: count("K"), upstreamFailed: count("U"), removed: count("X") };
}

// What a teardown waits for beside its setup is looked at below.
const plain = Object.entries(outcomes).filter(([rule]) => rule !== "all_done_setup_success");

test.each(plain)("%s", (rule, expected) => {
  expect(pairs.map((pair) => letters[verdictOf(rule as TriggerRule, upstreamOf(pair))]).join(" ")).toBe(expected);
});

test("a task with nothing before it runs, whatever its rule", () => {
  for (const [rule] of plain) expect(verdictOf(rule as TriggerRule, upstreamOf(""))).toBe("run");
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
