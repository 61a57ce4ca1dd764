import { expect, test } from "vitest";
import { logLine } from "./log-line.ts";
import { styleFor } from "./style.ts";

const people = (line: unknown): string => logLine(typeof line === "string" ? line : JSON.stringify(line), { options: {}, style: styleFor(false) });

test("for people: time, level, text, and the rest", () => {
  expect(people({ time: "2001-01-02T05:00:01.500Z", level: "warn", msg: "slow", ms: 12, to: { a: 1 }, name: "b\u001b" })).toBe('2001-01-02T05:00:01.500Z warn  slow ms=12 to={"a":1} name=b\\x1b\n');
  expect(people({ time: 978411601500, level: 50, msg: "no such file" })).toBe("2001-01-02T05:00:01.500Z error no such file\n");
  expect(people({ time: 978411601500, level: 50, msg: "Error: no", stack: "Error: no\n    at a.ts:1\u001b", n: 1 })).toBe("2001-01-02T05:00:01.500Z error Error: no stack=\n    Error: no\n        at a.ts:1\\x1b n=1\n");
  expect(people({ msg: "bare" })).toBe("       bare\n");
  expect(people({ time: 1e300, level: 35, msg: 7 })).toBe("1e+300 35    7\n");
});

test("what is no such object is shown as it is, and harmless", () => {
  for (const line of ["plain words", "[1]", "7", "{", "null"]) expect(people(line)).toBe(`${line}\n`);
  expect(people("\u001b[2J")).toBe("\\x1b[2J\n");
});

test("for programs: the object, with what a terminal would obey escaped", () => {
  const program = (line: string): unknown => JSON.parse(logLine(line, { options: { json: true }, style: styleFor(false) }));
  expect(program('{"msg":"a\\u001b","n":1}')).toEqual({ msg: "a\u001b", n: 1 });
  expect(program("plain words")).toEqual({ msg: "plain words" });
});
