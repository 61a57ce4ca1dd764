import { expect, test } from "vitest";
import { costText, workText } from "./work-text.ts";

const work = { cpuSeconds: 7_200, memoryGibSeconds: 36_000 };

test("what was used is told in hours, and in money where there are prices", () => {
  expect(workText(work)).toBe("2.00 core h · 10 GiB h");
  expect(costText(work, null)).toBe(workText(work));
  const digits = (text: string): string => text.replaceAll(/[^\d.,]/g, "").replace(",", ".");
  expect(digits(costText(work, { currency: "EUR", coreHour: 0.04, gibHour: 0.005 }))).toBe("0.13");
  expect(costText({ cpuSeconds: 36, memoryGibSeconds: 0 }, { currency: "EUR", coreHour: 0.04, gibHour: 0 })).toMatch(/^< .*0.01/);
  expect(digits(costText({ cpuSeconds: 36, memoryGibSeconds: 0 }, { currency: "JPY", coreHour: 7, gibHour: 0 }))).toBe("1");
  expect(digits(costText({ cpuSeconds: 0, memoryGibSeconds: 0 }, { currency: "EUR", coreHour: 0.04, gibHour: 0 }))).toBe("0.00");
});
