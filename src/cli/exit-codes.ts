import type { ErrorCode } from "../errors.ts";

/** What the command's end tells a script. Named in `millrace --help` and in docs/cli.md. */
export const exitCodes = { ok: 0, failed: 1, usage: 2, missing: 3, interrupted: 130 } as const;

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes];

export const exitCodesHelp = `Exit codes:
  0    done
  1    it failed: the run, a check, a record, a statement
  2    the command was not understood, or wants --yes; nothing was done
  3    Millrace is not running, or there is nothing of that name
  130  interrupted`;

const usage: ReadonlySet<ErrorCode> = new Set(["MR-CLI-001", "MR-HTTP-006", "MR-LOG-004", "MR-MODEL-005", "MR-MODEL-012", "MR-SCHED-007", "MR-SCHED-008"]);
const missing: ReadonlySet<ErrorCode> = new Set(["MR-CLI-002", "MR-MODEL-008", "MR-LOG-003", "MR-ENGINE-005", "MR-LAKE-001", "MR-SQL-003", "MR-HTTP-005", "MR-SCHED-001", "MR-SCHED-002", "MR-SCHED-011"]);

export function exitCodeOf(code: ErrorCode): ExitCode {
  if (usage.has(code)) return exitCodes.usage;
  return missing.has(code) ? exitCodes.missing : exitCodes.failed;
}
