import { expect, test } from "vitest";
import type { Lineage } from "../../../../src/sql/lineage/lineage.ts";
import { columnUses } from "./column-uses.ts";

test("values that go into columns, and columns that choose rows; of what is not known nothing", () => {
  const known: Lineage = {
    known: true,
    outputs: [{ name: "total", inputs: [{ dataset: "s.orders", column: "amount", kind: "aggregation" }, { dataset: "s.other", column: "x", kind: "identity" }] }, { name: "who", inputs: [{ dataset: "s.orders", column: "customer", kind: "identity", masked: true }] }],
    indirect: [{ dataset: "s.orders", column: "customer", kind: "group" }],
  };
  expect(columnUses("s.orders", [{ name: "m.totals", lineage: known }, { name: "m.x", lineage: { known: false, reason: "?" } }])).toEqual([
    { from: "amount", to: "m.totals.total", how: "aggregation" },
    { from: "customer", to: "m.totals", how: "group" },
    { from: "customer", to: "m.totals.who", how: "identity, masked" },
  ]);
});
