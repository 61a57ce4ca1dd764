import { expect, test } from "vitest";
import type { ReleasePlan } from "../../server/dag-control.ts";
import { releasePlanText } from "./release-plan-text.ts";
import { styleFor } from "./style.ts";

const none = { added: [], removed: [], changed: [] };
const plan: ReleasePlan = { from: "r1", to: "r2", files: none, topics: none, tables: none, stages: none, dags: [], models: [], marts: [], sources: [], staying: [], problems: [], refusal: null, done: false };

test("fields of a topic are told from what to what, with what breaks; of many the first", () => {
  const fields = [{ field: "column id", before: "string", after: null, breaks: "who reads it finds it no more" }, ...Array.from({ length: 30 }, (_, i) => ({ field: `column c${i}`, before: null, after: "string", breaks: null }))];
  const lines = releasePlanText({ ...plan, topics: { ...none, added: ["new"], changed: [{ name: "orders", fields }] } }, { style: styleFor(false) }).split("\n");
  expect(lines.slice(1, 5)).toEqual(["  + topic new", "  ~ topic orders", "      column id string -> none  breaks: who reads it finds it no more", "      column c0 none -> string"]);
  expect(lines).toContain("      and 11 more");
});
