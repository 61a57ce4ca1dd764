import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { entrySchema } from "./entries.ts";
import * as queries from "./run-queries.ts";
import { runSchema } from "./run-schema.ts";
import type { Work } from "./work.ts";

/** The texts of what is asked by work that finds nothing. */
function textsOf(work: Work<unknown>): string[] {
  const texts: string[] = [];
  for (let next = work.next(); !next.done; next = work.next([])) if (next.value.kind === "rows") texts.push(next.value.text);
  return texts;
}

test("nothing that is read goes through the history, or sorts it", () => {
  const database = new DatabaseSync(":memory:");
  for (const step of [...entrySchema.steps, ...runSchema.steps]) database.exec(step);
  const asked: Work<unknown>[] = [queries.unfinished(0)];
  for (const dag of [undefined, "d"]) {
    for (const backfill of [undefined, "b"]) asked.push(queries.runs({ dag, backfill, limit: 1 }));
    asked.push(queries.runs({ dag, states: ["failed"], limit: 1 }));
    asked.push(queries.backfills(dag));
  }
  asked.push(queries.backfill("b"));
  for (const dag of [undefined, "d"]) for (const states of [undefined, ["sent" as const]]) asked.push(queries.alerts({ dag, states, limit: 1 }));
  asked.push(queries.pendingAlerts({ limit: 1, notTo: [] }));
  asked.push(queries.pendingAlerts({ limit: 1, notTo: [{ kind: "command", argv: ["x"] }] }));
  asked.push(queries.run("r"));
  asked.push(queries.runsBetween("d", 0, 1));
  asked.push(queries.runBefore("d", 1, ["scheduled", "manual"]));
  asked.push(queries.instances("r"));
  asked.push(queries.instances("r", { after: { task: "t", index: 0 }, limit: 1 }));
  asked.push(queries.attempts("r"));
  asked.push(queries.attempts("r", "t", 0));
  asked.push(queries.attempts("r", "t", undefined, { after: { task: "t", index: 0, number: 1 }, limit: 1 }));
  asked.push(queries.backfillIntervals("b", { after: 0, limit: 1 }));
  const plans = [...new Set(asked.flatMap(textsOf))].map((text) => ({ text, plan: (database.prepare(`explain query plan ${text}`).all() as { detail: string }[]).map(({ detail }) => detail) }));
  // What is unfinished may be sorted, and tables that stay small may be gone through.
  const small = /from (backfill|pool|dag)\b|^select \* from (run|instance|attempt|alert) where .*shard = \?/;
  const slow = /SCAN (run|instance|attempt|backfill_interval|alert(?! USING INDEX alert_pending))\b|TEMP B-TREE/;
  expect(plans.filter(({ text, plan }) => plan.some((detail) => slow.test(detail)) && !small.test(text))).toEqual([]);
});
