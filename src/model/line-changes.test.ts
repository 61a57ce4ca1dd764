import { expect, test } from "vitest";
import { changedLines, lineChanges } from "./line-changes.ts";

const signs = { same: " ", gone: "-", new: "+" };
const shown = (before: string, after: string, charsMax = 80): string[] => lineChanges(before, after, charsMax).map((line) => (line.kind === "left-out" ? `… ${line.lines}` : `${signs[line.kind]}${line.text}`));
const lines = (...all: (string | number)[]): string => all.join("\n");

test("lines that are gone stand before those in their place, with two lines around them", () => {
  const numbers = (from: number, to: number): number[] => Array.from({ length: to - from + 1 }, (_, i) => from + i);
  expect(shown(lines(...numbers(1, 9), "old", ...numbers(11, 20)), lines(...numbers(1, 9), "new", "newer", ...numbers(11, 20)))).toEqual(["… 7", " 8", " 9", "-old", "+new", "+newer", " 11", " 12", "… 8"]);
});

test("all lines are shown where nothing is to be left out", () => {
  const all = Array.from({ length: 30 }, (_, i) => String(i));
  expect(lineChanges(lines(...all, "old"), lines(...all, "new"), 80, Number.POSITIVE_INFINITY).map(({ kind }) => kind)).toEqual([...all.map(() => "same"), "gone", "new"]);
});

test("what stays between two changes stays", () => {
  expect(shown(lines("a", "b", "c", "d"), lines("b", "c", "x", "d"))).toEqual(["-a", " b", " c", "+x", " d"]);
  expect(shown(lines("a", "a", "a"), lines("a", "a"))).toEqual([" a", " a", "-a"]);
});

test("texts that begin alike are shown where they differ", () => {
  const head = "select ".repeat(40);
  const [gone, fresh] = shown(`${head}one`, `${head}two`, 30);
  expect([gone.length, gone.endsWith("one"), fresh.endsWith("two")]).toEqual([32, true, true]);
});

test("texts too long to be held against each other line by line are all gone, and all new", () => {
  const all = (word: string): string => lines(...Array.from({ length: 1_001 }, (_, i) => `${word}${i % 7}`));
  const changes = lineChanges(all("a"), all("b"), 80);
  expect([changes.length, changes[0], changes.at(-1)]).toEqual([2_002, { kind: "gone", text: "a0" }, { kind: "new", text: "b6" }]);
});

test("the same text has nothing to show", () => {
  expect(shown("a\nb", "a\nb")).toEqual(["… 2"]);
});

test("values are told line by line where one line has no room for them", () => {
  expect(changedLines("a".repeat(80), "b", 80)).toBeUndefined();
  expect(changedLines("a".repeat(81), null, 80)).toBeUndefined();
  expect(changedLines("", "a".repeat(81), 80)).toBeUndefined();
  expect(changedLines("a\nb", "a\nc", 80)).toEqual([{ kind: "same", text: "a" }, { kind: "gone", text: "b" }, { kind: "new", text: "c" }]);
  expect(changedLines({ sql: "s".repeat(20), more: 1 }, { sql: "s".repeat(20), more: 2 }, 30)?.filter(({ kind }) => kind !== "same")).toEqual([{ kind: "gone", text: '  "more": 1' }, { kind: "new", text: '  "more": 2' }]);
  const many = Array.from({ length: 100 }, (_, i) => i).join("\n");
  expect(changedLines(many, many.replaceAll("1", "x"), 80)?.at(-1)).toMatchObject({ kind: "left-out" });
});
