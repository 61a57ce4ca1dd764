import { expect, test } from "vitest";
import type { ProjectStatus } from "../api/types.ts";
import { revisionOf } from "./revision-of.ts";

const status = (snapshot: string, records: number) => ({ tables: [{ name: "s.a", snapshot }, { name: "s.b", snapshot: "7" }], topics: [{ name: "s.a", records }] }) as unknown as ProjectStatus;
const moves = (kind: string, name: string): string[] => {
  const of = (snapshot: string, records: number) => revisionOf(status(snapshot, records), { kind, name });
  return [...(of("1", 5) === of("2", 5) ? [] : ["with a version of s.a"]), ...(of("1", 5) === of("1", 6) ? [] : ["with a record of s.a"])];
};

test("a table changes with its versions, a topic with its records, and a view with whatever it may read", () => {
  expect(moves("table", "s.a")).toEqual(["with a version of s.a"]);
  expect(moves("topic", "s.a")).toEqual(["with a record of s.a"]);
  expect(moves("table", "s.b")).toEqual([]);
  expect(moves("table", "s.view")).toEqual(["with a version of s.a", "with a record of s.a"]);
  expect(revisionOf(undefined, { kind: "table", name: "s.a" })).toBe(undefined);
});
