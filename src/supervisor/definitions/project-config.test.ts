import { expect, test } from "vitest";
import { readConfig } from "./project-config.ts";

const file = "millrace.config.ts";
const pricesOf = (prices: unknown) => readConfig("/project", file, { prices }).prices;

test("prices have a currency and what a core costs for an hour; memory is free where nothing is said of it", () => {
  expect(pricesOf({ currency: "EUR", coreHour: 0.04, gibHour: 0.005 })).toEqual({ currency: "EUR", coreHour: 0.04, gibHour: 0.005 });
  expect(pricesOf({ currency: "USD", coreHour: 0 })).toEqual({ currency: "USD", coreHour: 0, gibHour: 0 });
  expect(pricesOf(undefined)).toBe(undefined);
});

test.each([
  { prices: 7, where: file },
  { prices: { currency: "EUR", coreHour: 1, disk: 2 }, where: file },
  { prices: { currency: "euro", coreHour: 1 }, where: `${file}, prices.currency` },
  { prices: { currency: "EUR" }, where: `${file}, prices.coreHour` },
  { prices: { currency: "EUR", coreHour: -1 }, where: `${file}, prices.coreHour` },
  { prices: { currency: "EUR", coreHour: 1, gibHour: "2" }, where: `${file}, prices.gibHour` },
])("prices that are none are told with the option: $prices", ({ prices, where }) => {
  expect(() => pricesOf(prices)).toThrow(expect.objectContaining({ code: "MR-MODEL-001", parts: expect.objectContaining({ where }) }));
});
