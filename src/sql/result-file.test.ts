import { expect, test } from "vitest";
import { keptNames } from "./result-file.ts";

const named = (...names: string[]) => keptNames(names.map((name) => ({ name, type: "INTEGER" })));

test("names that repeat, case aside, are numbered, and no number meets a name that is there", () => {
  expect(named("a", "A", "a", "a_2", "", "")).toEqual(["a", "A_2", "a_3", "a_2_2", "column", "_2"]);
  expect(named("a", "a_2", "a", "a_3", "a")).toEqual(["a", "a_2", "a_3", "a_3_2", "a_4"]);
});

test("no column takes the name of the engine's own, however it is written", () => {
  expect(named("file_row_number", "File_Row_Number")).toEqual(["file_row_number_2", "File_Row_Number_3"]);
});

test("control characters are kept as their pictures", () => {
  expect(named("a\u001b[31m", "a␛[31m", "b\u007f\tc")).toEqual(["a␛[31m", "a␛[31m_2", "b␡\tc"]);
});

test("ten thousand columns of one name are named in as many steps, and a few more", () => {
  let asked = 0;
  const columns = Array.from({ length: 10_000 }, () => ({ name: "x", type: "INTEGER" }));
  const has = Set.prototype.has;
  Set.prototype.has = function (value) {
    asked += 1;
    return has.call(this, value);
  };
  try {
    expect(new Set(keptNames(columns)).size).toBe(10_000);
  } finally {
    Set.prototype.has = has;
  }
  expect(asked).toBeLessThan(30_000);
});
