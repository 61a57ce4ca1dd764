import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { entrySchema } from "./entries.ts";
import { runSchema } from "./run-schema.ts";
import { runTexts } from "./run-texts-for-tests.ts";

test("nothing that is read goes through the history, or sorts it", () => {
  const database = new DatabaseSync(":memory:");
  for (const step of [...entrySchema.steps, ...runSchema.steps]) database.exec(step);
  const plans = runTexts().map((text) => ({ text, plan: (database.prepare(`explain query plan ${text}`).all() as { detail: string }[]).map(({ detail }) => detail) }));
  // What is unfinished may be sorted, and tables that stay small may be gone through.
  const small = /from (backfill|pool|dag)\b|^select \* from (run|instance|attempt|alert) where .*shard = \?/;
  const slow = /SCAN (run|instance|attempt|backfill_interval|alert(?! USING INDEX alert_pending))\b|TEMP B-TREE/;
  expect(plans.filter(({ text, plan }) => plan.some((detail) => slow.test(detail)) && !small.test(text))).toEqual([]);
});
