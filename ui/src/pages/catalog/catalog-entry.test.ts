import { expect, test } from "vitest";
import { differenceSql, partitionsSql, sqlAt, sqlName } from "./catalog-entry.ts";

test("names are quoted, so that no name is more than a name", () => {
  expect(sqlName("topic", "flights.hourly")).toBe('topics."flights.hourly"');
  expect(sqlName("table", 'sales.a"; drop table b; --')).toBe('"sales"."a""; drop table b; --"');
  expect(sqlAt("table", "sales.orders", "12")).toBe('"sales"."orders" at (version => 12)');
  expect(sqlAt("table", "sales.orders", "12) union select 1 --")).toBe('"sales"."orders"');
});

test("a difference is asked for each way", () => {
  expect(differenceSql("s.t", "1", "2", "gone")).toBe('select * from "s"."t" at (version => 1) except all select * from "s"."t" at (version => 2)');
  expect(differenceSql("s.t", "1", "2", "new")).toBe('select * from "s"."t" at (version => 2) except all select * from "s"."t" at (version => 1)');
});

test("partitions by time and by value are counted; others are not told by SQL", () => {
  const by = (column: string, transform: string) => ({ column, transform });
  expect(partitionsSql({ name: "s.t", partitionBy: [by("at", "day"), by("region", "identity")] }, 9)).toBe(`select date_trunc('day', "at") as "at, by day", "region", count(*) as "rows" from "s"."t" group by all order by all desc limit 9`);
  expect(partitionsSql({ name: "s.t", partitionBy: [by("id", "bucket")] }, 9)).toBe(undefined);
  expect(partitionsSql({ name: "s.t", partitionBy: [] }, 9)).toBe(undefined);
});
