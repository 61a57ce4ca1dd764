import { DatabaseSync } from "node:sqlite";
import { expect, test } from "vitest";
import { RunQueries } from "./sqlite-run-queries.ts";
import { createRunTables } from "./sqlite-run-schema.ts";
import { runTables } from "./sqlite-run-tables.ts";
import { type Bound, Statements } from "./sqlite-statements.ts";

/** Remembers the SQL that was run. */
class Recorded extends Statements {
  readonly texts = new Set<string>();

  override one<Found>(sql: string, ...values: Bound[]): Found | undefined {
    this.texts.add(sql);
    return super.one(sql, ...values);
  }

  override all<Found>(sql: string, ...values: Bound[]): Found[] {
    this.texts.add(sql);
    return super.all(sql, ...values);
  }
}

test("nothing that is read goes through the history, or sorts it", () => {
  const database = new DatabaseSync(":memory:");
  createRunTables(database);
  const sql = new Recorded(database);
  const queries = new RunQueries(runTables(database), sql);
  queries.unfinished();
  for (const dag of [undefined, "d"]) {
    for (const backfill of [undefined, "b"]) queries.runs({ dag, backfill, limit: 1 });
    queries.runs({ dag, states: ["failed"], limit: 1 });
    queries.backfills(dag);
  }
  for (const dag of [undefined, "d"]) for (const states of [undefined, ["sent" as const]]) queries.alerts({ dag, states, limit: 1 });
  queries.pendingAlerts({ limit: 1, notTo: [] });
  queries.pendingAlerts({ limit: 1, notTo: [{ kind: "command", argv: ["x"] }] });
  queries.run("r");
  queries.runsBetween("d", 0, 1);
  queries.runBefore("d", 1, ["scheduled", "manual"]);
  queries.instances("r");
  queries.instances("r", { after: { task: "t", index: 0 }, limit: 1 });
  queries.attempts("r");
  queries.attempts("r", "t", 0);
  queries.attempts("r", "t", undefined, { after: { task: "t", index: 0, number: 1 }, limit: 1 });
  queries.backfillIntervals("b", { after: 0, limit: 1 });
  const plans = [...sql.texts].map((text) => ({ text, plan: (database.prepare(`explain query plan ${text}`).all() as { detail: string }[]).map(({ detail }) => detail) }));
  // What is unfinished may be sorted, and tables that stay small may be gone through.
  const small = /from (backfill|pool|dag)\b|^select \* from run where state in \('queued', 'running'\)/;
  const slow = /SCAN (run|instance|attempt|backfill_interval|alert(?! USING INDEX alert_pending))\b|TEMP B-TREE/;
  expect(plans.filter(({ text, plan }) => plan.some((detail) => slow.test(detail)) && !small.test(text))).toEqual([]);
});
