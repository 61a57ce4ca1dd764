import { expect, test } from "vitest";
import type { TaskDecl, TriggerRule } from "../model/dag-manifest.ts";
import type { InstanceState } from "../state/run-store.ts";
import { dagDecl, taskDecl } from "./dag-for-tests.ts";
import type { Outcome } from "./executor.ts";
import { failed, Gates, ok, schedulerBed } from "./scheduler-for-tests.ts";
import { outcomes, pairs } from "./trigger-table-for-tests.ts";

/* Each trigger rule over each pair of tasks before it, as runs. */

const rules = Object.keys(outcomes) as TriggerRule[];
const ends: Record<string, Outcome> = { S: ok, F: failed, K: { kind: "skipped" } };
const final: Record<string, InstanceState> = { S: "success", F: "failed", K: "skipped", U: "upstream_failed" };
const letters: Partial<Record<InstanceState, string>> = { success: "r", skipped: "s", upstream_failed: "u", none: "." };

/** A task that ends in the state of its letter; one whose own predecessor failed is `upstream_failed`. */
const upstream = (name: string, letter: string, more: Partial<TaskDecl> = {}): TaskDecl[] => (letter === "U" ? [taskDecl(`broken ${name}`), taskDecl(name, { after: [`broken ${name}`], ...more })] : [taskDecl(name, more)]);

test.each(pairs.map((pair, column) => ({ pair, expected: rules.map((rule) => `${rule} ${outcomes[rule].split(" ")[column]}`) })))("$pair", async ({ pair: [first, second], expected }) => {
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
