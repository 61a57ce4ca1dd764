import { expect, test } from "vitest";
import { sqlAt, sqlName } from "./catalog-entry.ts";

test("names are quoted, so that no name is more than a name", () => {
  expect(sqlName("topic", "flights.hourly")).toBe('topics."flights.hourly"');
  expect(sqlName("table", 'sales.a"; drop table b; --')).toBe('"sales"."a""; drop table b; --"');
  expect(sqlAt("table", "sales.orders", "12")).toBe('"sales"."orders" at (version => 12)');
  expect(sqlAt("table", "sales.orders", "12) union select 1 --")).toBe('"sales"."orders"');
});
