import { expect, test } from "vitest";
import { nameOfPlace, nameTables } from "./table-names.ts";

test.for([
  ["orders/", "orders"],
  ["crm/Orders 2024/", "orders_2024"],
  ["crm/orders/*", "orders"],
  ["year=2017/", "year_2017"],
  ["crm/orders.2024.csv.gz", "orders_2024"],
  ["a/orders/* (json)", "orders"],
  ["Café Zürich.xlsx", "cafe_zurich"],
  [".csv", "csv"],
  ["/", "raw"],
  ["*", "raw"],
  [`${"n".repeat(200)}/`, "n".repeat(80)],
] as const)("%s is %s", ([place, name]) => {
  expect(nameOfPlace(place, "raw")).toBe(name);
});

test("a name that is taken gets the format, then the folder above, then a digest; the same places always the same names", () => {
  const drafts = ["a/x.csv", "b/x.csv", "c/x.csv", "c/d/x.csv", "c/d/x/"].map((place) => ({ place, format: { kind: "csv" } }));
  const names = nameTables(drafts, "raw", () => false);
  expect(names.slice(0, 4)).toEqual(["x", "x_csv", "c_x", "d_x"]);
  expect(names[4]).toMatch(/^x_[0-9a-f]{8}$/);
  expect(nameTables(drafts, "raw", () => false)).toEqual(names);
  expect(nameTables(drafts.slice(0, 1), "raw", (name) => name === "x")).toEqual(["x_csv"]);
});
