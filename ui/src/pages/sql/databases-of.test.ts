import { expect, test } from "vitest";
import { databasesOf } from "./databases-of.ts";

test("datasets stand below what comes before their name in a statement, which quotes what it must", () => {
  const entry = (kind: "table" | "topic" | "database", name: string) => ({ kind, name });
  const found = databasesOf([entry("database", "sales"), entry("topic", "orders.good"), entry("table", "sales.order"), entry("table", "sales.Daily"), entry("table", "loose")]);
  expect(found.map(({ name, datasets }) => [name, datasets.map(({ short, inSql }) => `${short}: ${inSql}`)])).toEqual([
    ["sales", ['Daily: sales."Daily"', 'order: sales."order"']],
    ["topics", ['orders.good: topics."orders.good"']],
    ["without a database", ["loose: loose"]],
  ]);
});
