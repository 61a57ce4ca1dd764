import { expect, test } from "vitest";
import { csvText, spreadsheetText } from "./csv-text.ts";

const result = { columns: [{ name: "n" }, { name: "=t" }], rows: [["-9223372036854775808", "=cmd|' /C calc'!A0"], [-1.5, "  +1+1"], [null, "@SUM(1)"], ["+1e3", "a=b"], [[1], "\t=1"], [{ a: "=1" }, "\uFF1D1"], [true, "-"]] };

test("in a spreadsheet no text is a formula, and every number a number", () => {
  expect(spreadsheetText(result)).toBe(
    `n,'=t\r\n-9223372036854775808,'=cmd|' /C calc'!A0\r\n-1.5,'  +1+1\r\n,'@SUM(1)\r\n+1e3,a=b\r\n[1],'\t=1\r\n"{""a"":""=1""}",'\uFF1D1\r\ntrue,'-\r\n`,
  );
});

test("for programs all values are as they are", () => {
  expect(csvText({ columns: result.columns, rows: [[null, "=1"], ["", " x"]] })).toBe('n,=t\r\n,=1\r\n""," x"\r\n');
});
