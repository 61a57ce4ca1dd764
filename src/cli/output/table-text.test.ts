import { stripVTControlCharacters } from "node:util";
import { expect, test } from "vitest";
import { styleFor } from "./style.ts";
import { tableText } from "./table-text.ts";
import { cutText, textWidth } from "./text-width.ts";

const style = styleFor(false);

test("columns are aligned, wide characters too", () => {
  const text = tableText([{ title: "name" }, { title: "n", align: "right" }], [["日本", "1"], ["e\u0301clair", "20"], ["", "3"]], { style });
  expect(text).toBe("name     n\n日本     1\ne\u0301clair  20\n         3\n");
});

test("hostile cells stay in theirs", () => {
  const text = tableText([{ title: "a\u001b[1m" }, { title: "b" }], [["x\ny\u001b[2J", "z"]], { style });
  expect(text.split("\n")).toEqual(["a\\x1b[1m     b", "x\\ny\\x1b[2J  z", ""]);
});

test("the widest columns give way until the terminal's width fits", () => {
  const options = { style, width: 40 };
  const lines = tableText([{ title: "id" }, { title: "long" }, { title: "longer" }], [["1", "x".repeat(50), "y".repeat(90)]], options).trimEnd().split("\n");
  for (const line of lines) expect(textWidth(line)).toBeLessThanOrEqual(40);
  expect(lines[1]).toMatch(/^1 {3}x+… {2}y+…$/);
});

test("columns that cannot all fit are kept all the same", () => {
  const lines = tableText(Array.from({ length: 20 }, (_, i) => ({ title: `column${i}` })), [], { style, width: 20 });
  expect(lines).toContain("colum…");
  expect(lines.match(/…/g)).toHaveLength(20);
});

test("no rows: the heading alone", () => {
  expect(tableText([{ title: "a" }], [], { style })).toBe("a\n");
});

test("cutting never parts a character", () => {
  expect(cutText("abcdef", 4)).toBe("abc…");
  expect(cutText("日本語", 4)).toBe("日…");
  expect(cutText("👩‍👩‍👧👩‍👩‍👧", 3)).toBe("👩‍👩‍👧…");
  expect(cutText("abc", 3)).toBe("abc");
  expect(cutText("abc", 0)).toBe("");
});

test("colours are put on after cells are cut and aligned, by the whole text of the cell", () => {
  const paint = (cell: string, { bad }: { bad: (text: string) => string }) => (cell === "failed for good" ? bad : (text: string) => text);
  const text = tableText([{ title: "state", paint }, { title: "n" }], [["failed for good", "1"], ["success", "22"]], { style: styleFor(true), width: 11 });
  expect(stripVTControlCharacters(text)).toBe("state    n\nfailed…  1\nsuccess  22\n");
  expect(text).toContain("\u001b[31mfailed…\u001b[39m  1\n");
  expect(text).toContain("\nsuccess  22\n");
});

test("ids stay whole, whatever the width", () => {
  const id = "daily.20010101T050000Z";
  const lines = tableText([{ title: "run", whole: true }, { title: "note" }], [[id, "x".repeat(50)]], { style, width: 32 }).split("\n");
  expect(lines[1]).toBe(`${id}  xxxxxxx…`);
  expect(tableText([{ title: "run", whole: true }], [[id]], { style, width: 10 })).toContain(id);
});
