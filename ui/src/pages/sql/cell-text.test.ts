import { expect, test } from "vitest";
import { cellText, copiedRows, isNumberType } from "./cell-text.ts";

test("null is not the text null, and no text is not null", () => {
  expect(cellText(null)).toEqual({ text: "null", isNull: true, isCut: false });
  expect(cellText("null")).toEqual({ text: "null", isNull: false, isCut: false });
  expect(cellText("")).toEqual({ text: "", isNull: false, isCut: false });
  expect(cellText("9223372036854775807").text).toBe("9223372036854775807");
  expect(cellText("x".repeat(301))).toEqual({ text: "x".repeat(300), isNull: false, isCut: true });
  expect(cellText("a\u001b[0m\nb").text).toBe("a␛[0m⏎b");
});

test("what is copied comes apart in a spreadsheet as it was", () => {
  expect(copiedRows([[1, null, ""], ['a"b', "c\td", { e: [1] }]])).toBe('1\t\t\n"a""b"\t"c\td"\t"{""e"":[1]}"');
});

test("numbers stand to the right, lists of them do not", () => {
  expect(["BIGINT", "UTINYINT", "DECIMAL(9,2)", "DOUBLE", "HUGEINT"].map(isNumberType)).toEqual([true, true, true, true, true]);
  expect(["BIGINT[]", "INTEGER[3]", "INTERVAL", "VARCHAR", "STRUCT(a INTEGER)"].map(isNumberType)).toEqual([false, false, false, false, false]);
});
