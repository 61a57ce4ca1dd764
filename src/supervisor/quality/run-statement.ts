import type { RunStatement } from "../../quality/checks/run-checks.ts";
import type { QueryRequest } from "../../sql/query-request.ts";
import type { SqlRunner } from "../../sql/sql-runner.ts";

/** Statements of checks, in the disposable process. */
export function statementRunner(runner: SqlRunner, request: Pick<QueryRequest, "resolve" | "signal" | "limits">): RunStatement {
  return (sql, rowsMax) => runner.run({ ...request, sql, limits: { ...request.limits, rowsMax } });
}
