import * as queries from "./run-queries.ts";
import type { Work } from "./work.ts";

/** The SQL of everything that is read of the run store, each text once. */
export function runTexts(): string[] {
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
  asked.push(queries.newestRuns(["d"], 2));
  asked.push(queries.runsBetween("d", 0, 1));
  asked.push(queries.runMarks("d", 0, 1, 1));
  asked.push(queries.runBefore("d", 1, ["scheduled", "manual"]));
  asked.push(queries.instances("r"));
  asked.push(queries.instances("r", { after: { task: "t", index: 0 }, limit: 1 }));
  asked.push(queries.instances("r", { task: "t", states: ["failed"], after: { task: "t", index: 0 }, limit: 1 }));
  asked.push(queries.taskCounts("r"));
  asked.push(queries.attempts("r"));
  asked.push(queries.attempts("r", "t", 0));
  asked.push(queries.attempts("r", "t", undefined, { after: { task: "t", index: 0, number: 1 }, limit: 1 }));
  asked.push(queries.backfillIntervals("b", { after: 0, limit: 1 }));
  return [...new Set(asked.flatMap(textsOf))];
}

/** The texts of what is asked by work that finds nothing. */
function textsOf(work: Work<unknown>): string[] {
  const texts: string[] = [];
  for (let next = work.next(); !next.done; next = work.next([])) if (next.value.kind === "rows") texts.push(next.value.text);
  return texts;
}
