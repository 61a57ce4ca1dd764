import type { RunDetail } from "../server/dag-control.ts";
import { type CliContext, printJson } from "./context.ts";
import { type ExitCode, exitCodes } from "./exit-codes.ts";
import { runText } from "./output/run-text.ts";

/** Prints a run that has ended. The exit code is 1 unless it succeeded. */
export async function tellRun(context: CliContext, run: RunDetail, timezone: string): Promise<ExitCode> {
  if (context.options.json) await printJson(context, run);
  else await context.print(runText(run, { ...context, timezone }));
  return run.state === "success" ? exitCodes.ok : exitCodes.failed;
}
