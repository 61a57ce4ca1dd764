import { MillraceError } from "../../errors.ts";
import type { CheckResult } from "../../quality/checks/check-result.ts";
import type { AttemptLog } from "../tasks/attempt-log.ts";

/** It keeps a version from being published. */
export const isBlocking = ({ state, severity }: CheckResult): boolean => severity === "error" && (state === "failed" || state === "error");

/** Tells of what failed. @throws MillraceError `MR-QUALITY-001` when one of them keeps the rows from being published */
export function refuseBroken(results: readonly CheckResult[], table: string, log: AttemptLog): void {
  const broken = results.filter(({ state }) => state !== "passed" && state !== "skipped");
  for (const result of broken) log[result.severity === "error" ? "error" : "warn"](`check ${result.name} ${brokenText(result)}`, { expected: result.expected, failures: result.failures, value: result.value });
  const blocking = broken.filter(isBlocking);
  if (blocking.length === 0) return;
  throw new MillraceError("MR-QUALITY-001", {
    what: blocking.map((result) => `check ${result.name} ${brokenText(result)}`).join("; "),
    where: `table "${table}"`,
    mend: "mend the data or the statement; the version before stays the current one. A check with severity \"warn\" lets the rows through",
  });
}

/** What came of a check that does not hold, behind its name. */
export function brokenText({ state, failures, atLeast, value, expected, error }: CheckResult): string {
  if (state === "error") return `could not be found out: ${error?.what}`;
  if (failures !== null) return `fails for ${atLeast ? "at least " : ""}${failures} row${failures === 1 ? "" : "s"}`;
  return `fails: ${value ?? "there are no values"}, where ${expected} is asked`;
}
