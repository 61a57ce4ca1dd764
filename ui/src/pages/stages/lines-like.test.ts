import { expect, test } from "vitest";
import { linesLike, processesOf } from "./lines-like.ts";
import type { LogLine } from "./use-log-lines.ts";

const line = (number: number, level: LogLine["level"], text: string, pid?: number): LogLine => ({ number, at: "2026-01-01T00:00:00.000Z", level, text, ...(pid !== undefined && { pid }) });
const lines = [line(1, "info", "One", 20), line(2, "warn", "two", 3), line(3, "warn", "one died")];
const numbers = (wanted: Parameters<typeof linesLike>[1]): number[] => linesLike(lines, wanted).map(({ number }) => number);

test("lines are narrowed to words, a level and a process, each alone and together", () => {
  expect(numbers({ words: "" })).toEqual([1, 2, 3]);
  expect(numbers({ words: "ONE" })).toEqual([1, 3]);
  expect(numbers({ words: "warn" })).toEqual([2, 3]);
  expect(numbers({ words: "", level: "warn" })).toEqual([2, 3]);
  expect(numbers({ words: "", process: "3" })).toEqual([2]);
  expect(numbers({ words: "one", level: "warn", process: "20" })).toEqual([]);
});

test("a process that is gone is there for as long as its lines are; one on another machine has none here", () => {
  expect(processesOf(lines, { instances: [{ pid: 20 }, { pid: 100 }, { pid: 7, machine: "far" }] })).toEqual(["3", "20", "100"]);
});
