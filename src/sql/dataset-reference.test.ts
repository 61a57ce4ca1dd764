import { expect, test } from "vitest";
import { datasetReference, datasetSql } from "./dataset-reference.ts";

test("a dataset is named the same in statements and to resolvers, whatever its name", () => {
  const known: [dataset: string, sql: string, namespace: string | undefined, name: string][] = [
    ["sales.daily", '"sales"."daily"', "sales", "daily"],
    ["daily", '"daily"', undefined, "daily"],
    ["topics.orders", '"topics"."orders"', "topics", "orders"],
    ["topics.orders.eu", '"topics"."orders.eu"', "topics", "orders.eu"],
    ['topics."orders.eu"', '"topics"."orders.eu"', "topics", "orders.eu"],
    ['a.b" or 1=1', '"a"."b"" or 1=1"', "a", 'b" or 1=1'],
  ];
  for (const [dataset, sql, namespace, name] of known) {
    expect(datasetSql(dataset)).toBe(sql);
    expect(datasetReference(dataset, "test")).toEqual({ ...(namespace && { namespace }), name, parts: namespace === undefined ? [name] : [namespace, name], where: "test" });
  }
});
