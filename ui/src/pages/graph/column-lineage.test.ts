import { expect, test } from "vitest";
import { columnKey, flowsOfCopy, flowsOfModel, followed } from "./column-lineage.ts";

const idOf = (name: string): string | undefined => (name.startsWith("topics.") ? `topic:${name.slice(7)}` : name === "gone" ? undefined : `table:${name}`);
const copy = flowsOfCopy({ dataset: "topic:orders", columns: ["id", "amount"] }, { dataset: "table:raw.orders", columns: ["id", "amount", "loaded"] });
const model = flowsOfModel("table:mart.total", { known: true, outputs: [{ name: "total", inputs: [{ dataset: "raw.orders", column: "amount", kind: "aggregation" }, { dataset: "gone", column: "x", kind: "identity" }] }] }, idOf);

test("a column is followed to where it comes from and to what comes from it", () => {
  const flows = [...copy, ...model];
  expect(flows).toHaveLength(3);
  expect(followed(flows, "table:raw.orders", "amount")).toEqual(new Set([columnKey("table:raw.orders", "amount"), columnKey("table:mart.total", "total"), columnKey("topic:orders", "amount")]));
  expect([...followed(flows, "table:raw.orders", "loaded")]).toEqual([columnKey("table:raw.orders", "loaded")]);
  // What comes from the same place by another way is no kin.
  const sibling = [...copy, { ...copy[1], to: { dataset: "table:other", column: "amount" } }];
  expect(followed(sibling, "table:other", "amount").has(columnKey("table:raw.orders", "amount"))).toBe(false);
});

test("of a statement that was not understood nothing is said", () => {
  expect(flowsOfModel("table:x.y", { known: false, reason: "it is too long" }, idOf)).toEqual([]);
});
