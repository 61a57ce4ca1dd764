import { expect, test } from "vitest";
import type { ReleasePlan } from "../../server/dag-control.ts";
import { releasePlanText } from "./release-plan-text.ts";
import { styleFor } from "./style.ts";

const none = { added: [], removed: [], changed: [] };
const plan: ReleasePlan = { from: "r1", to: "r2", files: none, topics: none, tables: none, stages: none, dags: [], models: [], marts: [], sources: [], staying: [], problems: [], refusal: null, startsAnew: false, done: false };

test("fields of a topic are told from what to what, with what breaks; of many the first", () => {
  const fields = [{ field: "column id", before: "string", after: null, breaks: "who reads it finds it no more" }, ...Array.from({ length: 30 }, (_, i) => ({ field: `column c${i}`, before: null, after: "string", breaks: null }))];
  const lines = releasePlanText({ ...plan, topics: { ...none, added: ["new"], changed: [{ name: "orders", fields }] } }, { style: styleFor(false) }).split("\n");
  expect(lines.slice(1, 5)).toEqual(["  + topic new", "  ~ topic orders", "      column id string -> none  breaks: who reads it finds it no more", "      column c0 none -> string"]);
  expect(lines).toContain("      and 11 more");
});

test("a long statement is told where it differs, line by line", () => {
  const statement = (column: string): string => `select origin,\n  destination,\n  count(*) as flights,\n  avg(${column}) as mean\nfrom flights.clean\ngroup by all\norder by flights`;
  const task = { name: "build", fields: [{ field: "retries", before: 1, after: 2 }, { field: "sql", before: statement("delay"), after: statement("distance") }] };
  const dag = { name: "d", change: "changed", paused: false, tasks: { added: [], removed: [], changed: [task] }, settings: [], schedule: null, fills: null } as unknown as ReleasePlan["dags"][number];
  const text = releasePlanText({ ...plan, dags: [dag], tables: { ...none, changed: [{ name: "t", fields: [{ field: "note", before: `${"x".repeat(80)} one`, after: `${"x".repeat(80)} two`, breaks: "all" }] }] } }, { style: styleFor(false) });
  expect(text.split("\n").slice(text.split("\n").indexOf("      ~ task build: retries 1 -> 2"), -1).join("\n")).toBe(
    ["      ~ task build: retries 1 -> 2", "        sql:", "          … 1 line", "              destination,", "              count(*) as flights,", "          -   avg(delay) as mean", "          +   avg(distance) as mean", "            from flights.clean", "            group by all", "          … 1 line", "  files: none"].join("\n"),
  );
  expect(text).toContain(`      note:  breaks: all\n        - …${"x".repeat(56)} one\n        + …${"x".repeat(56)} two\n`);
});
