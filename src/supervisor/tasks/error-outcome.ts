import { MillraceError } from "../../errors.ts";
import type { Outcome } from "../../scheduler/executor.ts";
import type { AttemptLog } from "./attempt-log.ts";
import { signalOf } from "./task-signal.ts";
import { userError } from "./user-error.ts";

/** Codes of what would only go wrong again. */
const finalCodes: ReadonlySet<string> = new Set(["MR-TASK-002", "MR-TASK-003", "MR-TASK-009", "MR-TASK-010", "MR-SQL-001", "MR-SQL-002", "MR-LAKE-003"]);

/** What an error means for the attempt; its whole stack goes to the log. */
export function errorOutcome(error: unknown, { where, codeFolder, log }: { where: string; codeFolder: string; log: AttemptLog }): Outcome {
  const signal = signalOf(error);
  if (signal?.kind === "skip") {
    const note = (error as Error).message;
    log.info(`skipped: ${note}`);
    return { kind: "skipped", note };
  }
  const told = userError(error, where, codeFolder);
  log.error(told.what, error instanceof MillraceError ? { code: told.code, mend: told.mend } : { stack: error instanceof Error ? error.stack : undefined });
  if (signal?.kind === "fail" || finalCodes.has(told.code)) return { kind: "failed", error: { ...told, retryable: false }, final: true };
  return { kind: "failed", error: told, ...(signal?.kind === "retryAfter" ? { retryAfterMs: signal.ms } : {}) };
}
