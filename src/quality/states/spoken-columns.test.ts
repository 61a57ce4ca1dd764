import { DuckDBInstance } from "@duckdb/node-api";
import { expect, test } from "vitest";
import { spokenColumns } from "./spoken-columns.ts";

test("columns with control characters in their names are read under others, whatever the others are called", async () => {
  const connection = await (await DuckDBInstance.create()).connect();
  const names = ["a\u001bb", "a␛b", "\u0007'x\u007f", "id"];
  await connection.run(`create table part0 as select ${names.map((name, i) => `${i + 1} as "${name}"`).join(", ")}`);
  const { from, columns, leftOut } = spokenColumns("part0", names.map((name) => ({ name, type: "INTEGER" })), 10);
  expect([columns.map(({ path }) => path), leftOut]).toEqual([names.map((name) => [name]), 0]);
  const sql = `select ${columns.map((column) => column.sql).join(", ")} from ${from}`;
  expect(sql).not.toMatch(/[\0-\x08\x0b\x0c\x0e-\x1f\x7f]/);
  expect((await connection.runAndReadAll(sql)).getRowsJS()).toEqual([[1, 2, 3, 4]]);
});

test("a table whose columns can all be named is read as it is", () => {
  expect(spokenColumns("part0", [{ name: 'odd "name"', type: "VARCHAR" }], 10)).toMatchObject({ from: "part0", columns: [{ path: ['odd "name"'], sql: '"odd ""name"""' }] });
});
