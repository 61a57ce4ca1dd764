import { expect, test } from "vitest";
import { foundLines, parseLine } from "./log-lines.ts";

test("a line has its time, level and words; fields stand behind them", () => {
  expect(parseLine('{"level":50,"time":5,"msg":"no such file","path":"a b","rows":[1]}', 3)).toEqual({ at: 3, time: 5, level: "error", text: 'no such file  path=a b  rows=[1]' });
  expect(parseLine("plain\u001b[2J", 0)).toEqual({ at: 0, time: null, level: "info", text: "plain\u001b[2J" });
  expect(parseLine("[1]", 0).text).toBe("[1]");
  expect(parseLine('{"level":"x"}', 0)).toEqual({ at: 0, time: null, level: "info", text: "" });
});

test("lines are found by level and text", () => {
  const lines = [20, 30, 40, 50].map((level, at) => parseLine(JSON.stringify({ level, msg: `Line ${at}` }), at));
  const places = (filter: object): number[] => foundLines(lines, filter).map(({ at }) => at);
  expect(places({})).toEqual([0, 1, 2, 3]);
  expect(places({ level: "warn" })).toEqual([2, 3]);
  expect(places({ level: "info", find: "LINE 1" })).toEqual([1]);
  expect(places({ level: "nonsense" })).toEqual([0, 1, 2, 3]);
});
