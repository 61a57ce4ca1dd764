import { expect, test } from "vitest";
import { orderAfter, orderOf, orderText, type RowOrder } from "./row-order.ts";

test("an order comes back from the address; what is none there is none", () => {
  for (const order of [{ column: 0, descending: false }, { column: 41, descending: true }, undefined]) expect(orderOf(orderText(order), 42)).toEqual(order);
  for (const text of ["0", "-0", "43", "1.5", "x", "", "--1", "1 "]) expect(orderOf(text, 42), text).toBeUndefined();
});

test("a column that is chosen again and again goes up, down, and back to what was given", () => {
  const steps: (RowOrder | undefined)[] = [];
  for (let order = orderAfter({ column: 7, descending: true }, 2); steps.length < 4; order = orderAfter(order, 2)) steps.push(order);
  expect(steps).toEqual([{ column: 2, descending: false }, { column: 2, descending: true }, undefined, { column: 2, descending: false }]);
});
