import fc from "fast-check";
import { expect, test } from "vitest";
import type { MillraceError } from "../errors.ts";
import { findJsonFault } from "./json-fault.ts";
import { parseJson } from "./parse-json.ts";

const parse = (text: string): unknown => parseJson(Buffer.from(text), "body");

function refusal(text: string | Uint8Array): MillraceError {
  try {
    parseJson(typeof text === "string" ? Buffer.from(text) : text, "body");
  } catch (error) {
    return error as MillraceError;
  }
  throw new Error(`was taken: ${text}`);
}

test("takes what JSON.parse takes, whatever the JSON", () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6, stringUnit: "grapheme" }), fc.nat(4), (json, indent) => {
      const text = JSON.stringify(JSON.parse(json), undefined, indent);
      fc.pre(!text.includes("__proto__"));
      expect(parse(text)).toEqual(JSON.parse(text));
      expect(findJsonFault(text)).toBeUndefined();
    }),
  );
});

test("finds a fault in every text that JSON.parse refuses, and only there", () => {
  const piece = fc.constantFrom("{", "}", "[", "]", ":", ",", '"a"', '"b"', "1", "-", "0.5", "1e3", "true", "nul", " ", "\n", '"\\u00e9"', '"\\x"');
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = pieces.join("");
      let takes = true;
      try {
        JSON.parse(text);
      } catch {
        takes = false;
      }
      const fault = findJsonFault(text);
      if (takes) expect(fault?.what ?? "too large").toMatch(/two fields|too large/);
      else expect(fault).toBeDefined();
    }),
    { numRuns: 2_000 },
  );
});

test.each([
  ['{"a":1,}', "line 1, column 8", "a field's name in double quotes must stand here"],
  ['{"a":x}', "line 1, column 6", 'a value must stand here, but there is "x"'],
  ['{"a":1\n "b":2}', "line 2, column 2", '"," must stand here'],
  ['{"a":', "line 1, column 6", "there is the end"],
  ["", "line 1, column 1", "there is the end"],
  ["NaN", "line 1, column 1", "a value must stand here"],
  ['{"a":1} x', "line 1, column 9", 'there is "x" after the value'],
  ['{"role":"viewer","role":"admin"}', "line 1, column 18", 'two fields named "role"'],
  ['{"role":"viewer","r\\u006fle":"admin"}', "line 1, column 18", 'two fields named "role"'],
  ['{"__proto__":{"admin":true}}', "line 1, column 2", "__proto__"],
  ['{"a":{"__pr\\u006fto__":1}}', "line 1, column 7", "__proto__"],
  ['{"a":1e400}', "line 1, column 6", "too large"],
  ['{"a":"\\ud800"}', "line 1, column 6", "surrogate"],
  ['{"\\ud800":1}', "line 1, column 2", "surrogate"],
  [`${"[".repeat(100_000)}${"]".repeat(100_000)}`, "line 1, column 66", "nested deeper than 64"],
])("refuses %.40s with its place", (text, where, what) => {
  const error = refusal(text);
  expect(error.code).toBe("MR-HTTP-003");
  expect(error.parts.where).toBe(`body, ${where}`);
  expect(error.parts.what).toContain(what);
});

test("refuses what is not UTF-8", () => {
  expect(refusal(Buffer.from('{"a":1}', "utf16le")).parts.what).toContain("\\u0000");
  expect(refusal(Buffer.from([0x22, 0xff, 0xfe, 0x22])).parts.what).toContain("UTF-8");
});

test("finds the fault behind a string of eight million characters", () => {
  const text = `{"a":"${"x\\n".repeat(3_000_000)}","b":}`;
  expect(refusal(text).parts.what).toContain("a value must stand here");
});

test("colons and quotes inside strings are no fields", () => {
  expect(parse('{"a:\\"b\\":":"::\\\\","c":[{"d":":"}]}')).toEqual({ 'a:"b":': "::\\", c: [{ d: ":" }] });
});
