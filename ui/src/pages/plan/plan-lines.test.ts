import { expect, test } from "vitest";
import { planLines, type ReleasePlan } from "./plan-lines.ts";

const none = { added: [], removed: [], changed: [] };
const empty: ReleasePlan = { from: "r1", to: "r2", files: none, topics: none, tables: none, stages: none, dags: [], models: [], marts: [], sources: [], staying: [], problems: [], refusal: null, done: false } as unknown as ReleasePlan;

test("what goes is told before what changes and comes", () => {
  const plan = { ...empty, topics: { added: ["a"], removed: ["b"], changed: [] }, stages: { added: [], removed: ["s"], changed: [{ name: "t", fields: [{ field: "code", before: "x", after: "y", breaks: null }] }] } };
  expect(planLines(plan).map(({ change, kind, name }) => `${change} ${kind} ${name}`)).toEqual(["removed topic b", "removed stage s", "changed stage t", "added topic a"]);
});

test("a DAG's new schedule, tasks and past intervals are told in words; long values are cut", () => {
  const dag = { name: "d", change: "changed", paused: true, tasks: { added: ["x"], removed: ["y"], changed: [{ name: "z", fields: [{ field: "retries", before: 1, after: null }] }] }, settings: [{ field: "note", before: "", after: "n".repeat(200) }], schedule: { before: { text: "daily" }, after: { text: "hourly", next: [{ runAt: "2026-01-01T00:00:00.000Z" }], problem: null } }, fills: { count: 3, more: false, first: [], last: null } };
  const [{ kind, details }] = planLines({ ...empty, dags: [dag] as unknown as ReleasePlan["dags"] });
  expect(kind).toBe("DAG (paused)");
  expect(details.map(({ text }) => text)).toEqual(["schedule: daily → hourly", "next runs:", `note:  → ${"n".repeat(80)}…`, "task y goes", "task x comes", "task z: retries: 1 → none", "3 past intervals are run at once, if it were resumed"]);
});

test("a topic's fields are told from what to what, with what breaks; of many the first", () => {
  const fields = [{ field: "column id", before: "string", after: null, breaks: "who reads it finds it no more" }, { field: "retentionMs", before: null, after: 1_000, breaks: null }, ...Array.from({ length: 30 }, (_, i) => ({ field: `column c${i}`, before: null, after: "string", breaks: null }))];
  const [{ details }] = planLines({ ...empty, topics: { ...none, changed: [{ name: "t", fields }] } });
  expect(details.slice(0, 2)).toEqual([{ text: "column id: string → none", breaks: "who reads it finds it no more" }, { text: "retentionMs: none → 1000" }]);
  expect([details.length, details.at(-1)]).toEqual([21, { text: "and 12 more" }]);
});

test("a long text is told line by line, of a task too", () => {
  const [before, after] = ["select a\nfrom t", "select b\nfrom t"];
  const dag = { name: "d", change: "changed", paused: false, tasks: { added: [], removed: [], changed: [{ name: "z", fields: [{ field: "sql", before, after }] }] }, settings: [], schedule: null, fills: null };
  const [{ details }] = planLines({ ...empty, dags: [dag] as unknown as ReleasePlan["dags"] });
  expect(details).toEqual([{ text: "task z: sql", lines: [{ kind: "gone", text: "select a" }, { kind: "new", text: "select b" }, { kind: "same", text: "from t" }] }]);
});

test("topics that only follow are told in one line", () => {
  const fields = [{ field: "column id", before: null, after: "string", breaks: null }];
  const plan = { ...empty, topics: { ...none, changed: [{ name: "t", fields }, { name: "s.dlq", fields: [] }, { name: "s.redrive", fields: [] }] } };
  expect(planLines(plan).map(({ kind, name }) => [kind, name])).toEqual([["topic", "t"], ["topics", "s.dlq, s.redrive"]]);
});
