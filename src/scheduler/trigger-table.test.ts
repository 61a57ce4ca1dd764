import { expect, test } from "vitest";
import type { TaskDecl, TriggerRule } from "../model/dag-manifest.ts";
import type { InstanceState } from "../state/run-store.ts";
import { dagDecl, taskDecl } from "./dag-for-tests.ts";
import type { Outcome } from "./executor.ts";
import { failed, Gates, ok, schedulerBed } from "./scheduler-for-tests.ts";

/*
 * Each trigger rule over each pair of tasks before it, as runs: S success, F failed, K skipped, U upstream_failed, R still
 * running; r run, s skip, u upstream_failed, . wait. For a teardown the first of the pair is its setup.
 */
const pairs = "SS SF SK SU FF FK FU KK KU UU SR FR KR".split(" ");
const table: Record<TriggerRule, string> = {
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
  all_done_setup_success: "r r r r u u u s s u . . .",
  always: "r r r r r r r r r r r r r",
};
const rules = Object.keys(table) as TriggerRule[];
const ends: Record<string, Outcome> = { S: ok, F: failed, K: { kind: "skipped" } };
const final: Record<string, InstanceState> = { S: "success", F: "failed", K: "skipped", U: "upstream_failed" };
const letters: Partial<Record<InstanceState, string>> = { success: "r", skipped: "s", upstream_failed: "u", none: "." };

/** A task that ends in the state of its letter; one whose own predecessor failed is `upstream_failed`. */
const upstream = (name: string, letter: string, more: Partial<TaskDecl> = {}): TaskDecl[] => (letter === "U" ? [taskDecl(`broken ${name}`), taskDecl(name, { after: [`broken ${name}`], ...more })] : [taskDecl(name, more)]);

test.each(pairs.map((pair, column) => ({ pair, expected: rules.map((rule) => `${rule} ${table[rule].split(" ")[column]}`) })))("$pair", async ({ pair: [first, second], expected }) => {
  const downs = rules.map((trigger) => taskDecl(trigger, { after: ["a", "b"], trigger, teardownOf: trigger === "all_done_setup_success" ? ["a"] : undefined }));
  const decl = dagDecl("d", [...upstream("a", first, { setup: true }), ...upstream("b", second), ...downs]);
  const gates = new Gates();
  const bed = await schedulerBed([decl], ({ task: { name } }) => (name === "a" || name === "b" ? gates.hold(name) : name.startsWith("broken") ? failed : ok));
  const run = await bed.trigger("d");
  // Who skips passes that on at once: it is seen together with a failure only when that came before it.
  for (const [name, letter] of [["a", first], ["b", second]].sort(([, a], [, b]) => Number(ends[a] !== failed) - Number(ends[b] !== failed))) {
    await expect.poll(() => gates.held(name) === 1 || bed.states(run)[name] === "upstream_failed").toBe(true);
    if (letter === "R") continue;
    if (letter !== "U") gates.open(name, ends[letter]);
    await expect.poll(() => bed.states(run)[name]).toBe(final[letter]);
  }
  const moving = (state: InstanceState): boolean => state === "scheduled" || state === "queued" || state === "running";
  await expect.poll(() => rules.some((rule) => moving(bed.states(run)[rule]))).toBe(false);
  expect(rules.map((rule) => `${rule} ${letters[bed.states(run)[rule]]}`)).toEqual(expected);
  if (second === "R") gates.open("b");
  await bed.end(run);
});
