import { execFileSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import type { Goldens } from "./goldens-for-tests.ts";
import { compareWith, goldens } from "./goldens-for-tests.ts";

/** Needs a Python with the packages of .ci/statistics.txt; MILLRACE_STATISTICS_PYTHON names it. */
const python = process.env.MILLRACE_STATISTICS_PYTHON ?? "python3";
const script = fileURLToPath(new URL("../../scripts/goldens/statistics.py", import.meta.url));
const answers: Goldens = JSON.parse(execFileSync(python, [script], { encoding: "utf8", maxBuffer: 16 * 2 ** 20 }));

compareWith(answers);

test("the files of goldens are what the libraries answer, to 1e-9", () => {
  expect(Object.keys(answers)).toEqual(Object.keys(goldens));
  expectAlike(answers, goldens, "goldens");
});

function expectAlike(fresh: unknown, kept: unknown, where: string): void {
  if (typeof fresh === "number" && typeof kept === "number") {
    expect(Math.abs(fresh - kept), where).toBeLessThanOrEqual(1e-9 * Math.max(1e-12, Math.abs(kept)));
  } else if (typeof fresh === "object" && fresh !== null && typeof kept === "object" && kept !== null) {
    expect(Object.keys(fresh), where).toEqual(Object.keys(kept));
    for (const [key, value] of Object.entries(fresh)) expectAlike(value, (kept as Record<string, unknown>)[key], `${where}.${key}`);
  } else {
    expect(fresh, where).toEqual(kept);
  }
}
