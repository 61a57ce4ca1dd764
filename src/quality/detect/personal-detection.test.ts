import { expect, test } from "vitest";
import { detect, type DetectSpec } from "./detect.ts";
import { withoutPersonalDetections } from "./personal-detection.ts";

const spec: DetectSpec = { method: "mad", options: {}, columns: ["salary", "age"], by: ["team"], label: ["contact"] };
const salaries = [50, 51, 52, 49, 50, 48, 51, 900];
const found = detect(spec, { values: Float64Array.from(salaries.flatMap((salary, i) => [salary, 30 + (i % 3)])), texts: salaries.map((_, i) => ["red", `person${i}@example.com`]) });

test("who is found stays found, and neither value nor name is told", () => {
  expect(JSON.stringify(found)).toContain("900");
  const shown = withoutPersonalDetections(found, spec, new Map([["Salary", "income"]]));
  expect(JSON.stringify(shown)).not.toMatch(/900|example/);
  expect(shown.detections[0]).toMatchObject({ column: "salary", group: { team: "red" }, outliers: 1, by: {}, found: [{ row: 7, score: found.detections[0].found[0].score, values: { salary: null, age: 31 }, label: { contact: "(e-mail)" }, judgedBy: {} }] });
  // What it went by in the other column is told.
  expect(shown.detections[1]).toEqual(found.detections[1]);
});

test("what is said to be no personal data is shown, and nothing is made of what nothing is said of", () => {
  const shown = withoutPersonalDetections(found, spec, new Map([["contact", "none"]]));
  expect(shown).toEqual(found);
});
