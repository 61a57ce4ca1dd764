import fc from "fast-check";
import { expect, test } from "vitest";
import { isDecimalText, sumDecimals } from "./decimals.ts";

test("sums of decimals are exact, with the most places", () => {
  expect(sumDecimals(["0.10", "0.2"])).toBe("0.30");
  expect(sumDecimals(["-0.05", "0.01"])).toBe("-0.04");
  expect(sumDecimals(["99999999999999999999", "1"])).toBe("100000000000000000000");
  expect(["1.", ".5", "1e3", "", " 1", "NaN"].filter(isDecimalText)).toEqual([]);
  const cents = fc.array(fc.bigInt({ min: -(10n ** 30n), max: 10n ** 30n }), { minLength: 1 });
  const text = (value: bigint): string => `${value < 0n ? "-" : ""}${String(value < 0n ? -value : value).padStart(3, "0").replace(/(..)$/, ".$1")}`;
  fc.assert(fc.property(cents, (values) => sumDecimals(values.map(text)) === text(values.reduce((a, b) => a + b))), { numRuns: 50 });
});
