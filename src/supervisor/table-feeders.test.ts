import { expect, test } from "vitest";
import type { Manifest } from "../model/manifest.ts";
import { feedersOf } from "./table-feeders.ts";

const stage = (name: string, from: string[], to: string[]) => [name, { name, from, to: Object.fromEntries(to.map((topic) => [topic, topic])) }];
const manifest = {
  tables: { "a.t": { from: "good" }, "a.by-tasks": {} },
  stages: Object.fromEntries([stage("files", [], ["raw"]), stage("clean", ["raw"], ["good", "bad"]), stage("other", ["good"], ["elsewhere"]), stage("table:a.t", ["good"], [])]),
} as unknown as Manifest;

test("a table is fed by all stages on the way to it, and by no others", () => {
  expect(feedersOf(manifest, "a.t").sort()).toEqual(["clean", "files", "table:a.t"]);
  expect(feedersOf(manifest, "a.by-tasks")).toEqual([]);
  expect(feedersOf(manifest, "a.unknown")).toEqual([]);
});
