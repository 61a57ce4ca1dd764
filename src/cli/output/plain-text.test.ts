import { expect, test } from "vitest";
import { plainJson, plainLines, plainText } from "./plain-text.ts";

test("what a terminal would obey is shown instead", () => {
  expect(plainText("a\u001b[2Jb\n\r\t\u0000")).toBe("a\\x1b[2Jb\\n\\r\\t\\x00");
  expect(plainText("\u009b31m\u007f")).toBe("\\x9b31m\\x7f");
  expect(plainText("safe\u202Eexe.txt\u2066")).toBe("safe\\u{202e}exe.txt\\u{2066}");
  expect(plainText("zero\u200bwidth\ufeff")).toBe("zero\\u{200b}width\\u{feff}");
  expect(plainText("half \ud83d of a pair")).toBe("half \\u{d83d} of a pair");
  expect(plainText("tag \u{e0041}")).toBe("tag \\u{e0041}");
});

test("text of the world's scripts stays", () => {
  for (const text of ["Zürich", "日本語", "🙂 👩‍👩‍👧", "العربية", "नमस्ते", "a\u0301"]) expect(plainText(text)).toBe(text);
});

test("lines stay lines", () => {
  expect(plainLines("a\nb\u001b\n")).toBe("a\nb\\x1b\n");
});

test("JSON keeps its value", () => {
  const value = { "k\u202e": ["\u009b[31m\u001b", "\u2028", "\u{e0041}", "\ud83d", "日本 🙂"], n: 1 };
  const text = plainJson(value, 2);
  expect(JSON.parse(text)).toEqual(value);
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e\u2028\u{e0041}]/u);
  expect(text).toContain("日本 🙂");
  expect(plainJson(undefined)).toBe("null");
});
