import { MillraceError } from "../../errors.ts";
import type { CheckDecl } from "../../model/models/model-decl.ts";
import { checkCountsSql } from "../../quality/check-sql.ts";
import type { QueryRequest } from "../../sql/query-request.ts";
import type { SqlRunner } from "../../sql/sql-runner.ts";
import type { AttemptLog } from "../tasks/attempt-log.ts";

/** What came of a check: how many rows break it. */
export interface CheckResult {
  name: string;
  severity: CheckDecl["severity"];
  failures: number;
}

/** Runs all checks of a model over rows that may not be published yet, in one statement. */
export async function runChecks(runner: SqlRunner, checks: readonly CheckDecl[], table: string, request: Pick<QueryRequest, "resolve" | "signal" | "limits">): Promise<CheckResult[]> {
  if (checks.length === 0) return [];
  const name = table.split(".").map((part) => `"${part}"`).join(".");
  const { rows } = await runner.run({ ...request, sql: checkCountsSql(checks, name) });
  const failures = new Map(rows.map(([check, count]) => [String(check), Number(count)]));
  return checks.map(({ name: check, severity }) => ({ name: check, severity, failures: failures.get(check) ?? 0 }));
}

/** Tells of what failed. @throws MillraceError `MR-QUALITY-001` when one of them keeps the rows from being published */
export function judge(results: readonly CheckResult[], table: string, log: AttemptLog): void {
  const failed = results.filter(({ failures }) => failures > 0);
  for (const { name, severity, failures } of failed) log[severity === "error" ? "error" : "warn"](`check ${name} has failed`, { failures });
  const blocking = failed.filter(({ severity }) => severity === "error");
  if (blocking.length === 0) return;
  throw new MillraceError("MR-QUALITY-001", {
    what: blocking.map(({ name, failures }) => `check ${name} fails for ${failures} row${failures === 1 ? "" : "s"}`).join("; "),
    where: `table "${table}"`,
    mend: "mend the data or the statement; the version before stays the current one. A check with severity \"warn\" lets the rows through",
  });
}
