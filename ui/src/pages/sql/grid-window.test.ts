import { expect, test } from "vitest";
import { blocksOf, bodyHeight, columnAt, columnSlotsOf, columnsSeen, type GridShape, heightMax, leftsOf, rowSlotsOf, rowsSeen, scrollTopOf, topRow } from "./grid-window.ts";

const shape = (rows: number): GridShape => ({ rows, rowHeight: 28, lefts: [0, 100, 200, 400, 500] });

test("of rows that fit in an element each is where it is", () => {
  expect(bodyHeight(shape(1_000))).toBe(28_000);
  expect(topRow(shape(1_000), 280, 560)).toBe(10);
  expect(rowsSeen(shape(1_000), 10, 560, 0)).toEqual({ first: 10, end: 30 });
  expect(rowsSeen(shape(25), 10, 560, 0)).toEqual({ first: 10, end: 25 });
});

test("of more rows than an element holds the first and the last are reached, and every place leads back to its row", () => {
  const many = shape(10_000_000);
  expect(bodyHeight(many)).toBe(heightMax);
  expect(topRow(many, 0, 560)).toBe(0);
  expect(topRow(many, heightMax - 560, 560)).toBe(10_000_000 - 20);
  for (const row of [0, 1, 777_777, 9_999_980]) expect(topRow(many, scrollTopOf(many, row, 560), 560)).toBeCloseTo(row, 6);
});

test("columns are found by their edges", () => {
  expect(columnsSeen(shape(1), 0, 150, 0)).toEqual({ first: 0, end: 2 });
  expect(columnsSeen(shape(1), 210, 100, 0)).toEqual({ first: 2, end: 3 });
  expect(columnsSeen(shape(1), 450, 900, 1)).toEqual({ first: 2, end: 4 });
});

test("a place is of the column whose edges are around it, and right of the last of none", () => {
  expect([0, 99, 100, 399, 499].map((x) => columnAt(shape(1), x))).toEqual([0, 0, 1, 2, 3]);
  expect(columnAt(shape(1), 500)).toBeUndefined();
});

test("wherever one scrolls there are as many elements as rows and columns seen", () => {
  const many = { ...shape(1_000), lefts: leftsOf(Array.from({ length: 100 }, () => ({ name: "a", type: "INT" })), []) };
  for (let at = 0; at < 400; at += 7) {
    const [rows, columns] = [rowsSeen(many, at / 28, 560), columnsSeen(many, at, 700)];
    expect(rows.end - rows.first).toBeLessThanOrEqual(rowSlotsOf(many, 560));
    expect(columns.end - columns.first).toBeLessThanOrEqual(columnSlotsOf(700));
  }
});

test("what is seen lies in few blocks", () => {
  expect(blocksOf({ first: 190, end: 210 }, { first: 0, end: 8 })).toEqual([{ row: 0, column: 0 }, { row: 1, column: 0 }]);
  expect(blocksOf({ first: 0, end: 5 }, { first: 38, end: 45 })).toEqual([{ row: 0, column: 0 }, { row: 0, column: 1 }]);
});

test("columns are as wide as their names and first values need, within bounds", () => {
  const lefts = leftsOf([{ name: "a", type: "INTEGER" }, { name: "x".repeat(500), type: "VARCHAR" }, { name: "b", type: "INTEGER" }], [1, 1, 30]);
  expect(lefts).toEqual([0, 84, 84 + 28 + 256, 84 + 28 + 256 + 268]);
});
