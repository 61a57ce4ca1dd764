import { expect, test } from "vitest";
import { csvText } from "../../sql/csv-text.ts";
import { rowObjects } from "../../client/row-objects.ts";
import { resultTable } from "./result-table.ts";
import { styleFor } from "./style.ts";

const columns = [{ name: "n", type: "BIGINT" }, { name: "text", type: "VARCHAR" }, { name: "more", type: "STRUCT(a INTEGER)" }];
const rows = [[1, 'say "hi", or\nnot', { a: 1 }], ["9223372036854775807", null, null], [3, "", [1]]];

test("numbers stand right, values on one line", () => {
  expect(resultTable({ columns, rows }, { style: styleFor(false) })).toBe(
    `                  n  text               more
                  1  say "hi", or\\nnot  {"a":1}
9223372036854775807  null               null
                  3                     [1]
`,
  );
});

test("CSV quotes what needs it, and tells null from empty text", () => {
  expect(csvText({ columns, rows })).toBe('n,text,more\r\n1,"say ""hi"", or\nnot","{""a"":1}"\r\n9223372036854775807,,\r\n3,"",[1]\r\n');
});

test("columns with one name become fields with several", () => {
  const named = (names: string[]) => names.map((name) => ({ name, type: "INTEGER" }));
  expect(rowObjects({ columns: named(["a", "a", "a"]), rows: [[1, 2, 3]] })).toEqual([{ a: 1, a_2: 2, a_3: 3 }]);
  expect(rowObjects({ columns: named(["a", "a", "a_2"]), rows: [[1, 2, 3]] })).toEqual([{ a: 1, a_3: 2, a_2: 3 }]);
});
